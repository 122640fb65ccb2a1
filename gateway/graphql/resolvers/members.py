"""Members of teams: listing, inviting and removing them, as the SDK does (wire-protocol §6.5)."""

from __future__ import annotations

from typing import Any

from ariadne import MutationType, ObjectType

from gateway.dependencies import Asker
from gateway.graphql.context import Info, context_of, selected
from gateway.graphql.resolvers.entities import Entity, team_of
from shared.contracts.identity import (
    INVITE,
    LIST_INVITATIONS,
    REMOVE_MEMBER,
    REVOKE_INVITATION,
    InvitationView,
    Invite,
    ListInvitations,
    MemberView,
    RemoveMember,
    RevokeInvitation,
    TeamView,
)
from shared.errors import Forbidden, Invalid
from shared.kit.ids import from_global, to_global

mutation, entity = MutationType(), ObjectType("Entity")


@entity.field("members")
async def resolve_members(found: Entity, info: Info) -> list[dict[str, Any]]:
    """People, then whoever was invited and has not answered, then service accounts.

    The newest service account stands last, because that is where the SDK looks for its key.
    """
    context = context_of(info)
    team = await team_of(found, info)
    if team is None:
        return []
    people = [_person(member) for member in team.members if member.kind != "service"]
    invited = [_invited(invitation) for invitation in await _waiting(context.ask, team)]
    services = [_person(member) for member in team.members if member.kind == "service"]
    if "apiKey" in selected(info):
        maker = context.ask.caller.principal_id or ""
        fresh = context.fresh_keys.take(maker, team.name)
        for service in services:
            if fresh is not None and service["id"] == to_global("Member", fresh.account_id):
                service["apiKey"] = fresh.api_key
    return [*people, *invited, *services]


@mutation.field("createInvite")
async def create_invite(_: Any, info: Info, input: dict[str, Any]) -> dict[str, Any]:
    invitation = await context_of(info).ask(
        INVITE,
        Invite(
            team=input["entityName"],
            email=input.get("email"),
            username=input.get("username"),
            role="admin" if input.get("admin") else "member",
        ),
    )
    username = invitation.username
    return {
        "invite": {
            "id": to_global("Invite", invitation.id),
            "name": username or invitation.email,
            "email": invitation.email,
            "createdAt": invitation.created_at,
            "toUser": {"id": username, "name": username} if username else None,
        }
    }


@mutation.field("deleteInvite")
async def delete_invite(_: Any, info: Info, input: dict[str, Any]) -> dict[str, bool]:
    """Removes a member, or takes an invitation back: the SDK has one call for both."""
    ask, team, global_id = (
        context_of(info).ask,
        input.get("entityName") or "",
        input.get("id") or "",
    )
    try:
        removal = RemoveMember(team=team, id=from_global("Member", global_id))
    except Invalid:
        revocation = RevokeInvitation(team=team, id=from_global("Invite", global_id))
        await ask(REVOKE_INVITATION, revocation)
    else:
        await ask.changing(REMOVE_MEMBER, removal)
    return {"success": True}


async def _waiting(ask: Asker, team: TeamView) -> list[InvitationView]:
    """Shown to those who may invite."""
    if team.role not in ("admin", "member"):
        return []
    try:
        return (await ask(LIST_INVITATIONS, ListInvitations(team=team.name))).items
    except Forbidden:
        return []


def _person(member: MemberView) -> dict[str, Any]:
    return {
        "id": to_global("Member", member.id),
        "admin": member.role == "admin",
        "role": member.role,
        "pending": False,
        "email": member.email,
        "username": member.username,
        "name": member.name,
        "accountType": member.role.upper(),
    }


def _invited(invitation: InvitationView) -> dict[str, Any]:
    return {
        "id": to_global("Invite", invitation.id),
        "admin": invitation.role == "admin",
        "role": invitation.role,
        "pending": True,
        "email": invitation.email,
        "username": invitation.username,
        "name": invitation.username or invitation.email,
        "accountType": invitation.role.upper(),
    }


BINDABLES = (mutation, entity)

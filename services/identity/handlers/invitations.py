"""Invitations: sending them, sending them again, taking them back."""

from __future__ import annotations

from faststream.nats import NatsRouter

from services.identity.dependencies import TheLimits, TheMint, ThePolicy, TheStore
from services.identity.domain import email as emails
from services.identity.domain import invitation as invitations
from services.identity.domain import letter, limit
from services.identity.domain.audit import Deed
from services.identity.domain.invitation import Invitation, Outcome
from services.identity.domain.policy import Policy
from services.identity.domain.team import role_named
from services.identity.domain.user import User
from services.identity.handlers import trail, views
from services.identity.ports import Limits, Records, Store
from shared.contracts._kinds import Nothing
from shared.contracts.identity import (
    INVITE,
    LIST_INVITATIONS,
    RESEND_INVITATION,
    REVOKE_INVITATION,
    Caller,
    Invitations,
    InvitationView,
    Invite,
    ListInvitations,
    ResendInvitation,
    RevokeInvitation,
)
from shared.errors import Conflict, NotFound
from shared.kit import clock
from shared.kit.ids import new_id
from shared.messaging.answering import TheCaller, serve
from shared.permissions import Role

router = NatsRouter()


@serve(router, INVITE)
async def invite(
    ask: Invite,
    caller: TheCaller,
    store: TheStore,
    mint: TheMint,
    policy: ThePolicy,
    limits: TheLimits,
) -> InvitationView:
    """To a mailbox or a user. Whether a mailbox has an account is not told."""
    await _count(store, limits, caller, ask.team)
    (token, digest), invitation_id, now = mint.token(), new_id(), clock.now()

    async def work(records: Records) -> Invitation:
        team = await records.teams.named(ask.team)
        role = role_named(ask.role)
        inviter_id = team.must_be_inviter(caller, role)
        invitations.check_address(ask.email, ask.username)
        user = await _named(records, ask)
        if user is not None and team.role_of(user.id) is not None:
            raise Conflict(f"{ask.username or ask.email} is a member of {team.name} already.")
        found = invitations.made(
            invitation_id, team.name, role, digest, caller.username, now, user, ask.email
        )
        for old in await records.invitations.open_of(team.name):
            if old.invitee == found.invitee and not old.open_at(now):
                old.end(Outcome.EXPIRED, now)
                await records.invitations.save(old)
        found.mailed = await _mail(records, policy, found, token, inviter_id)
        await records.invitations.add(found)
        await records.audit.append(_deed(caller, "invitation.create", found))
        return found

    found = await store.change(work)
    return views.of_invitation(found, None if found.mailed else token)


@serve(router, LIST_INVITATIONS)
async def list_invitations(ask: ListInvitations, caller: TheCaller, store: TheStore) -> Invitations:
    """What waits for an answer, for those who may invite."""
    team = await store.records.teams.named(ask.team)
    team.must_be_inviter(caller, Role.VIEWER)
    now = clock.now()
    return Invitations(
        items=[
            views.of_invitation(found)
            for found in await store.records.invitations.open_of(team.name)
            if found.open_at(now)
        ]
    )


@serve(router, RESEND_INVITATION)
async def resend_invitation(
    ask: ResendInvitation,
    caller: TheCaller,
    store: TheStore,
    mint: TheMint,
    policy: ThePolicy,
    limits: TheLimits,
) -> InvitationView:
    """With a new token; the old one no longer works."""
    await _count(store, limits, caller, ask.team)
    token, digest = mint.token()

    async def work(records: Records) -> Invitation:
        found, inviter_id = await _of_team(records, ask.team, ask.id, caller)
        found.renew(digest, clock.now())
        found.mailed = await _mail(records, policy, found, token, inviter_id)
        await records.invitations.save(found)
        await records.audit.append(_deed(caller, "invitation.resend", found))
        return found

    found = await store.change(work)
    return views.of_invitation(found, None if found.mailed else token)


@serve(router, REVOKE_INVITATION)
async def revoke_invitation(ask: RevokeInvitation, caller: TheCaller, store: TheStore) -> Nothing:
    """It no longer works."""

    async def work(records: Records) -> None:
        found, _ = await _of_team(records, ask.team, ask.id, caller)
        found.end(Outcome.REVOKED, clock.now())
        await records.invitations.save(found)
        await records.audit.append(_deed(caller, "invitation.revoke", found))

    await store.change(work)
    return Nothing()


async def _count(store: Store, limits: Limits, caller: Caller, team_name: str) -> None:
    """Only those who may invite use up what a team may send."""
    team = await store.records.teams.named(team_name)
    team.must_be_inviter(caller, Role.VIEWER)
    await limits.hit(limit.INVITATIONS, team.id)


async def _named(records: Records, ask: Invite) -> User | None:
    """Whom it is for: a user by name must exist, a mailbox may have an account."""
    if ask.username:
        return await records.users.named(ask.username)
    return await records.users.by_login(emails.check(ask.email or ""))


async def _of_team(
    records: Records, team_name: str, invitation_id: str, caller: Caller
) -> tuple[Invitation, str]:
    team = await records.teams.named(team_name)
    found = await records.invitations.get(invitation_id)
    inviter_id = team.must_be_inviter(caller, found.role)
    if found.team != team.name:
        raise NotFound("There is no such invitation.")
    return found, inviter_id


async def _mail(
    records: Records, policy: Policy, found: Invitation, token: str, inviter_id: str
) -> bool:
    """Whether a mail goes out: in the invitee's language where it is known."""
    inviter = await records.users.get(inviter_id)
    known = await records.users.by_login(found.email or found.username or "")
    to = found.email or (known.email if known else None)
    if not policy.mail or to is None:
        return False
    await records.letters.put(
        letter.invitation(
            to,
            (known or inviter).language,
            policy.link("invitation", token),
            inviter=inviter.name,
            team=found.team,
            role=found.role.value,
            until=found.expires_at,
        )
    )
    return True


def _deed(caller: Caller, action: str, found: Invitation) -> Deed:
    facts = {"role": found.role.value, "invitee": found.email or found.username}
    return trail.deed(caller, action, found.id, team=found.team, after=facts)

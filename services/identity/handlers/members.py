"""Members of a team: their roles, and their going."""

from __future__ import annotations

from faststream.nats import NatsRouter

from services.identity.dependencies import TheStore
from services.identity.domain import authority
from services.identity.domain.team import Member, Team, role_named
from services.identity.domain.user import Kind
from services.identity.handlers import news, trail, views
from services.identity.handlers.service_accounts import end_service_account
from services.identity.ports import Records
from shared.contracts._kinds import Nothing
from shared.contracts.identity import (
    CHANGE_MEMBER,
    LEAVE_TEAM,
    REMOVE_MEMBER,
    Caller,
    ChangeMember,
    LeaveTeam,
    MemberView,
    RemoveMember,
)
from shared.messaging.answering import TheCaller, serve

router = NatsRouter()


@serve(router, CHANGE_MEMBER)
async def change_member(ask: ChangeMember, caller: TheCaller, store: TheStore) -> MemberView:
    """Another role; the last admin keeps theirs."""

    async def work(records: Records) -> MemberView:
        team = await records.teams.named(ask.team)
        team.must_be_admin(caller)
        member, before = team.change_role(ask.username, role_named(ask.role))
        await records.teams.save(team)
        await records.tell([news.principal_changed(member.id)])
        await records.audit.append(
            trail.deed(
                caller,
                "member.change",
                member.username,
                team=team.name,
                before={"role": before.value},
                after={"role": member.role.value},
            )
        )
        user = await records.users.get(member.id)
        return views.of_member(member, user, mailboxes=True)

    return await store.change(work)


@serve(router, REMOVE_MEMBER)
async def remove_member(ask: RemoveMember, caller: TheCaller, store: TheStore) -> Nothing:
    """Somebody goes; their runs stay. A service account ends with its seat."""

    async def work(records: Records) -> None:
        team = await records.teams.named(ask.team)
        team.must_be_member(caller)
        authority.person(caller)
        member = team.member(username=ask.username, member_id=ask.id)
        if member.id == caller.principal_id:
            await _go(records, caller, team, member, "leave")
            return
        team.must_be_admin(caller)
        await _go(records, caller, team, member, "be removed")

    await store.change(work)
    return Nothing()


@serve(router, LEAVE_TEAM)
async def leave_team(ask: LeaveTeam, caller: TheCaller, store: TheStore) -> Nothing:
    """The caller goes, unless they are the last admin."""
    own_id = authority.person(caller)

    async def work(records: Records) -> None:
        team = await records.teams.named(ask.team)
        team.show_to(caller)
        await _go(records, caller, team, team.member(member_id=own_id), "leave")

    await store.change(work)
    return Nothing()


async def _go(records: Records, caller: Caller, team: Team, member: Member, verb: str) -> None:
    if member.kind is Kind.SERVICE:
        await end_service_account(records, caller, team, member)
        return
    team.remove(member, verb=verb)
    await records.teams.save(team)
    user = await records.users.get(member.id)
    user.leave(team.name)
    await records.users.save(user)
    await records.tell([news.principal_changed(user.id)])
    action = "member.leave" if verb == "leave" else "member.remove"
    await records.audit.append(
        trail.deed(
            caller, action, member.username, team=team.name, before={"role": member.role.value}
        )
    )

"""The end of a team: what would go, and its going."""

from __future__ import annotations

from faststream.nats import NatsRouter

from services.identity.dependencies import TheStore
from services.identity.domain.invitation import Outcome
from services.identity.domain.team import Team
from services.identity.domain.user import Kind
from services.identity.handlers import leaving, news, trail
from services.identity.ports import Records
from shared.contracts.identity import (
    DELETE_TEAM,
    PREVIEW_TEAM_DELETION,
    DeleteTeam,
    PreviewTeamDeletion,
    TeamDeletion,
)
from shared.kit import clock
from shared.messaging.answering import TheCaller, serve

router = NatsRouter()


@serve(router, PREVIEW_TEAM_DELETION)
async def preview_team_deletion(
    ask: PreviewTeamDeletion, caller: TheCaller, store: TheStore
) -> TeamDeletion:
    """What identity would remove; runs says how many projects there are."""
    team = await store.records.teams.named(ask.name)
    team.must_be_admin(caller)
    return await _account_of(store.records, team)


@serve(router, DELETE_TEAM)
async def delete_team(ask: DeleteTeam, caller: TheCaller, store: TheStore) -> TeamDeletion:
    """Everybody leaves, service accounts end, the name is never given again."""

    async def work(records: Records) -> TeamDeletion:
        team = await records.teams.named(ask.name)
        team.must_be_admin(caller)
        gone = await _account_of(records, team)
        member_ids = [member.id for member in team.members]
        team.delete(ask.confirm, clock.now())
        await records.teams.save(team)
        await _let_go(records, team.name, member_ids)
        await _withdraw_invitations(records, team.name)
        await records.tell([news.team_deleted(team.name)])
        await records.audit.append(
            trail.deed(caller, "team.delete", team.name, team=team.name, before=gone.model_dump())
        )
        return gone

    return await store.change(work)


async def _account_of(records: Records, team: Team) -> TeamDeletion:
    services = [member for member in team.members if member.kind is Kind.SERVICE]
    return TeamDeletion(
        members=len(team.people),
        service_accounts=[service.username for service in services],
        api_keys=sum([len(await records.keys.of(service.id)) for service in services]),
        invitations=len(await records.invitations.open_of(team.name)),
    )


async def _let_go(records: Records, team: str, member_ids: list[str]) -> None:
    for user in await records.users.many(member_ids):
        if user.kind is Kind.SERVICE:
            await records.providers.remove_of(user.id)
            await leaving.end_keys(records, user)
            user.delete(clock.now())
        else:
            user.leave(team)
        await records.users.save(user)
    await records.tell([news.principal_changed(member_id) for member_id in member_ids])


async def _withdraw_invitations(records: Records, team: str) -> None:
    for invitation in await records.invitations.open_of(team):
        invitation.end(Outcome.REVOKED, clock.now())
        await records.invitations.save(invitation)

"""What stops to count when an account goes: keys, sessions, links, seats in teams."""

from __future__ import annotations

from services.identity.domain.link import Purpose
from services.identity.domain.user import User
from services.identity.handlers import news
from services.identity.ports import Records
from shared.kit import clock


async def end_everything(records: Records, user: User) -> list[str]:
    """The teams that were left."""
    await end_sessions(records, user)
    await end_keys(records, user)
    for purpose in Purpose:
        await records.links.void(user.id, purpose)
    teams = await records.teams.of(user.id)
    for team in teams:
        team.forget(user.id)
        await records.teams.save(team)
    for organization in await records.organizations.of(user.id):
        organization.forget(user.id)
        await records.organizations.save(organization)
    return [team.name for team in teams]


async def end_keys(records: Records, user: User) -> int:
    """How many keys no longer count."""
    keys = await records.keys.of(user.id)
    for key in keys:
        key.revoke(clock.now())
        await records.keys.save(key)
    await records.tell([news.key_revoked(key) for key in keys])
    return len(keys)


async def end_sessions(records: Records, user: User, *, but: str | None = None) -> int:
    """Sign out everywhere, or everywhere else."""
    ending = [found for found in await records.sessions.of(user.id, clock.now()) if found.id != but]
    for session in ending:
        await records.sessions.remove(session)
    await records.tell([news.session_revoked(session) for session in ending])
    return len(ending)

"""Who somebody is and what they may, put together into the caller that travels with questions."""

from __future__ import annotations

import asyncio

from services.identity.domain import membership
from services.identity.domain.user import Kind, User
from services.identity.ports import Records
from shared.contracts.identity import Caller
from shared.errors import NotFound


async def caller_for(records: Records, user: User) -> Caller:
    """The account with its roles, before anything is said about key or session."""
    memberships, organizations = await asyncio.gather(
        records.teams.memberships(user.id), records.organizations.of(user.id)
    )
    return Caller(
        principal_id=user.id,
        kind=user.kind.value,
        username=user.username,
        email=user.email,
        admin=user.admin,
        default_entity=user.default_entity,
        roles=membership.roles(user, memberships),
        organizations=membership.organization_roles(user, memberships, organizations),
    )


async def visible(records: Records, username: str, caller: Caller) -> tuple[User, dict[str, str]]:
    """An account with the roles that the caller may see; NotFound unless they share a team."""
    user = await records.users.named(username)
    roles = {found.team: found.role.value for found in await records.teams.memberships(user.id)}
    if user.id == caller.principal_id or caller.admin:
        return user, roles
    own = {found.team for found in await records.teams.memberships(caller.principal_id or "")}
    shared = {team: role for team, role in roles.items() if team in own}
    if not shared:
        raise NotFound(f"There is no user {username!r}.")
    return user, shared


async def manageable(records: Records, username: str | None, caller: Caller) -> User:
    """The account whose keys are meant: one's own, that of one's team, anybody's for admins."""
    if username is None:
        username = caller.username
    user = await records.users.named(username)
    if user.id == caller.principal_id or caller.admin:
        return user
    if user.kind is Kind.SERVICE:
        team = await records.teams.named(user.team or "")
        if team.role_of(caller.principal_id) is not None:
            team.must_be_admin(caller)
            return user
    raise NotFound(f"There is no user {username!r}.")

"""Entities: what a name in front of a project stands for (a person, a team, an organization)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from ariadne import ObjectType, QueryType

from gateway.graphql.context import Info, context_of, selected
from gateway.graphql.numbered import to_numbered
from shared.contracts.identity import (
    GET_TEAM,
    GET_USER,
    Caller,
    GetTeam,
    GetUser,
    TeamView,
    UserView,
)
from shared.errors import NotFound, Unauthenticated

query, entity = QueryType(), ObjectType("Entity")


@dataclass(frozen=True, slots=True)
class Entity:
    """`kind` is None where only the name is known; `team` is there where it was asked for."""

    name: str
    kind: Literal["user", "team", "organization"] | None = None
    team: TeamView | None = None


@query.field("entity")
async def resolve_entity(_: Any, info: Info, name: str | None = None) -> Entity | None:
    """Null for what the caller may not see; but an error where its members are asked for.

    The SDK asks so when a script names a team, and breaks with a KeyError over null.
    """
    ask, members = context_of(info).ask, "members" in selected(info)
    if ask.caller.principal_id is None and members:
        raise Unauthenticated("Sign in, or send an API key.")
    if name is None or ask.caller.principal_id is None:
        return None
    known = entity_named(name, ask.caller)
    if known.kind is not None and not (known.kind == "team" and members):
        return known
    try:
        team = await ask(GET_TEAM, GetTeam(name=name))
    except NotFound:
        if members:
            raise
        return None
    return Entity(team.name, "team", team)


def entity_named(name: str, caller: Caller) -> Entity:
    """As much as can be said without asking anybody."""
    if name in caller.roles:
        return Entity(name, "user" if caller.roles[name] == "owner" else "team")
    return Entity(name, "organization" if name in caller.organizations else None)


async def team_of(found: Entity, info: Info) -> TeamView | None:
    """The team that the entity is, if it is one that the caller may see."""
    if found.team is not None or found.kind != "team":
        return found.team
    try:
        return await context_of(info).ask(GET_TEAM, GetTeam(name=found.name))
    except NotFound:
        return None


@entity.field("id")
def resolve_id(found: Entity, _: Info) -> str:
    return to_numbered("Entity", found.name)


@entity.field("isTeam")
def resolve_is_team(found: Entity, _: Info) -> bool:
    return found.kind == "team"


@entity.field("entityType")
def resolve_entity_type(found: Entity, _: Info) -> str | None:
    return found.kind


@entity.field("readOnly")
def resolve_read_only(found: Entity, info: Info) -> bool:
    """Whether the caller can only look."""
    roles = context_of(info).ask.caller.roles
    return (found.team.role if found.team else roles.get(found.name)) in (None, "viewer")


@entity.field("privateOnly")
async def resolve_private_only(found: Entity, info: Info) -> bool:
    team = await team_of(found, info)
    return team is not None and team.privacy.future_projects_private


@entity.field("user")
async def resolve_user(found: Entity, info: Info) -> UserView | None:
    """Whose own space it is, where that is the caller's."""
    ask = context_of(info).ask
    own = found.kind == "user" and found.name == ask.caller.username
    return await ask(GET_USER, GetUser()) if own else None


_ALIKE: dict[str, Any] = {
    "available": False,
    "readOnlyAdmin": False,
    "storageBytes": 0,
    "codeSavingEnabled": True,
    "defaultAccess": "PRIVATE",
    "isPaid": False,
    "xxhashDigestsEnabled": False,
}
"""What the SDK wants to be told about every entity, and what is the same for all of ours."""


def _always(value: Any) -> Any:
    def resolve(_found: Entity, _: Info) -> Any:
        return value

    return resolve


for _name, _value in _ALIKE.items():
    entity.set_field(_name, _always(_value))


BINDABLES = (query, entity)

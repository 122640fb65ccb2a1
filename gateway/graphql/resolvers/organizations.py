"""Organizations: what the SDK asks of the roof over a team."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ariadne import ObjectType, QueryType

from gateway.graphql.context import Info, context_of, selected
from gateway.graphql.resolvers.entities import Entity, team_of
from shared.contracts.identity import GET_ORGANIZATION, GetOrganization
from shared.errors import NotFound
from shared.kit.ids import to_global

query = QueryType()
entity, organization = ObjectType("Entity"), ObjectType("Organization")


@dataclass(frozen=True, slots=True)
class Organization:
    """By name, which never changes; its own entity bears the same."""

    name: str


@query.field("organization")
async def resolve_organization(_: Any, info: Info, name: str) -> Organization | None:
    """Null for what the caller does not belong to."""
    try:
        found = await context_of(info).ask(GET_ORGANIZATION, GetOrganization(name=name))
    except NotFound:
        return None
    return Organization(found.name)


@entity.field("organization")
async def resolve_organization_of(found: Entity, info: Info) -> Organization | None:
    """Every run asks for nothing but a fact that we do not have: that costs no question."""
    if selected(info) == {"coreWeaveOrganizationId"}:
        return None
    if found.kind == "organization":
        return Organization(found.name)
    team = await team_of(found, info)
    return Organization(team.organization) if team is not None else None


@organization.field("id")
def resolve_id(found: Organization, _: Info) -> str:
    return to_global("Organization", found.name)


@organization.field("orgEntity")
def resolve_org_entity(found: Organization, _: Info) -> Entity:
    return Entity(found.name, "organization")


@organization.field("featureFlags")
def resolve_feature_flags(_found: Organization, _: Info, rampIDType: str) -> list[Any]:
    """None is on."""
    return []


BINDABLES = (query, entity, organization)

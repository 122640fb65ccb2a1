"""Registries as projects: which of them match, and which types they take."""

from __future__ import annotations

from typing import Any

from gateway.graphql import registry_filters
from gateway.graphql.context import Context
from gateway.graphql.numbered import to_numbered
from gateway.graphql.pages import connection
from shared.contracts.runs import (
    GET_ARTIFACT_POLICY,
    LIST_PROJECTS,
    SET_ARTIFACT_POLICY,
    ArtifactPolicy,
    GetArtifactPolicy,
    ListProjects,
    ProjectView,
    SetArtifactPolicy,
)
from shared.kit.clock import iso
from shared.kit.ids import to_global

PREFIX = "wandb-registry-"
MOST = 1_000


async def registries_of(name: str, filters: str, context: Context) -> dict[str, Any]:
    """Registries alone, all in one page: an organization has tens of them."""
    found = await projects_that_match(name, filters, context)
    shown = [one for one in found if one.name.startswith(PREFIX)]
    return connection(shown, None, cursors=[one.id for one in shown])


async def projects_that_match(
    name: str, filters: str | None, context: Context
) -> list[ProjectView]:
    """Of an entity, those that the caller may see, newest first."""
    wanted = registry_filters.read(filters)
    found: list[ProjectView] = []
    cursor = None
    while True:
        page = await context.ask(
            LIST_PROJECTS, ListProjects(entity=name, limit=MOST, cursor=cursor)
        )
        found += [one for one in page.items if registry_filters.matches(wanted, _project(one))]
        cursor = page.next
        if cursor is None:
            return found


async def restrict_types(
    found: ProjectView, allow_all: bool | None, types: list[dict[str, Any]] | None, context: Context
) -> None:
    """What `upsertModel` says of a registry's types; types are only ever added."""
    if allow_all is None and not types:
        return
    place = GetArtifactPolicy(entity=found.entity, project=found.name)
    before = await context.ask(GET_ARTIFACT_POLICY, place)
    named = [one["name"] for one in types or []]
    wanted = [] if allow_all else list(dict.fromkeys([*before.types, *named]))
    if wanted == before.types:
        return
    policy = ArtifactPolicy(
        protected_aliases=before.protected_aliases,
        default_ttl_seconds=before.default_ttl_seconds,
        types=wanted,
    )
    change = SetArtifactPolicy(entity=found.entity, project=found.name, policy=policy)
    await context.ask(SET_ARTIFACT_POLICY, change)


def _project(view: ProjectView) -> dict[str, Any]:
    return {
        "name": view.name,
        "id": [to_global("Project", view.id), view.number, str(view.number)],
        "entity_id": to_numbered("Entity", view.entity),
        "description": view.description,
        "created_at": iso(view.created_at),
        "updated_at": iso(view.updated_at),
    }

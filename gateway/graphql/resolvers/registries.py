"""Registries (wire-protocol §7.12): an organization's projects, with what is linked to them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from ariadne import ObjectType

from gateway.graphql import registry_filters
from gateway.graphql.context import Context, Info, context_of
from gateway.graphql.pages import connection
from gateway.graphql.registries import MOST, PREFIX, projects_that_match
from gateway.graphql.resolvers.artifact_places import place_of
from gateway.graphql.resolvers.artifacts import Place
from gateway.graphql.resolvers.entities import Entity
from shared.contracts.runs import (
    GET_ARTIFACT_POLICY,
    LIST_COLLECTIONS,
    LIST_VERSIONS,
    CollectionView,
    GetArtifactPolicy,
    ListCollections,
    ListVersions,
    ProjectView,
)
from shared.kit.clock import iso
from shared.kit.ids import to_global

entity, project, organization = (
    ObjectType("Entity"),
    ObjectType("Project"),
    ObjectType("Organization"),
)


@project.field("allowAllArtifactTypesInRegistry")
async def resolve_allow_all(found: ProjectView, info: Info) -> bool:
    """Only a registry restricts what is linked to it."""
    if not found.name.startswith(PREFIX):
        return True
    ask = GetArtifactPolicy(entity=found.entity, project=found.name)
    return not (await context_of(info).ask(GET_ARTIFACT_POLICY, ask)).types


@organization.field("advancedRegistryFeatures")
def resolve_advanced(_found: Any, _: Info) -> dict[str, bool]:
    return {"advancedSearch": False}


@entity.field("artifactCollections")
async def resolve_collections(
    found: Entity,
    info: Info,
    projectFilters: str | None = None,
    filters: str | None = None,
    collectionTypes: list[str] | None = None,
    after: str | None = None,
    first: int | None = None,
    order: str | None = None,
) -> dict[str, Any]:
    """Of all registries that match, in pages by id."""
    kinds = {one.lower() for one in collectionTypes or ["PORTFOLIO"]}
    context = context_of(info)
    wanted = [
        one
        async for one in _collections(found.name, projectFilters, filters, context)
        if one.kind in kinds
    ]
    return _page(wanted, [one.id for one in wanted], after, first)


@entity.field("artifactMemberships")
async def resolve_memberships(
    found: Entity,
    info: Info,
    projectFilters: str | None = None,
    collectionFilters: str | None = None,
    filters: str | None = None,
    after: str | None = None,
    first: int | None = None,
    order: str | None = None,
) -> dict[str, Any]:
    """Versions of all collections that match, in pages by id."""
    context, wanted = context_of(info), registry_filters.read(filters)
    places: list[Place] = []
    async for one in _collections(found.name, projectFilters, collectionFilters, context):
        page = await context.ask(LIST_VERSIONS, ListVersions(collection_id=one.id, limit=MOST))
        mine = [place_of(version) for version in page.items]
        places += [place for place in mine if registry_filters.matches(wanted, _place(place))]
    return _page(places, [place.view.id for place in places], after, first)


async def _collections(
    name: str, project_filters: str | None, filters: str | None, context: Context
) -> AsyncIterator[CollectionView]:
    wanted = registry_filters.read(filters)
    for one in await projects_that_match(name, project_filters, context):
        if not one.name.startswith(PREFIX):
            continue
        ask = ListCollections(entity=one.entity, project=one.name, limit=MOST)
        for view in (await context.ask(LIST_COLLECTIONS, ask)).items:
            if registry_filters.matches(wanted, _collection(view)):
                yield view


def _page(nodes: list[Any], ids: list[str], after: str | None, first: int | None) -> dict[str, Any]:
    begin = ids.index(after) + 1 if after in ids else 0
    end = begin + (first or 50)
    following = ids[end - 1] if end < len(ids) else None
    return connection(nodes[begin:end], following, len(nodes), ids[begin:end])


def _collection(view: CollectionView) -> dict[str, Any]:
    return {
        "name": view.name,
        "artifact_collection_id": to_global("ArtifactCollection", view.id),
        "tag": view.tags,
        "description": view.description,
        "created_at": iso(view.created_at),
        "updated_at": iso(view.updated_at),
    }


def _place(place: Place) -> dict[str, Any]:
    return {
        "id": to_global("Artifact", place.version.id),
        "version": [f"v{place.view.version_index}", place.view.version_index],
        "tag": place.version.tags,
        "alias": place.view.aliases,
        "created_at": iso(place.version.created_at),
        "updated_at": iso(place.version.updated_at),
    }


BINDABLES = (entity, project, organization)

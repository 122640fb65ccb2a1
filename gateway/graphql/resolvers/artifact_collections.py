"""Collections and types of artifacts."""

from __future__ import annotations

from typing import Any

from ariadne import InterfaceType, ObjectType, QueryType

from gateway.graphql.context import Info, context_of
from gateway.graphql.pages import connection
from gateway.graphql.resolvers.artifact_places import place_of
from gateway.graphql.resolvers.artifacts import Place, tags_of, type_of
from shared.contracts.runs import (
    GET_ARTIFACT_POLICY,
    GET_COLLECTION,
    GET_VERSION,
    LIST_ARTIFACT_TYPES,
    LIST_COLLECTION_ALIASES,
    LIST_COLLECTIONS,
    LIST_VERSIONS,
    ArtifactTypeView,
    ArtifactView,
    CollectionView,
    GetArtifactPolicy,
    GetCollection,
    GetVersion,
    ListArtifactTypes,
    ListCollectionAliases,
    ListCollections,
    ListVersions,
    ProjectView,
    VersionView,
)
from shared.errors import Invalid, NotFound
from shared.kit.ids import from_global, to_global

query = QueryType()
project = ObjectType("Project")
collection = InterfaceType("ArtifactCollection")
sequence, portfolio = ObjectType("ArtifactSequence"), ObjectType("ArtifactPortfolio")
artifact_type = ObjectType("ArtifactType")

KIND = "ArtifactCollection"


@query.field("artifactCollection")
async def resolve_collection_by_id(_: Any, info: Info, id: str) -> CollectionView | None:
    try:
        ask = GetCollection(id=from_global(KIND, id))
        return await context_of(info).ask(GET_COLLECTION, ask)
    except (NotFound, Invalid):
        return None


@project.field("artifact")
async def resolve_artifact_by_name(
    found: ProjectView, info: Info, name: str
) -> ArtifactView | None:
    """`coll:alias`; null where there is none."""
    version = await _version(found, info, name)
    return version.artifact if version else None


@project.field("artifactCollectionMembership")
async def resolve_membership_by_name(found: ProjectView, info: Info, name: str) -> Place | None:
    version = await _version(found, info, name)
    return place_of(version) if version else None


async def _version(found: ProjectView, info: Info, name: str) -> VersionView | None:
    collection_name, _, alias = name.partition(":")
    ask = GetVersion(
        entity=found.entity,
        project=found.name,
        collection=collection_name,
        alias=alias or "latest",
    )
    try:
        return await context_of(info).ask(GET_VERSION, ask)
    except NotFound:
        return None


@project.field("artifactType")
async def resolve_artifact_type(found: ProjectView, info: Info, name: str) -> dict[str, Any] | None:
    ask = ListArtifactTypes(entity=found.entity, project=found.name, name=name)
    page = await context_of(info).ask(LIST_ARTIFACT_TYPES, ask)
    return _type(page.items[0], found) if page.items else None


@project.field("artifactTypes")
async def resolve_artifact_types(
    found: ProjectView,
    info: Info,
    after: str | None = None,
    first: int | None = None,
    includeAll: bool | None = None,
) -> dict[str, Any]:
    ask = ListArtifactTypes(
        entity=found.entity, project=found.name, limit=first or 50, cursor=after or None
    )
    page = await context_of(info).ask(LIST_ARTIFACT_TYPES, ask)
    nodes = [_type(one, found) for one in page.items]
    if includeAll and page.next is None:
        policy = GetArtifactPolicy(entity=found.entity, project=found.name)
        allowed = (await context_of(info).ask(GET_ARTIFACT_POLICY, policy)).types
        used = {one.name for one in page.items}
        nodes += [_unused_type(name, found) for name in allowed if name not in used]
    return connection(nodes, page.next)


@project.field("artifactCollection")
async def resolve_collection(found: ProjectView, info: Info, name: str) -> CollectionView | None:
    return await _collection(found, info, name, None)


@project.field("artifactCollections")
async def resolve_collections(
    found: ProjectView,
    info: Info,
    after: str | None = None,
    first: int | None = None,
    filters: str | None = None,
    order: str | None = None,
) -> dict[str, Any]:
    return await _collections(found, info, None, after, first, filters, order)


@artifact_type.field("artifactCollection")
async def resolve_collection_of_type(
    found: dict[str, Any], info: Info, name: str
) -> CollectionView | None:
    return await _collection(found["project"], info, name, found["name"])


@artifact_type.field("artifactCollections")
async def resolve_collections_of_type(
    found: dict[str, Any],
    info: Info,
    after: str | None = None,
    first: int | None = None,
    filters: str | None = None,
    order: str | None = None,
) -> dict[str, Any]:
    return await _collections(found["project"], info, found["name"], after, first, filters, order)


async def _collection(
    found: ProjectView, info: Info, name: str, type_name: str | None
) -> CollectionView | None:
    ask = GetCollection(entity=found.entity, project=found.name, name=name, type=type_name)
    try:
        return await context_of(info).ask(GET_COLLECTION, ask)
    except NotFound:
        return None


async def _collections(
    found: ProjectView,
    info: Info,
    type_name: str | None,
    after: str | None,
    first: int | None,
    filters: str | None,
    order: str | None,
) -> dict[str, Any]:
    page = await context_of(info).ask(
        LIST_COLLECTIONS,
        ListCollections(
            entity=found.entity,
            project=found.name,
            type=type_name,
            filters=filters,
            order=order,
            limit=first or 50,
            cursor=after or None,
        ),
    )
    return connection(page.items, page.next, page.total, [item.id for item in page.items])


@collection.type_resolver
def resolve_kind(found: CollectionView, *_: Any) -> str:
    return "ArtifactSequence" if found.kind == "sequence" else "ArtifactPortfolio"


def resolve_id(found: CollectionView, _: Info) -> str:
    return to_global(KIND, found.id)


def resolve_project(found: CollectionView, _: Info) -> ProjectView | None:
    return found.project


def resolve_type(found: CollectionView, _: Info) -> dict[str, Any]:
    return type_of(found)


def resolve_tags(found: CollectionView, _: Info) -> dict[str, Any]:
    return {"edges": [{"node": node} for node in tags_of(found.tags)]}


async def resolve_aliases(
    found: CollectionView, info: Info, after: str | None = None, first: int | None = None
) -> dict[str, Any]:
    ask = ListCollectionAliases(id=found.id, limit=first or 1_000, cursor=after or None)
    page = await context_of(info).ask(LIST_COLLECTION_ALIASES, ask)
    nodes = [
        {
            "id": to_global("ArtifactAlias", f"{found.id}/{name}"),
            "alias": name,
            "artifactCollection": found,
        }
        for name in page.items
    ]
    return connection(nodes, page.next, cursors=page.items)


async def resolve_versions(
    found: CollectionView,
    info: Info,
    after: str | None = None,
    first: int | None = None,
    order: str | None = None,
    filters: str | None = None,
) -> dict[str, Any]:
    ask = ListVersions(
        collection_id=found.id,
        filters=filters,
        order=order,
        limit=first or 50,
        cursor=after or None,
    )
    page = await context_of(info).ask(LIST_VERSIONS, ask)
    places = [place_of(version) for version in page.items]
    edges = [
        {
            "version": f"v{place.view.version_index}",
            "node": place.version,
            "cursor": str(place.view.version_index),
        }
        for place in places
    ]
    return {
        "totalCount": page.total,
        "edges": edges,
        "pageInfo": {"endCursor": page.next, "hasNextPage": page.next is not None},
    }


async def resolve_membership(found: CollectionView, info: Info, aliasName: str) -> Place | None:
    ask = GetVersion(collection_id=found.id, alias=aliasName)
    try:
        return place_of(await context_of(info).ask(GET_VERSION, ask))
    except NotFound:
        return None


@sequence.field("latestArtifact")
async def resolve_latest(found: CollectionView, info: Info) -> ArtifactView | None:
    """The last committed version; the SDK builds on it."""
    ask = ListVersions(collection_id=found.id, limit=1)
    try:
        page = await context_of(info).ask(LIST_VERSIONS, ask)
    except NotFound:  # a key that may only write does not read the sequence it writes to
        return None
    return page.items[0].artifact if page.items else None


@sequence.field("digestAlgorithm")
def resolve_digest_algorithm(_found: CollectionView, _: Info) -> str:
    return "MANIFEST_MD5"


for _kind in (sequence, portfolio):
    _kind.set_field("id", resolve_id)
    _kind.set_field("project", resolve_project)
    _kind.set_field("defaultArtifactType", resolve_type)
    _kind.set_field("tags", resolve_tags)
    _kind.set_field("aliases", resolve_aliases)
    _kind.set_field("artifacts", resolve_versions)
    _kind.set_field("artifactMembership", resolve_membership)
    _kind.set_alias("createdAt", "created_at")
    _kind.set_alias("updatedAt", "updated_at")


def _unused_type(name: str, found: ProjectView) -> dict[str, Any]:
    """A type that a registry takes and has nothing of yet."""
    return {
        "id": to_global("ArtifactType", f"{found.id}/{name}"),
        "name": name,
        "description": None,
        "createdAt": found.created_at,
        "project": found,
    }


def _type(view: ArtifactTypeView, found: ProjectView) -> dict[str, Any]:
    return {
        "id": to_global("ArtifactType", view.id),
        "name": view.name,
        "description": view.description,
        "createdAt": view.created_at,
        "project": found,
    }


BINDABLES = (query, project, collection, sequence, portfolio, artifact_type)

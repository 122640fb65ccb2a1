"""Places of versions in collections: their index, their aliases and their files there."""

from __future__ import annotations

from typing import Any

from ariadne import ObjectType

from gateway.graphql.context import Info
from gateway.graphql.resolvers.artifacts import Place, aliases_of, files_of
from shared.contracts.runs import ArtifactView, CollectionView, VersionView
from shared.kit.ids import to_global

membership = ObjectType("ArtifactCollectionMembership")


def place_of(version: VersionView) -> Place:
    """The place through which a version was found."""
    places = version.artifact.memberships
    view = next(place for place in places if place.id == version.membership_id)
    return Place(view, version.artifact)


@membership.field("id")
def resolve_membership_id(found: Place, _: Info) -> str:
    return to_global("ArtifactCollectionMembership", found.view.id)


@membership.field("versionIndex")
def resolve_version_index(found: Place, _: Info) -> int:
    return found.view.version_index


@membership.field("createdAt")
def resolve_membership_created_at(found: Place, _: Info) -> Any:
    return found.view.created_at


@membership.field("aliases")
def resolve_membership_aliases(found: Place, _: Info) -> list[dict[str, Any]]:
    return aliases_of(found.view)


@membership.field("artifactCollection")
def resolve_membership_collection(found: Place, _: Info) -> CollectionView:
    return found.view.collection


@membership.field("artifact")
def resolve_membership_artifact(found: Place, _: Info) -> ArtifactView:
    return found.version


@membership.field("files")
async def resolve_membership_files(
    found: Place,
    info: Info,
    names: list[str] | None = None,
    after: str | None = None,
    first: int | None = None,
) -> dict[str, Any]:
    return await files_of(found.version.id, info, names, after, first)


BINDABLES = (membership,)

"""Changing artifacts and their collections (wire-protocol §7.10 and §7.12)."""

from __future__ import annotations

from typing import Any

from ariadne import MutationType

from gateway.graphql.context import Info, context_of
from gateway.graphql.resolvers.artifact_collections import KIND
from gateway.graphql.resolvers.artifact_logging import artifact_id
from gateway.graphql.resolvers.artifacts import Place, tags_of
from shared.contracts.runs import (
    CHANGE_ALIASES,
    DELETE_ARTIFACT,
    DELETE_COLLECTION,
    GET_ARTIFACT,
    LINK_ARTIFACT,
    UNLINK_ARTIFACT,
    UPDATE_ARTIFACT,
    UPDATE_COLLECTION,
    AliasPlace,
    ArtifactView,
    ChangeAliases,
    CollectionView,
    DeleteArtifact,
    DeleteCollection,
    GetArtifact,
    LinkArtifact,
    UnlinkArtifact,
    UpdateArtifact,
    UpdateCollection,
)
from shared.errors import Invalid
from shared.kit.ids import from_global

mutation = MutationType()


@mutation.field("updateArtifact")
async def update_artifact(_: Any, info: Info, input: dict[str, Any]) -> dict[str, ArtifactView]:
    aliases = input.get("aliases")
    ask = UpdateArtifact(
        artifact_id=artifact_id(input["artifactID"]),
        description=input.get("description"),
        metadata=input.get("metadata"),
        ttl_seconds=input.get("ttlDurationSeconds"),
        tags_to_add=_tags(input.get("tagsToAdd")),
        tags_to_delete=_tags(input.get("tagsToDelete")),
        aliases=None if aliases is None else [one["alias"] for one in aliases],
    )
    return {"artifact": await context_of(info).ask(UPDATE_ARTIFACT, ask)}


@mutation.field("deleteArtifact")
async def delete_artifact(_: Any, info: Info, input: dict[str, Any]) -> dict[str, ArtifactView]:
    ask = DeleteArtifact(
        artifact_id=artifact_id(input["artifactID"]),
        delete_aliases=bool(input.get("deleteAliases")),
    )
    return {"artifact": await context_of(info).ask(DELETE_ARTIFACT, ask)}


@mutation.field("addAliases")
async def add_aliases(_: Any, info: Info, input: dict[str, Any]) -> dict[str, bool]:
    ask = ChangeAliases(artifact_id=artifact_id(input["artifactID"]), add=_places(input))
    await context_of(info).ask(CHANGE_ALIASES, ask)
    return {"success": True}


@mutation.field("deleteAliases")
async def delete_aliases(_: Any, info: Info, input: dict[str, Any]) -> dict[str, bool]:
    ask = ChangeAliases(artifact_id=artifact_id(input["artifactID"]), delete=_places(input))
    await context_of(info).ask(CHANGE_ALIASES, ask)
    return {"success": True}


@mutation.field("linkArtifact")
async def link_artifact(_: Any, info: Info, input: dict[str, Any]) -> dict[str, Any]:
    """By the version's id, or by the client's own id of one that it has only just logged."""
    ask = context_of(info).ask
    version, portfolio = input.get("artifactID"), input.get("artifactPortfolioID")
    if not version and not input.get("clientID"):
        raise Invalid("artifactID: name an artifact.", field="artifactID")
    question = LinkArtifact(
        artifact_id=artifact_id(version) if version else None,
        client_id=input.get("clientID") or None,
        entity=input.get("entityName") or ask.caller.default_entity or ask.caller.username,
        project=input.get("projectName") or "uncategorized",
        collection=input.get("artifactPortfolioName"),
        collection_id=from_global(KIND, portfolio) if portfolio else None,
        aliases=[one["alias"] for one in input.get("aliases") or []],
    )
    place = await ask(LINK_ARTIFACT, question)
    by = GetArtifact(id=question.artifact_id, client_id=question.client_id)
    if question.artifact_id is not None:
        by = GetArtifact(id=question.artifact_id)
    found = await ask(GET_ARTIFACT, by)
    return {"versionIndex": place.version_index, "artifactMembership": Place(place, found)}


@mutation.field("unlinkArtifact")
async def unlink_artifact(_: Any, info: Info, input: dict[str, Any]) -> dict[str, bool]:
    ask = UnlinkArtifact(
        artifact_id=artifact_id(input["artifactID"]),
        collection_id=from_global(KIND, input["artifactPortfolioID"]),
    )
    await context_of(info).ask(UNLINK_ARTIFACT, ask)
    return {"success": True}


@mutation.field("updateArtifactSequence")
async def update_sequence(_: Any, info: Info, input: dict[str, Any]) -> dict[str, CollectionView]:
    return await _update(info, input["artifactSequenceID"], input)


@mutation.field("updateArtifactPortfolio")
async def update_portfolio(_: Any, info: Info, input: dict[str, Any]) -> dict[str, CollectionView]:
    return await _update(info, input["artifactPortfolioID"], input)


@mutation.field("moveArtifactSequence")
async def move_sequence(_: Any, info: Info, input: dict[str, Any]) -> dict[str, CollectionView]:
    """To another type, not to another place."""
    collection_id = from_global(KIND, input["artifactSequenceID"])
    ask = UpdateCollection(id=collection_id, type=input["destinationArtifactTypeName"])
    return {"artifactCollection": await context_of(info).ask(UPDATE_COLLECTION, ask)}


@mutation.field("deleteArtifactSequence")
async def delete_sequence(_: Any, info: Info, input: dict[str, Any]) -> dict[str, CollectionView]:
    return await _delete(info, input["artifactSequenceID"])


@mutation.field("deleteArtifactPortfolio")
async def delete_portfolio(_: Any, info: Info, input: dict[str, Any]) -> dict[str, CollectionView]:
    return await _delete(info, input["artifactPortfolioID"])


@mutation.field("createArtifactCollectionTagAssignments")
async def add_collection_tags(_: Any, info: Info, input: dict[str, Any]) -> dict[str, Any]:
    changed = await context_of(info).ask(UPDATE_COLLECTION, _retag(input, "tags_to_add"))
    return {"tags": tags_of(changed.tags)}


@mutation.field("deleteArtifactCollectionTagAssignments")
async def delete_collection_tags(_: Any, info: Info, input: dict[str, Any]) -> dict[str, bool]:
    await context_of(info).ask(UPDATE_COLLECTION, _retag(input, "tags_to_delete"))
    return {"success": True}


async def _update(info: Info, global_id: str, input: dict[str, Any]) -> dict[str, CollectionView]:
    ask = UpdateCollection(
        id=from_global(KIND, global_id),
        name=input.get("name"),
        description=input.get("description"),
    )
    return {"artifactCollection": await context_of(info).ask(UPDATE_COLLECTION, ask)}


async def _delete(info: Info, global_id: str) -> dict[str, CollectionView]:
    ask = DeleteCollection(id=from_global(KIND, global_id))
    return {"artifactCollection": await context_of(info).ask(DELETE_COLLECTION, ask, 25.0)}


def _retag(input: dict[str, Any], which: str) -> UpdateCollection:
    return UpdateCollection(
        entity=input["entityName"],
        project=input["projectName"],
        collection=input["artifactCollectionName"],
        **{which: _tags(input["tags"])},
    )


def _places(input: dict[str, Any]) -> list[AliasPlace]:
    return [
        AliasPlace(
            entity=one["entityName"],
            project=one["projectName"],
            collection=one["artifactCollectionName"],
            alias=one["alias"],
        )
        for one in input["aliases"]
    ]


def _tags(given: list[dict[str, Any]] | None) -> list[str]:
    return [one["tagName"] for one in given or []]


BINDABLES = (mutation,)

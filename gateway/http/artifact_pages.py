"""`/api/v1/…/artifacts`: what a project keeps, version by version, for the web app and scripts."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from gateway.artifact_links import download_url
from gateway.dependencies import AskAs, AskAsAnybody, TheBlobs, TheSigner
from gateway.http.projects import plain
from shared.contracts.runs import (
    COLLECT_GARBAGE,
    GET_ARTIFACT_POLICY,
    GET_COLLECTION,
    GET_VERSION,
    LIST_ARTIFACT_FILES,
    LIST_ARTIFACT_TYPES,
    LIST_COLLECTION_ALIASES,
    LIST_COLLECTIONS,
    LIST_RUN_ARTIFACTS,
    LIST_VERSIONS,
    LONGEST_GRACE_S,
    READ_LINEAGE,
    SET_ARTIFACT_POLICY,
    ArtifactPolicy,
    ArtifactView,
    CollectGarbage,
    CollectionView,
    Garbage,
    GetArtifactPolicy,
    GetCollection,
    GetVersion,
    ListArtifactFiles,
    ListArtifactTypes,
    ListCollectionAliases,
    ListCollections,
    ListRunArtifacts,
    ListVersions,
    ReadLineage,
    RunPath,
    RunView,
    SetArtifactPolicy,
)

router = APIRouter(tags=["artifacts"])

SLOW = 20.0
PROJECT = "/projects/{entity}/{project}"
COLLECTION = "/artifacts/{entity}/{project}/{collection}"
Limit = Annotated[int, Query(ge=1, le=1_000)]


class GarbageBody(BaseModel):
    """Bytes that were touched within `grace_seconds` stay; a dry run only counts."""

    model_config = ConfigDict(extra="forbid")

    dry_run: bool = True
    grace_seconds: float = Field(default=24 * 3600.0, ge=0, le=LONGEST_GRACE_S)


@router.get(PROJECT + "/artifacts")
async def list_artifacts(
    entity: str,
    project: str,
    ask: AskAsAnybody,
    type: str | None = None,
    kind: Literal["sequence", "portfolio"] | None = None,
    limit: Limit = 50,
    cursor: str | None = None,
) -> Any:
    """Collections of a project, newest first, and which types there are."""
    types = await ask(
        LIST_ARTIFACT_TYPES, ListArtifactTypes(entity=entity, project=project, limit=1_000)
    )
    page = await ask(
        LIST_COLLECTIONS,
        ListCollections(
            entity=entity,
            project=project,
            type=type,
            kinds=[kind] if kind else [],
            limit=limit,
            cursor=cursor,
        ),
    )
    return plain(
        {
            "types": [one.name for one in types.items],
            "items": [_collection(one) for one in page.items],
            "total": page.total,
            "next": page.next,
        }
    )


@router.get(PROJECT + "/artifact-policy")
async def get_policy(entity: str, project: str, ask: AskAsAnybody) -> ArtifactPolicy:
    """Which aliases are protected, and how long versions live that say nothing of it."""
    return await ask(GET_ARTIFACT_POLICY, GetArtifactPolicy(entity=entity, project=project))


@router.put(PROJECT + "/artifact-policy")
async def set_policy(entity: str, project: str, body: ArtifactPolicy, ask: AskAs) -> ArtifactPolicy:
    """The whole of it. For those who manage the project."""
    wanted = SetArtifactPolicy(entity=entity, project=project, policy=body)
    return await ask(SET_ARTIFACT_POLICY, wanted)


@router.get("/runs/{entity}/{project}/{run}/artifacts")
async def list_run_artifacts(
    entity: str,
    project: str,
    run: str,
    ask: AskAsAnybody,
    direction: Literal["output", "input"] = "output",
    limit: Limit = 50,
    cursor: str | None = None,
) -> Any:
    """What a run logged, or what it used."""
    page = await ask(
        LIST_RUN_ARTIFACTS,
        ListRunArtifacts(
            path=RunPath(entity=entity, project=project, run=run),
            inputs=direction == "input",
            limit=limit,
            cursor=cursor,
        ),
    )
    items = [_version(one) for one in page.items]
    return plain({"items": items, "total": page.total, "next": page.next})


@router.get(COLLECTION)
async def get_collection(
    entity: str,
    project: str,
    collection: str,
    ask: AskAsAnybody,
    limit: Limit = 50,
    cursor: str | None = None,
) -> Any:
    """One collection with its aliases and a page of its versions, newest first."""
    found = await ask(
        GET_COLLECTION, GetCollection(entity=entity, project=project, name=collection)
    )
    aliases = await ask(LIST_COLLECTION_ALIASES, ListCollectionAliases(id=found.id))
    page = await ask(
        LIST_VERSIONS, ListVersions(collection_id=found.id, limit=limit, cursor=cursor)
    )
    items = [_version(one.artifact, one.membership_id) for one in page.items]
    return plain(
        {
            **_collection(found),
            "aliases": aliases.items,
            "items": items,
            "total": page.total,
            "next": page.next,
        }
    )


@router.get(COLLECTION + "/{version}")
async def get_version(
    entity: str, project: str, collection: str, version: str, ask: AskAsAnybody
) -> Any:
    """One version, by `vN` or an alias, with who logged it and who used it."""
    wanted = GetVersion(entity=entity, project=project, collection=collection, alias=version)
    found = await ask(GET_VERSION, wanted)
    lineage = await ask(READ_LINEAGE, ReadLineage(artifact_id=found.artifact.id))
    return plain(
        {
            **_version(found.artifact, found.membership_id),
            "metadata": json.loads(found.artifact.metadata or "{}"),
            "logged_by": _run(lineage.logged_by) if lineage.logged_by else None,
            "used_by": [_run(one) for one in lineage.used_by],
        }
    )


@router.get(COLLECTION + "/{version}/files")
async def list_version_files(
    entity: str,
    project: str,
    collection: str,
    version: str,
    ask: AskAsAnybody,
    signer: TheSigner,
    blobs: TheBlobs,
    prefix: str | None = None,
    limit: Limit = 100,
    cursor: str | None = None,
) -> Any:
    """Its files in the order of their paths, each with a link that is good for an hour."""
    wanted = GetVersion(entity=entity, project=project, collection=collection, alias=version)
    found = await ask(GET_VERSION, wanted)
    page = await ask(
        LIST_ARTIFACT_FILES,
        ListArtifactFiles(artifact_id=found.artifact.id, prefix=prefix, limit=limit, cursor=cursor),
        SLOW,
    )
    items = [
        {
            "path": file.name,
            "size": file.size,
            "md5": file.md5 if file.ref is None else None,
            "reference": file.ref,
            "mimetype": file.mimetype,
            "url": download_url(file, signer, blobs) if file.ref is None else None,
        }
        for file in page.items
    ]
    return plain({"items": items, "total": page.total, "next": page.next})


@router.post("/artifacts:collect-garbage")
async def collect_garbage(body: GarbageBody, ask: AskAs) -> Garbage:
    """Delete bytes that no version refers to. Instance administrators only."""
    wanted = CollectGarbage(dry_run=body.dry_run, grace_seconds=body.grace_seconds)
    return await ask(COLLECT_GARBAGE, wanted, 600.0)


def _collection(view: CollectionView) -> dict[str, Any]:
    found = view.model_dump(mode="json", exclude={"project", "versions"})
    place: dict[str, str | None] = {"entity": None, "project": None}
    if view.project is not None:
        place = {"entity": view.project.entity, "project": view.project.name}
    return {**found, **place}


def _version(view: ArtifactView, membership_id: str | None = None) -> dict[str, Any]:
    """As it is in one collection: its own where no membership is named."""
    place = next((one for one in view.memberships if one.id == membership_id), None)
    if place is None and view.memberships:
        place = view.memberships[0]
    found = view.model_dump(
        mode="json", exclude={"sequence", "memberships", "metadata", "ttl_effective_seconds"}
    )
    index = place.version_index if place else view.version_index
    return {
        **found,
        "version": f"v{index}",
        "version_index": index,
        "aliases": place.aliases if place else [],
        "collection": _collection(place.collection) if place else None,
        "source": {**_collection(view.sequence), "version": f"v{view.version_index}"},
        "links": [
            {**_collection(one.collection), "version": f"v{one.version_index}"}
            for one in view.memberships
            if one.collection.kind == "portfolio"
        ],
    }


def _run(view: RunView) -> dict[str, Any]:
    return {
        "entity": view.entity,
        "project": view.project,
        "name": view.name,
        "display_name": view.display_name,
        "state": view.state,
    }

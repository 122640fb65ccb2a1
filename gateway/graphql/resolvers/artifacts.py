"""Versions: by id and by name, with their files and those who logged and used them."""

from __future__ import annotations

from typing import Any

from ariadne import ObjectType, QueryType, UnionType

from gateway.graphql.artifact_nodes import UploadNode
from gateway.graphql.context import Info, context_of
from gateway.graphql.pages import connection
from gateway.graphql.resolvers.artifact_logging import Birth, artifact_id
from gateway.graphql.resolvers.runs import RunUser
from shared.contracts.runs import (
    GET_ARTIFACT,
    GET_MANIFEST,
    LIST_ARTIFACT_FILES,
    LIST_RUN_ARTIFACTS,
    READ_LINEAGE,
    ArtifactFileView,
    ArtifactView,
    CollectionView,
    GetArtifact,
    GetManifest,
    ListArtifactFiles,
    ListRunArtifacts,
    MembershipView,
    ReadLineage,
    RunPath,
    RunView,
)
from shared.errors import Invalid, NotFound
from shared.kit.ids import to_global

query = QueryType()
artifact, run, file = ObjectType("Artifact"), ObjectType("Run"), ObjectType("File")
alias, tag = ObjectType("ArtifactAlias"), ObjectType("Tag")
creator = UnionType("ArtifactCreator")

INHERITED, DISABLED = -1, -2


@query.field("artifact")
async def resolve_artifact(_: Any, info: Info, id: str) -> ArtifactView | None:
    """Null for hidden and absent alike, and for an id that is none of ours."""
    try:
        return await context_of(info).ask(GET_ARTIFACT, GetArtifact(id=artifact_id(id)))
    except (NotFound, Invalid):
        return None


@query.field("clientIDMapping")
async def resolve_client_id(_: Any, info: Info, clientID: str) -> dict[str, str] | None:
    """The client's own id is kept for ever: rows of tables name artifacts by it."""
    try:
        found = await context_of(info).ask(GET_ARTIFACT, GetArtifact(client_id=clientID))
    except NotFound:
        return None
    return {"serverID": to_global("Artifact", found.id)}


@artifact.field("id")
def resolve_id(found: ArtifactView | Birth, _: Info) -> str:
    return found.global_id if isinstance(found, Birth) else to_global("Artifact", found.id)


@artifact.field("artifactSequence")
def resolve_sequence(found: ArtifactView, _: Info) -> CollectionView:
    return found.sequence


@artifact.field("artifactType")
def resolve_type(found: ArtifactView, _: Info) -> dict[str, Any]:
    return type_of(found.sequence)


@artifact.field("ttlDurationSeconds")
def resolve_ttl(found: ArtifactView, _: Info) -> int:
    return found.ttl_effective_seconds or (INHERITED if found.ttl_seconds is None else DISABLED)


@artifact.field("ttlIsInherited")
def resolve_ttl_is_inherited(found: ArtifactView, _: Info) -> bool:
    return found.ttl_seconds is None


@artifact.field("tags")
def resolve_tags(found: ArtifactView, _: Info) -> list[dict[str, str]]:
    return tags_of(found.tags)


@artifact.field("digestAlgorithm")
def resolve_digest_algorithm(_found: ArtifactView, _: Info) -> str:
    return "MANIFEST_MD5"


@artifact.field("commitHash")
def resolve_commit_hash(found: ArtifactView, _: Info) -> str:
    return found.digest


@artifact.field("aliases")
def resolve_aliases(found: ArtifactView, _: Info) -> list[dict[str, Any]]:
    """In every collection that the caller may see."""
    return [one for place in found.memberships for one in aliases_of(place)]


@artifact.field("artifactMemberships")
def resolve_memberships(found: ArtifactView, _: Info) -> dict[str, Any]:
    return connection([Place(place, found) for place in found.memberships], None)


@artifact.field("currentManifest")
async def resolve_manifest(found: ArtifactView, info: Info) -> dict[str, Any] | None:
    try:
        manifest = await context_of(info).ask(GET_MANIFEST, GetManifest(artifact_id=found.id))
    except NotFound:
        return None
    node = ArtifactFileView(
        id=f"{found.id}/manifest",
        artifact_id=found.id,
        birth_artifact_id=found.id,
        name="wandb_manifest.json",
        blob=manifest.blob,
    )
    return {"id": to_global("ArtifactManifest", found.id), "file": node}


@artifact.field("createdBy")
async def resolve_created_by(found: ArtifactView, info: Info) -> RunView | RunUser | None:
    lineage = await context_of(info).ask(READ_LINEAGE, ReadLineage(artifact_id=found.id))
    if lineage.logged_by is not None:
        return lineage.logged_by
    return RunUser(lineage.created_by) if lineage.created_by else None


@creator.type_resolver
def resolve_creator(found: RunView | RunUser, *_: Any) -> str:
    return "Run" if isinstance(found, RunView) else "User"


@artifact.field("usedBy")
async def resolve_used_by(found: ArtifactView, info: Info) -> dict[str, Any]:
    lineage = await context_of(info).ask(READ_LINEAGE, ReadLineage(artifact_id=found.id))
    return connection(lineage.used_by, None, cursors=[one.id for one in lineage.used_by])


@artifact.field("files")
async def resolve_files(
    found: ArtifactView,
    info: Info,
    names: list[str] | None = None,
    after: str | None = None,
    first: int | None = None,
) -> dict[str, Any]:
    return await files_of(found.id, info, names, after, first)


@artifact.field("filesByManifestEntries")
async def resolve_files_by_entries(
    found: ArtifactView,
    info: Info,
    storageLayout: str,
    manifestVersion: str,
    entries: list[dict[str, Any]] | None = None,
    storageRegion: str | None = None,
) -> dict[str, Any]:
    """By path: what a version has under it is what its manifest says."""
    names = [entry["name"] for entry in entries or []]
    return await files_of(found.id, info, names, None, max(1, len(names)))


async def files_of(
    version_id: str, info: Info, names: list[str] | None, after: str | None, first: int | None
) -> dict[str, Any]:
    """A page of a version's files."""
    page = await context_of(info).ask(
        LIST_ARTIFACT_FILES,
        ListArtifactFiles(
            artifact_id=version_id, names=names or [], limit=first or 50, cursor=after or None
        ),
        20.0,
    )
    return connection(page.items, page.next, page.total, [item.name for item in page.items])


@run.field("outputArtifacts")
async def resolve_output_artifacts(
    found: RunView, info: Info, after: str | None = None, first: int | None = None
) -> dict[str, Any]:
    return await _of_run(found, info, after, first, inputs=False)


@run.field("inputArtifacts")
async def resolve_input_artifacts(
    found: RunView, info: Info, after: str | None = None, first: int | None = None
) -> dict[str, Any]:
    return await _of_run(found, info, after, first, inputs=True)


async def _of_run(
    found: RunView, info: Info, after: str | None, first: int | None, *, inputs: bool
) -> dict[str, Any]:
    ask = ListRunArtifacts(
        path=RunPath(id=found.id), inputs=inputs, limit=first or 50, cursor=after or None
    )
    page = await context_of(info).ask(LIST_RUN_ARTIFACTS, ask)
    return connection(page.items, page.next, page.total)


@file.field("digest")
def resolve_file_digest(found: Any, _: Info) -> str | None:
    return getattr(found, "md5", None)


@file.field("artifact")
def resolve_file_artifact(found: Any, _: Info) -> Birth | None:
    return found.artifact if isinstance(found, UploadNode) else None


class Place:
    """A membership with the version that it is of."""

    def __init__(self, view: MembershipView, version: ArtifactView) -> None:
        self.view = view
        self.version = version


def aliases_of(place: MembershipView) -> list[dict[str, Any]]:
    """As the schema has them."""
    return [
        {
            "id": to_global("ArtifactAlias", f"{place.collection.id}/{name}"),
            "alias": name,
            "artifactCollection": place.collection,
        }
        for name in place.aliases
    ]


def tags_of(names: list[str]) -> list[dict[str, str]]:
    """As the schema has them."""
    return [{"id": to_global("Tag", name), "name": name} for name in names]


def type_of(collection: CollectionView) -> dict[str, Any]:
    """The little that a version or a collection knows of its type."""
    return {
        "id": to_global("ArtifactType", f"{collection.id}/{collection.type}"),
        "name": collection.type,
        "description": None,
        "createdAt": collection.created_at,
        "project": collection.project,
    }


for _theirs, _ours in {
    "versionIndex": "version_index",
    "historyStep": "history_step",
    "fileCount": "file_count",
    "createdAt": "created_at",
    "updatedAt": "updated_at",
}.items():
    artifact.set_alias(_theirs, _ours)


BINDABLES = (query, artifact, run, file, alias, tag, creator)

"""Logging artifacts: the mutations of wire-protocol §7.2, in the order in which the SDK calls."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ariadne import MutationType

from gateway.artifact_links import part_urls
from gateway.graphql.artifact_nodes import UploadNode, to_upload
from gateway.graphql.context import Info, context_of
from gateway.graphql.pages import connection
from shared.contracts.runs import (
    COMMIT_ARTIFACT,
    COMPLETE_UPLOAD,
    CREATE_ARTIFACT,
    CREATE_ARTIFACT_FILES,
    CREATE_MANIFEST,
    UPDATE_MANIFEST,
    USE_ARTIFACT,
    AnnouncedFile,
    ArtifactView,
    CommitArtifact,
    CompleteUpload,
    CreateArtifact,
    CreateArtifactFiles,
    CreateManifest,
    ManifestView,
    Part,
    RunPath,
    UpdateManifest,
    UploadView,
    UseArtifact,
)
from shared.kit.ids import from_global, to_global

mutation = MutationType()

PATIENCE = 28.0
"""A commit looks at every file; the SDK waits for thirty seconds."""


@mutation.field("createArtifact")
async def create_artifact(_: Any, info: Info, input: dict[str, Any]) -> dict[str, Any]:
    """The public API names the collection in a list, the run's own process by itself."""
    names = input.get("artifactCollectionNames") or []
    collection = input.get("artifactCollectionName") or (names[0] if names else "")
    made = await context_of(info).ask(
        CREATE_ARTIFACT,
        CreateArtifact(
            entity=input["entityName"],
            project=input["projectName"],
            run=input.get("runName") or None,
            type=input["artifactTypeName"],
            collection=collection,
            digest=input["digest"],
            aliases=[one["alias"] for one in input.get("aliases") or []],
            tags=[one["tagName"] for one in input.get("tags") or []],
            description=input.get("description"),
            metadata=input.get("metadata"),
            ttl_seconds=input.get("ttlDurationSeconds"),
            history_step=input.get("historyStep"),
            dedupe=input.get("enableDigestDeduplication") is not False,
            client_id=input.get("clientID"),
            sequence_client_id=input.get("sequenceClientID"),
            distributed_id=input.get("distributedID") or None,
        ),
    )
    return {"artifact": made.artifact}


@mutation.field("createArtifactManifest")
async def create_manifest(_: Any, info: Info, input: dict[str, Any]) -> dict[str, Any]:
    base = input.get("baseArtifactID")
    made = await context_of(info).ask(
        CREATE_MANIFEST,
        CreateManifest(
            artifact_id=artifact_id(input["artifactID"]),
            name=input["name"],
            type=input.get("type") or "FULL",
            digest=input["digest"],
            base_artifact_id=artifact_id(base) if base else None,
        ),
    )
    return {"artifactManifest": _manifest(made)}


@mutation.field("updateArtifactManifest")
async def update_manifest(_: Any, info: Info, input: dict[str, Any]) -> dict[str, Any]:
    base = input.get("baseArtifactID")
    made = await context_of(info).ask(
        UPDATE_MANIFEST,
        UpdateManifest(
            manifest_id=from_global("ArtifactManifest", input["artifactManifestID"]),
            digest=input.get("digest"),
            base_artifact_id=artifact_id(base) if base else None,
        ),
    )
    return {"artifactManifest": _manifest(made)}


@mutation.field("createArtifactFiles")
async def create_files(_: Any, info: Info, input: dict[str, Any]) -> dict[str, Any]:
    """One edge per file, in order; without a URL where the bytes are there already."""
    given = input["artifactFiles"]
    made = await context_of(info).ask(
        CREATE_ARTIFACT_FILES,
        CreateArtifactFiles(
            artifact_ids=[artifact_id(one["artifactID"]) for one in given],
            files=[
                AnnouncedFile(
                    name=one["name"],
                    md5=one["md5"],
                    parts=_parts(one.get("uploadPartsInput") or []),
                )
                for one in given
            ],
        ),
    )
    links = partial(part_urls, signer=context_of(info).signer, blobs=context_of(info).blobs)
    nodes = [
        _upload(view, await asyncio.to_thread(links, view, _parts(one["uploadPartsInput"])))
        if view.upload_id and view.blob
        else _upload(view)
        for view, one in zip(made.items, given, strict=True)
    ]
    return {"files": connection(nodes, None, cursors=[node.name for node in nodes])}


@mutation.field("completeMultipartUploadArtifact")
async def complete_upload(_: Any, info: Info, input: dict[str, Any]) -> dict[str, Any]:
    """The SDK asks again when it was told that it is not done yet."""
    await context_of(info).ask(
        COMPLETE_UPLOAD,
        CompleteUpload(
            artifact_id=artifact_id(input["artifactID"]),
            blob=input["storagePath"],
            upload_id=input["uploadID"],
            parts=_parts(input["completedParts"]),
            abort=input["completeMultipartAction"] == "Abort",
        ),
        PATIENCE,
    )
    return {"digest": None}


@mutation.field("commitArtifact")
async def commit_artifact(_: Any, info: Info, input: dict[str, Any]) -> dict[str, ArtifactView]:
    ask = CommitArtifact(artifact_id=artifact_id(input["artifactID"]))
    return {"artifact": await context_of(info).ask(COMMIT_ARTIFACT, ask, PATIENCE)}


@mutation.field("useArtifact")
async def use_artifact(_: Any, info: Info, input: dict[str, Any]) -> dict[str, ArtifactView]:
    path = RunPath(entity=input["entityName"], project=input["projectName"], run=input["runName"])
    ask = UseArtifact(
        artifact_id=artifact_id(input["artifactID"]), path=path, used_as=input.get("usedAs")
    )
    return {"artifact": await context_of(info).ask(USE_ARTIFACT, ask)}


def artifact_id(global_id: str) -> str:
    """Ours, of the base64 text that the SDK carries around."""
    return from_global("Artifact", global_id)


def _manifest(view: ManifestView) -> dict[str, Any]:
    node = to_upload(to_global("File", view.id), view.name, view.md5, view.blob)
    return {"id": to_global("ArtifactManifest", view.id), "file": node}


def _parts(given: list[dict[str, Any]]) -> list[Part]:
    return [Part(number=part["partNumber"], md5=part["hexMD5"]) for part in given]


def _upload(view: UploadView, parts: Sequence[str] = ()) -> UploadNode:
    birth = to_global("Artifact", view.birth_artifact_id)
    file_id = to_global("File", f"{view.birth_artifact_id}/{view.name}")
    node = to_upload(file_id, view.name, view.md5, view.blob, Birth(birth))
    if not parts:
        return node
    urls = [{"partNumber": n, "uploadUrl": url} for n, url in enumerate(parts, start=1)]
    # The MD5 is that of the whole, which no part has.
    return replace(
        node, multipart={"uploadID": view.upload_id, "uploadUrlParts": urls}, upload_headers=[]
    )


class Birth:
    """The version that first had some bytes, of which nothing but the id is told here."""

    def __init__(self, global_id: str) -> None:
        self.global_id = global_id


BINDABLES = (mutation,)

"""Versions of artifacts land the way in which the SDK logs them, and say whose they were."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.cli.ferry.cargo import File, Trouble, Version
from gateway.cli.ferry.landing import Landing

_ANNOUNCED = 500
_CREATE = """mutation($i: CreateArtifactInput!) { createArtifact(input: $i) {
  artifact { id state versionIndex } } }"""
_FILES = """mutation($i: CreateArtifactFilesInput!) { createArtifactFiles(input: $i) { files {
  edges { node { name uploadUrl uploadHeaders artifact { id } } } } } }"""
_MANIFEST = """mutation($i: CreateArtifactManifestInput!) { createArtifactManifest(input: $i) {
  artifactManifest { file { uploadUrl uploadHeaders } } } }"""
_COMMIT = """mutation($i: CommitArtifactInput!) { commitArtifact(input: $i) {
  artifact { versionIndex state } } }"""
_USE = """mutation($i: UseArtifactInput!) { useArtifact(input: $i) { artifact { id } } }"""


class ArtifactLanding:
    """One project's artifacts; `runs` are those that are there to have logged or used them."""

    def __init__(self, landing: Landing, project: str, runs: frozenset[str]) -> None:
        self._landing = landing
        self._project = project
        self._runs = runs

    def bring(self, version: Version) -> bool:
        """False if a version of its collection has these contents already."""
        made = self._ask(_CREATE, self._wanted(version))["createArtifact"]["artifact"]
        fresh = made["state"] != "COMMITTED"
        if fresh:
            births = self._upload(made["id"], version)
            self._manifest(made["id"], version, births)
            self._ask(_COMMIT, {"artifactID": made["id"]})
        for run in version.used_by:
            if run in self._runs:
                self._ask(_USE, {"artifactID": made["id"], **self._place(run)})
        return fresh

    def _wanted(self, version: Version) -> dict[str, Any]:
        name = version.collection
        return {
            "entityName": self._landing.entity,
            "projectName": self._project,
            "runName": version.logged_by if version.logged_by in self._runs else None,
            "artifactTypeName": version.kind,
            "artifactCollectionName": name,
            "digest": version.digest,
            "digestAlgorithm": version.algorithm,
            "description": version.description,
            "metadata": version.metadata,
            "aliases": [{"artifactCollectionName": name, "alias": one} for one in version.aliases],
            "tags": [{"tagName": tag} for tag in version.tags],
            "enableDigestDeduplication": True,
        }

    def _upload(self, artifact: str, version: Version) -> dict[str, str]:
        """The bytes that are not here yet; by path, in which version they were born here."""
        births: dict[str, str] = {}
        held = [(path, entry) for path, entry in version.contents.items() if not entry.get("ref")]
        for some in _batches(held):
            wanted = [
                {"artifactID": artifact, "name": path, "md5": _md5(version, path, entry)}
                for path, entry in some
            ]
            ask = {"artifactFiles": wanted, "storageLayout": "V2"}
            edges = self._ask(_FILES, ask)["createArtifactFiles"]["files"]["edges"]
            for (path, _), edge in zip(some, edges, strict=True):
                node = edge["node"]
                births[path] = (node.get("artifact") or {}).get("id") or artifact
                if node["uploadUrl"] is not None:
                    file = _file(version, path)
                    self._landing.put(file, node["uploadUrl"], _headers(node))
        return births

    def _manifest(self, artifact: str, version: Version, births: Mapping[str, str]) -> None:
        contents = {
            path: {key: value for key, value in entry.items() if key != "birthArtifactID"}
            | ({"birthArtifactID": births[path]} if path in births else {})
            for path, entry in version.contents.items()
        }
        body = json.dumps(
            {
                "version": 1,
                "storagePolicy": "wandb-storage-policy-v1",
                "storagePolicyConfig": {"storageLayout": "V2"},
                "contents": contents,
            }
        ).encode()
        digest = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
        wanted = {
            "artifactID": artifact,
            "name": "wandb_manifest.json",
            "digest": digest,
            "type": "FULL",
            **self._place(version.logged_by if version.logged_by in self._runs else None),
        }
        made = self._ask(_MANIFEST, wanted)["createArtifactManifest"]["artifactManifest"]["file"]
        wire, headers = self._landing.wire, _headers(made)
        answer = wire.send("PUT", made["uploadUrl"], content=body, headers=headers)
        if not answer.is_success:
            raise Trouble(f"{version.collection}: its manifest was answered {answer.status_code}")

    def _place(self, run: str | None) -> dict[str, str]:
        return {
            "entityName": self._landing.entity,
            "projectName": self._project,
            "runName": run or "",
        }

    def _ask(self, query: str, wanted: Mapping[str, Any]) -> Any:
        return self._landing.wire.graphql(query, i=wanted)


def _file(version: Version, path: str) -> File:
    found = version.files.get(path)
    if found is None:
        raise Trouble(f"{version.collection}:v{version.index} does not give out its file {path}")
    return found


def _md5(version: Version, path: str, entry: Mapping[str, Any]) -> str:
    """Of other digests a manifest may hold, the list of files still knows the MD5."""
    file = version.files.get(path)
    return (file.md5 if file else None) or str(entry["digest"])


def _headers(node: Mapping[str, Any]) -> dict[str, str]:
    pairs = (text.partition(":") for text in node.get("uploadHeaders") or ())
    return {name: value.strip() for name, _, value in pairs}


def _batches(
    entries: Sequence[tuple[str, Mapping[str, Any]]],
) -> Iterator[Sequence[tuple[str, Mapping[str, Any]]]]:
    for start in range(0, len(entries), _ANNOUNCED):
        yield entries[start : start + _ANNOUNCED]

"""Logging an artifact by hand, step by step: for what the SDK does quickly, or never would do."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from tests.plain_http import TLS

CREATE = """mutation($i: CreateArtifactInput!) { createArtifact(input: $i) {
  artifact { id state artifactSequence { id latestArtifact { id } } } } }"""
MANIFEST = """mutation($i: CreateArtifactManifestInput!) { createArtifactManifest(input: $i) {
  artifactManifest { id file { id uploadUrl uploadHeaders } } } }"""
FILES = """mutation($i: CreateArtifactFilesInput!) { createArtifactFiles(input: $i) { files {
  edges { node { uploadUrl uploadHeaders storagePath artifact { id }
  uploadMultipartUrls { uploadID uploadUrlParts { partNumber uploadUrl } } } } } } }"""
COMPLETE = """mutation($i: CompleteMultipartInput!) { completeMultipartUploadArtifact(input: $i) {
  digest } }"""
COMMIT = """mutation($i: CommitArtifactInput!) { commitArtifact(input: $i) {
  artifact { id digest versionIndex state } } }"""


def md5(data: bytes) -> str:
    """Base64, as everybody here says it."""
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()


def hex_md5(data: bytes) -> str:
    """The same in hexadecimal, as parts are told by."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def version_digest(contents: Mapping[str, Mapping[str, Any]]) -> str:
    """The one that a client computes over its manifest."""
    text = "".join(f"{path}:{contents[path]['digest']}\n" for path in sorted(contents))
    whole = b"wandb-artifact-manifest-v1\n" + text.encode()
    return hashlib.md5(whole, usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Hand:
    """One principal who logs to one project."""

    http: httpx.Client
    entity: str
    project: str
    run: str | None = None

    def ask(self, query: str, **variables: Any) -> httpx.Response:
        return self.send("POST", "/graphql", json={"query": query, "variables": variables})

    def send(self, method: str, url: str, **more: Any) -> httpx.Response:
        """One request; who must outlive a crash repeats it."""
        return self.http.request(method, url, **more)

    def put(self, url: str, data: bytes) -> None:
        """Without credentials, as the SDK does."""
        assert httpx.put(url, content=data, verify=TLS).is_success

    def data(self, query: str, **variables: Any) -> Any:
        answer = self.ask(query, **variables)
        assert answer.status_code == 200, answer.text
        assert "errors" not in answer.json(), answer.text
        return answer.json()["data"]

    def create(self, name: str, digest: str, kind: str = "dataset", **more: Any) -> httpx.Response:
        wanted = {
            "entityName": self.entity,
            "projectName": self.project,
            "runName": self.run,
            "artifactTypeName": kind,
            "artifactCollectionName": name,
            "digest": digest,
            "digestAlgorithm": "MANIFEST_MD5",
            "enableDigestDeduplication": True,
            "aliases": [],
            **more,
        }
        return self.ask(CREATE, i=wanted)

    def announce(self, artifact: str, files: Mapping[str, bytes]) -> list[dict[str, Any]]:
        wanted = [
            {"artifactID": artifact, "name": name, "md5": md5(data)} for name, data in files.items()
        ]
        found = self.data(FILES, i={"artifactFiles": wanted, "storageLayout": "V2"})
        return [edge["node"] for edge in found["createArtifactFiles"]["files"]["edges"]]

    def announce_parts(self, artifact: str, name: str, parts: Sequence[bytes], **more: Any) -> Any:
        """One large file; its node, or what was answered instead."""
        given = [{"partNumber": n, "hexMD5": hex_md5(one)} for n, one in enumerate(parts, start=1)]
        whole = md5(b"".join(parts))
        file = {"artifactID": artifact, "name": name, "md5": whole, "uploadPartsInput": given}
        answer = self.ask(FILES, i={"artifactFiles": [file | more], "storageLayout": "V2"})
        if answer.status_code != 200:
            return answer
        (edge,) = answer.json()["data"]["createArtifactFiles"]["files"]["edges"]
        return edge["node"]

    def complete(
        self, node: Any, parts: Sequence[tuple[int, str]], action: str = "Complete"
    ) -> httpx.Response:
        """Put its parts together, each named by its number and ETag."""
        wanted = {
            "completeMultipartAction": action,
            "completedParts": [{"partNumber": n, "hexMD5": etag} for n, etag in parts],
            "artifactID": node["artifact"]["id"],
            "storagePath": node["storagePath"],
            "uploadID": node["uploadMultipartUrls"]["uploadID"],
        }
        return self.ask(COMPLETE, i=wanted)

    def upload(self, artifact: str, files: Mapping[str, bytes]) -> None:
        nodes = self.announce(artifact, files)
        for node, data in zip(nodes, files.values(), strict=True):
            if node["uploadUrl"] is not None:
                self.put(node["uploadUrl"], data)

    def manifest(self, artifact: str, body: Any, kind: str = "FULL") -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        wanted = {
            "artifactID": artifact,
            "name": "wandb_manifest.json",
            "digest": md5(data),
            "entityName": self.entity,
            "projectName": self.project,
            "runName": self.run or "",
            "type": kind,
        }
        made = self.data(MANIFEST, i=wanted)["createArtifactManifest"]["artifactManifest"]
        self.put(made["file"]["uploadUrl"], data)

    def commit(self, artifact: str) -> httpx.Response:
        return self.ask(COMMIT, i={"artifactID": artifact})

    def begin(self, name: str, contents: Mapping[str, Mapping[str, Any]], **more: Any) -> str:
        """A pending version for a manifest of these contents."""
        answer = self.create(name, version_digest(contents), **more)
        assert answer.status_code == 200, answer.text
        found: str = answer.json()["data"]["createArtifact"]["artifact"]["id"]
        return found

    def try_contents(self, name: str, contents: Any, files: Mapping[str, bytes]) -> httpx.Response:
        """Everything up to the commit, whose answer it is, of a manifest as it is given."""
        artifact = self.begin(name, contents)
        self.upload(artifact, files)
        self.manifest(artifact, whole_manifest(contents))
        return self.commit(artifact)

    def log(self, name: str, files: Mapping[str, bytes], **more: Any) -> str:
        """A committed version of these files; its id."""
        contents = contents_of(files)
        artifact = self.begin(name, contents, **more)
        self.upload(artifact, files)
        self.manifest(artifact, whole_manifest(contents))
        answer = self.commit(artifact)
        assert answer.status_code == 200, answer.text
        assert "errors" not in answer.json(), answer.text
        return artifact


def contents_of(files: Mapping[str, bytes]) -> dict[str, dict[str, Any]]:
    """What a manifest says of files."""
    return {name: {"digest": md5(data), "size": len(data)} for name, data in files.items()}


def whole_manifest(contents: Any) -> dict[str, Any]:
    """Around the contents."""
    return {
        "version": 1,
        "storagePolicy": "wandb-storage-policy-v1",
        "storagePolicyConfig": {"storageLayout": "V2"},
        "contents": contents,
    }

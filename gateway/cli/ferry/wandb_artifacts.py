"""Artifacts of a project of another server: committed versions of its own collections, in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.cli.ferry.cargo import File, Trouble, Version
from gateway.cli.ferry.wire import Wire

_TYPES = """query Types($entity: String!, $project: String!, $after: String) {
  project(name: $project, entityName: $entity) { artifactTypes(first: 50, after: $after) {
    edges { node { name } cursor } pageInfo { hasNextPage endCursor } } } }"""
_COLLECTIONS = """query Collections($entity: String!, $project: String!, $type: String!,
  $after: String) { project(name: $project, entityName: $entity) { artifactType(name: $type) {
    artifactCollections(first: 50, after: $after) {
      edges { node { __typename name } cursor } pageInfo { hasNextPage endCursor } } } } }"""
_VERSIONS = """query Versions($entity: String!, $project: String!, $type: String!, $name: String!,
  $after: String) { project(name: $project, entityName: $entity) { artifactType(name: $type) {
    artifactCollection(name: $name) { artifacts(first: 50, after: $after) {
      edges { cursor node { id versionIndex state digest digestAlgorithm description metadata
        aliases { alias artifactCollection { name } } tags { name }
        createdBy { __typename ... on Run { name } } } }
      pageInfo { hasNextPage endCursor } } } } } }"""
_MANIFEST = """query Manifest($id: ID!) { artifact(id: $id) {
  currentManifest { file { directUrl } } usedBy { edges { node { name } } } } }"""
_FILES = """query ArtifactFiles($id: ID!, $after: String) { artifact(id: $id) {
  files(first: 200, after: $after) { edges { node { name sizeBytes md5 directUrl } cursor }
    pageInfo { hasNextPage endCursor } } } }"""


class VersionsOfProject:
    """Called, it begins at the first version of the first collection."""

    def __init__(self, wire: Wire, entity: str, project: str) -> None:
        self._wire = wire
        self._where = {"entity": entity, "project": project}

    def __call__(self) -> Iterator[Version]:
        for kind in self._pages(_TYPES, ("project", "artifactTypes")):
            named = {"type": kind["name"]}
            way = ("project", "artifactType", "artifactCollections")
            for collection in self._pages(_COLLECTIONS, way, **named):
                if collection["__typename"] == "ArtifactSequence":
                    yield from self._of(kind["name"], collection["name"])

    def _of(self, kind: str, name: str) -> Iterator[Version]:
        way = ("project", "artifactType", "artifactCollection", "artifacts")
        nodes = [
            node
            for node in self._pages(_VERSIONS, way, type=kind, name=name)
            if node["state"] == "COMMITTED" and node["versionIndex"] is not None
        ]
        for node in sorted(nodes, key=lambda one: int(one["versionIndex"])):
            yield self._version(kind, name, node)

    def _version(self, kind: str, name: str, node: Mapping[str, Any]) -> Version:
        more = self._wire.graphql(_MANIFEST, id=node["id"])["artifact"]
        if more is None or more["currentManifest"] is None:
            raise Trouble(f"{name}:v{node['versionIndex']} has no manifest that can be read")
        manifest = self._wire.json("GET", more["currentManifest"]["file"]["directUrl"])
        creator = node.get("createdBy") or {}
        return Version(
            kind=kind,
            collection=name,
            index=int(node["versionIndex"]),
            digest=node["digest"],
            algorithm=node.get("digestAlgorithm") or "MANIFEST_MD5",
            contents=manifest["contents"],
            description=node.get("description"),
            metadata=node.get("metadata"),
            aliases=[
                one["alias"]
                for one in node.get("aliases") or ()
                if (one.get("artifactCollection") or {}).get("name") == name
            ],
            tags=[one["name"] for one in node.get("tags") or ()],
            logged_by=creator.get("name") if creator.get("__typename") == "Run" else None,
            used_by=[edge["node"]["name"] for edge in (more["usedBy"] or {}).get("edges", ())],
            files={file.name: file for file in self._files(node["id"])},
        )

    def _files(self, artifact: str) -> Iterator[File]:
        for node in self._pages(_FILES, ("artifact", "files"), id=artifact):
            yield self._file(node)

    def _file(self, node: Mapping[str, Any]) -> File:
        url, size = node.get("directUrl"), node.get("sizeBytes")
        return File(
            name=node["name"],
            size=None if size is None else int(size),
            md5=node.get("md5") or None,
            open=lambda: self._wire.bytes(str(url)),
        )

    def _pages(self, query: str, way: tuple[str, ...], **more: Any) -> Iterator[Mapping[str, Any]]:
        """The nodes of a connection at the end of a way of fields, of all its pages."""
        after: str | None = None
        while True:
            place: Any = self._wire.graphql(query, **self._where, **more, after=after)
            for step in way:
                place = (place or {}).get(step)
            if place is None:
                return
            yield from (edge["node"] for edge in place["edges"])
            after = place["pageInfo"]["endCursor"]
            if not place["pageInfo"]["hasNextPage"]:
                return

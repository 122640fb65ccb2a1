"""Stores of artifacts on a real MongoDB and a real folder, and hands that log to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from services.runs.archive.following import ArtifactFollower
from services.runs.archive.shelving import Shelving
from services.runs.artifact_ports import Claim, Manifest
from services.runs.domain import manifest as manifests
from services.runs.domain.artifact import SEQUENCE, Artifact, Collection, State
from services.runs.domain.manifest import Entry, hex_md5
from services.runs.domain.project import Project
from services.runs.handlers.artifact_news import Teller, expired, left_with_its_run
from services.runs.repository.projects import MongoProjects
from services.runs.repository.retention import MongoRetention
from services.runs.repository.runs import MongoRuns
from shared.kit import mongo
from shared.kit.blobs import Blobs
from shared.kit.ids import new_id
from shared.kit.outbox import Outbox
from tests.contract.runs.world import NOON, a_project
from tests.handmade_artifacts import md5
from tests.servers import Servers


class Clock:
    """Goes on when it is told to."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **more: float) -> None:
        self.now += timedelta(**more)


class Artifacts:
    """Everything below the handlers."""

    def __init__(self, servers: Servers, folder: Path) -> None:
        """Only within a running event loop."""
        self.client = mongo.connect(servers.root_mongo_url, "test")
        self.database = self.client[f"test_{new_id()}"]
        self.outbox = Outbox(self.database)
        self.blobs = Blobs(folder.as_uri())
        self.clock = Clock()
        self.projects = MongoProjects(self.database)
        self.kept = Shelving(self.client, self.database, self.outbox, self.blobs, self.clock)
        self.retention = MongoRetention(self.client, self.database)
        self.archive = self.kept.archive
        self.expiry = self.kept.expiry(self.projects, expired, self.retention.held_projects)
        self.runs = MongoRuns(self.client, self.database, self.outbox)
        self.departures = self.kept.departures(
            self.projects, self.runs, left_with_its_run, self.retention.held_projects
        )

    async def prepare(self) -> Artifacts:
        await self.projects.prepare()
        await self.kept.prepare()
        return self

    @property
    def follower(self) -> ArtifactFollower:
        return self.kept.follower(self.projects)

    async def project(self, name: str = "demo", entity: str = "team") -> Project:
        return await self.projects.create(a_project(name, entity))

    async def sequence(self, project: Project, name: str = "data") -> Collection:
        wanted = Collection(new_id(), project.id, name, "dataset", SEQUENCE, NOON, NOON)
        return await self.kept.collections.ensure(wanted)

    async def begun(
        self, project: Project, files: Mapping[str, bytes], name: str = "data", **more: object
    ) -> Artifact:
        """A version with its files uploaded and its manifest, not yet committed."""
        sequence = await self.sequence(project, name)
        entries = {path: Entry(path, md5(data), len(data)) for path, data in files.items()}
        values: dict[str, object] = {
            "id": new_id(),
            "store": project.entity,
            "project_id": project.id,
            "collection_id": sequence.id,
            "type": "dataset",
            "state": State.PENDING,
            "digest": manifests.digest(entries),
            "created_at": self.clock(),
            "updated_at": self.clock(),
        }
        artifact = await self.kept.artifacts.create(Artifact(**(values | more)))  # type: ignore[arg-type]
        await self.upload(artifact, files)
        text = manifests.write(entries.values())
        announced = Manifest(
            new_id(), artifact.id, "m", "FULL", md5(text), f"artifacts/manifests/{new_id()}", NOON
        )
        await self.blobs.put(announced.blob, text)
        await self.kept.artifacts.add_manifest(announced)
        return artifact

    async def upload(self, artifact: Artifact, files: Mapping[str, bytes]) -> list[bool]:
        """As a client does: announce, look what is there, put the rest. True where it was put."""
        md5s = {hex_md5(md5(data)): data for data in files.values()}
        claims = [
            Claim(artifact.id, one, self.archive.new_key(artifact.store, one)) for one in md5s
        ]
        claimed = await self.kept.entries.claim(artifact.store, claims, self.clock())
        there = await self.kept.entries.stored(artifact.store, list(md5s))
        for claim in claimed:
            if claim.md5 not in there:
                await self.blobs.put(claim.blob, md5s[claim.md5])
        return [claim.md5 not in there for claim in claimed]

    async def commit(self, artifact: Artifact) -> Artifact:
        project = await self.projects.get(artifact.project_id)
        sequence = await self.kept.collections.get(artifact.collection_id)
        teller = Teller(sequence, project, "ada", self.clock())
        return await self.archive.commit(artifact, teller.committed, _reads)

    async def logged(
        self, project: Project, files: Mapping[str, bytes], name: str = "data", **more: object
    ) -> Artifact:
        return await self.commit(await self.begun(project, files, name, **more))

    async def read(self, artifact_id: str) -> dict[str, bytes]:
        """Every file, from wherever its entry says that it is."""
        entries, _ = await self.kept.entries.list(artifact_id)
        return {one.path: await self.blobs.get(one.key or "") for one in entries}

    async def news(self) -> list[str]:
        """Subjects in the order in which they were told."""
        cursor = self.database["outbox"].find().sort("_id", 1)
        return [document["subject"].removeprefix("events.runs.") async for document in cursor]


async def _reads(_: Artifact) -> bool:
    return True

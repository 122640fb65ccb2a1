"""Putting together what holds artifacts."""

from __future__ import annotations

from datetime import timedelta

from services.runs.archive.committing import Committer
from services.runs.archive.departing import Departures
from services.runs.archive.expiring import Expiry, HeldProjects, TellGone
from services.runs.archive.following import ArtifactFollower
from services.runs.archive.garbage import Collector
from services.runs.archive.joining import Joiner
from services.runs.archive.keeper import ArtifactArchive
from services.runs.archive.sourcing import Sources
from services.runs.artifact_ports import Shelves
from services.runs.ports import Moves, Projects, Runs
from services.runs.repository.artifacts import MongoArtifacts
from services.runs.repository.collections import MongoCollections
from services.runs.repository.commits import MongoCommits
from services.runs.repository.discards import MongoDiscards
from services.runs.repository.entries import MongoEntries
from services.runs.repository.memberships import MongoMemberships
from services.runs.repository.relocations import MongoRelocations
from shared.kit.blobs import Blobs
from shared.kit.clock import Clock
from shared.kit.mongo import Client, Database
from shared.kit.outbox import Outbox


class Shelving:
    """Every store of artifacts, and the archive that works on them."""

    def __init__(
        self,
        client: Client,
        database: Database,
        outbox: Outbox,
        blobs: Blobs,
        clock: Clock,
        collect_every: timedelta = timedelta(days=1),
    ) -> None:
        self._clock = clock
        self.collections = MongoCollections(client, database, outbox)
        self.memberships = MongoMemberships(client, database, outbox)
        self.artifacts = MongoArtifacts(client, database, outbox)
        self.entries = MongoEntries(database)
        self.commits = MongoCommits(client, database, outbox, self.memberships)
        self.relocations = MongoRelocations(client, database, self.memberships)
        self._blobs = blobs
        self.sources = Sources(self.artifacts, self.entries, blobs, clock)
        self.committer = Committer(
            self.artifacts, self.entries, self.commits, self.sources, blobs, clock
        )
        self.discards = MongoDiscards(database)
        self.collector = Collector(self.discards, blobs, clock, collect_every)
        self.archive = ArtifactArchive(
            self.committer, Joiner(self.entries, blobs), self.commits, self.collector, clock
        )

    async def prepare(self) -> None:
        """Indexes, at start-up."""
        for store in (
            self.collections,
            self.memberships,
            self.artifacts,
            self.entries,
            self.relocations,
        ):
            await store.prepare()

    def follower(self, projects: Projects) -> ArtifactFollower:
        """What takes artifacts along with the runs that logged them."""
        return ArtifactFollower(
            self.relocations,
            self.collections,
            self.artifacts,
            self.entries,
            self.memberships,
            self.sources,
            projects,
            self._blobs,
            self._clock,
        )

    def departures(
        self, projects: Projects, runs: Runs, tell: TellGone, held: HeldProjects
    ) -> Departures:
        """What lets versions go with the run that logged them."""
        return Departures(
            self.relocations,
            self.artifacts,
            self.collections,
            self.memberships,
            self.commits,
            projects,
            runs,
            tell,
            held,
        )

    def expiry(self, projects: Projects, tell: TellGone, held: HeldProjects) -> Expiry:
        """What lets versions go when their time has come."""
        return Expiry(
            self.discards,
            self.collections,
            self.memberships,
            self.commits,
            self.collector,
            projects,
            tell,
            self._clock,
            held,
        )

    def shelves(self, projects: Projects, runs: Runs, moves: Moves) -> Shelves:
        """As handlers ask for them."""
        return Shelves(
            projects=projects,
            runs=runs,
            moves=moves,
            collections=self.collections,
            memberships=self.memberships,
            artifacts=self.artifacts,
            entries=self.entries,
            archive=self.archive,
            former=self.relocations,
        )

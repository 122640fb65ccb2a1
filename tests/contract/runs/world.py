"""The runs service's stores on a real MongoDB, each time in a database of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import zstandard

from services.runs.domain.project import Project
from services.runs.domain.run import Run, State
from services.runs.histories.compactor import Compactor
from services.runs.histories.pieces import Pieces
from services.runs.histories.reader import HistoryReader
from services.runs.repository.copies import MongoCopies
from services.runs.repository.files import MongoFiles
from services.runs.repository.frames import Frame, MongoFrames
from services.runs.repository.projects import MongoProjects
from services.runs.repository.retention import MongoRetention
from services.runs.repository.runs import MongoRuns
from services.runs.repository.shards import MongoShards
from services.runs.writing.apply import Applier
from services.runs.writing.late import LateLines
from shared.kit import clock, mongo
from shared.kit.blobs import Blobs
from shared.kit.ids import new_id
from shared.kit.outbox import Announcement, Outbox
from shared.messaging.ingest import Chunk
from shared.permissions import Visibility
from tests.servers import Servers

T = TypeVar("T")
NOON = (datetime.now(UTC) + timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
"""Tomorrow's: MongoDB's own clock deletes what has expired, within a minute of any test."""
MINUTE = timedelta(minutes=1)
EVERYTHING = 2**61
"""More steps and lines than any run has."""
NO_TEXTS: frozenset[str] = frozenset()
ALL_TEXTS = frozenset({"config", "summary", "system"})


class Kept:
    """Every store, the writer's hands and the reader, as `app.py` puts them together."""

    def __init__(self, servers: Servers, folder: Path) -> None:
        """Only within a running event loop."""
        self.client = mongo.connect(servers.root_mongo_url, "test")
        self.database = self.client[f"test_{new_id()}"]
        self.outbox = Outbox(self.database)
        self.blobs = Blobs(folder.as_uri())
        self.projects = MongoProjects(self.database)
        self.files = MongoFiles(self.database)
        self.runs = MongoRuns(self.client, self.database, self.outbox)
        self.frames = MongoFrames(self.client, self.database)
        self.copies = MongoCopies(self.database, self.frames, self.blobs)
        self.retention = MongoRetention(self.client, self.database)
        self.compactor = Compactor(self.frames, self.runs, self.blobs)
        self.applier = Applier(self.frames, self.runs, _news, _nothing, _nothing)
        self.late = LateLines(self.frames, self.runs, clock.now)

    async def prepare(self) -> Kept:
        """Indexes."""
        for store in (self.projects, self.files, self.runs):
            await store.prepare()
        return self

    def close(self) -> None:
        """Let go of the connections; the servers go with the session."""
        self.client.close()

    def reader(self) -> HistoryReader:
        """A fresh one, that remembers nothing."""
        return HistoryReader(self.frames, Pieces(self.frames, self.blobs))

    def writer(self, name: str) -> MongoShards:
        """The leases as one writer sees them."""
        return MongoShards(self.database, name)

    async def born(self, run: Run | None = None) -> Run:
        """A run that is there."""
        created = await self.runs.create(run or a_run(), [])
        assert created is not None
        return created

    async def now(self, run: Run, texts: frozenset[str] = NO_TEXTS) -> Run:
        """The run as it is kept now."""
        return await self.runs.get(run.id, texts)

    async def announced(self) -> list[str]:
        """What waits in the outbox, by id."""
        return [document["_id"] async for document in self.database["outbox"].find().sort("_id")]


@dataclass(frozen=True)
class Asked:
    """The stores and the event loop that they live in, for tests that Hypothesis repeats."""

    kept: Kept
    loop: asyncio.Runner

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run it to its end."""
        return self.loop.run(work)


def a_run(name: str = "abc", project_id: str = "project1", **more: object) -> Run:
    values: dict[str, object] = {
        "id": new_id(),
        "project_id": project_id,
        "name": name,
        "display_name": "calm-peak-1",
        "state": State.RUNNING,
        "created_at": NOON,
        "updated_at": NOON,
        "heartbeat_at": NOON,
    }
    return Run(**(values | more))  # type: ignore[arg-type]


def a_project(name: str = "demo", entity: str = "team", **more: object) -> Project:
    values: dict[str, object] = {
        "id": new_id(),
        "number": 1,
        "entity": entity,
        "name": name,
        "visibility": Visibility.TEAM,
        "created_at": NOON,
        "updated_at": NOON,
    }
    return Project(**(values | more))  # type: ignore[arg-type]


def frame(
    run: Run, first: int, count: int, stream: str = "history", position: int = 1, text: str = ""
) -> Frame:
    """Consecutive lines; of a history their steps are their numbers."""
    if stream == "history":
        lines = [f'{{"_step":{n},"a":{n * n}}}' for n in range(first, first + count)]
    else:
        lines = [f"{text}{n}" for n in range(first, first + count)]
    return Frame(
        run.id,
        stream,
        run.generation,
        first,
        count,
        first,
        first + count - 1,
        zstandard.compress("\n".join(lines).encode()),
        position,
        text if stream == "log" else "",
    )


async def steps_of(kept: Kept, run: Run) -> list[int]:
    """The line numbers that a reader sees, in order."""
    lines = await kept.reader().rows(await kept.now(run), 0, EVERYTHING, EVERYTHING)
    return [int(line.removeprefix('{"_step":').split(",")[0]) for line in lines]


def news(text: str = "news") -> Announcement:
    return Announcement(new_id(), "events.runs.test", text.encode())


def placed(chunks: Sequence[Chunk], first: int = 1) -> list[tuple[int, Chunk]]:
    """With positions, as the stream gives them."""
    return list(enumerate(chunks, start=first))


async def _news(run: Run, previous: State, at: datetime) -> Announcement:
    return news(f"{run.id} {previous} {run.state}")


async def _nothing(*_: object) -> None:
    """Nobody uploads or watches here."""

"""The writer over a real stream, when shards change hands while it writes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
import zstandard
from nats.aio.client import Client

from services.runs.domain.run import Run
from services.runs.repository.shards import MongoShards
from services.runs.writing.apply import Applier
from services.runs.writing.writer import Writer
from shared.kit import clock
from shared.messaging import ingest, streams
from shared.messaging.ingest import Chunk, Part
from shared.messaging.streams import INGEST_STREAM
from tests.contract.messaging.world import connected
from tests.contract.runs.world import Kept, a_run
from tests.servers import OPERATOR, Servers

PATIENCE_S = 30.0


class Held(Applier):
    """The real one, which waits at a gate before its first batch."""

    def __init__(self, real: Applier) -> None:
        self._real = real
        self.reached = asyncio.Event()
        self.gate = asyncio.Event()

    async def apply(self, chunks: Sequence[tuple[int, Chunk]]) -> list[Run]:
        self.reached.set()
        await self.gate.wait()
        return await self._real.apply(chunks)


@pytest.fixture
async def nats(servers: Servers) -> AsyncIterator[Client]:
    async with connected(servers, OPERATOR) as connection:
        await streams.ensure(connection.client.jetstream(), INGEST_STREAM)
        yield connection.client


@asynccontextmanager
async def working(nats: Client, shards: MongoShards, applier: Applier) -> AsyncIterator[Writer]:
    async def bury(_body: bytes, reason: str) -> None:
        raise AssertionError(reason)

    writer = Writer(nats, shards, applier, bury, lambda _runs: None)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(loop()) for loop in (writer.keep_leases, writer.write)]
        yield writer
        for task in tasks:
            task.cancel()


async def a_run_in(kept: Kept, name: str, shards: frozenset[int]) -> Run:
    """Ids are drawn until one falls there."""
    while ingest.shard_of((run := a_run(name)).id) not in shards:
        pass
    return await kept.born(run)


async def logged(nats: Client, run: Run) -> int:
    """One line; the sequence of its message."""
    packed = zstandard.ZstdCompressor().compress(b'{"_step":0}')
    part = Part("history", 0, 1, 0, 0, packed)
    chunk = Chunk(run_id=run.id, generation=run.generation, at=1_767_268_800_000, parts=[part])
    subject = ingest.subject_of(ingest.shard_of(run.id))
    return (await nats.jetstream().publish(subject, ingest.encode([chunk]))).seq


async def test_shards_gained_in_the_middle_of_a_batch_are_read_from_their_own_mark(
    kept: Kept, nats: Client
) -> None:
    dying = kept.writer("dying")
    await dying.prepare()
    start = (await nats.jetstream().stream_info(INGEST_STREAM.name)).state.last_seq
    await dying.mark(dict.fromkeys(range(streams.SHARDS), start))
    await dying.renew(clock.now())
    applier = Held(kept.applier)
    async with asyncio.timeout(PATIENCE_S), working(nats, kept.writer("living"), applier) as writer:
        while not writer.held:
            await dying.renew(clock.now())
            await asyncio.sleep(0.05)
        ours = writer.held
        left_behind = await a_run_in(kept, "left-behind", frozenset(range(streams.SHARDS)) - ours)
        mine = await a_run_in(kept, "mine", ours)
        await logged(nats, left_behind)
        last = await logged(nats, mine)
        await applier.reached.wait()
        await dying.leave()
        while len(writer.held) < streams.SHARDS:
            await writer.shards_changed()
        applier.gate.set()
        await writer.settled(ingest.shard_of(left_behind.id), last)
        assert len(await kept.frames.of(left_behind, "history")) == 1
        assert len(await kept.frames.of(mine, "history")) == 1

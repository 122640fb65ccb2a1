"""What is watched is told over a real stream, however long a line and its names are."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
import zstandard
from nats.aio.client import Client
from nats.js.api import ConsumerConfig, DeliverPolicy

from services.runs.domain.run import Run
from services.runs.writing.apply import Applier
from services.runs.writing.watching import WatchTower
from shared.contracts.alerts import Watch
from shared.contracts.runs import POINTS_LOGGED, PointsLogged
from shared.messaging import ingest, streams
from shared.messaging.bus import Bus
from shared.messaging.ingest import Chunk, Part
from shared.messaging.streams import INGEST_STREAM, WATCHED_STREAM
from tests.contract.messaging.world import connected
from tests.contract.runs.test_writing import working
from tests.contract.runs.world import Kept, _news, _nothing, a_run
from tests.servers import OPERATOR, Servers

PATIENCE_S = 30.0


@pytest.fixture
async def nats(servers: Servers) -> AsyncIterator[Client]:
    async with connected(servers, OPERATOR) as connection:
        for stream in (INGEST_STREAM, WATCHED_STREAM):
            await streams.ensure(connection.client.jetstream(), stream)
        yield connection.client


class Told:
    """What has been told since this was made."""

    def __init__(self, nats: Client, start: int) -> None:
        self._nats, self._start = nats, start

    @classmethod
    async def from_now(cls, nats: Client) -> Told:
        info = await nats.jetstream().stream_info(WATCHED_STREAM.name)
        return cls(nats, info.state.last_seq + 1)

    async def until(self, run: Run) -> list[PointsLogged]:
        """Everything up to the first points of a run."""
        found: list[PointsLogged] = []
        subscription = await self._nats.jetstream().subscribe(
            POINTS_LOGGED.subject,
            stream=WATCHED_STREAM.name,
            ordered_consumer=True,
            config=ConsumerConfig(
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=self._start
            ),
        )
        while not any(told.run_id == run.id for told in found):
            message = await subscription.next_msg(timeout=PATIENCE_S)
            found.append(PointsLogged.model_validate_json(message.data))
        await subscription.unsubscribe()
        return found


@asynccontextmanager
async def watched(kept: Kept, nats: Client) -> AsyncIterator[Told]:
    """A writer that holds every shard, and tells all metrics of the project."""
    tower = WatchTower(Bus(nats))
    watch = Watch(project_id="project1", metrics=["*"], system=[])
    await tower.hear(SimpleNamespace(data=watch.model_dump_json().encode()))
    shards = kept.writer("writer")
    await shards.prepare()
    start = (await nats.jetstream().stream_info(INGEST_STREAM.name)).state.last_seq
    await shards.mark(dict.fromkeys(range(streams.SHARDS), start))
    applier = Applier(kept.frames, kept.runs, _news, _nothing, tower.tell)
    told = await Told.from_now(nats)
    async with asyncio.timeout(PATIENCE_S), working(nats, shards, applier):
        yield told


async def logged(nats: Client, run: Run, *lines: str) -> None:
    packed = zstandard.ZstdCompressor().compress("\n".join(lines).encode())
    part = Part("history", 0, len(lines), 0, len(lines) - 1, packed)
    chunk = Chunk(run_id=run.id, generation=run.generation, at=1_767_268_800_000, parts=[part])
    subject = ingest.subject_of(ingest.shard_of(run.id))
    await nats.jetstream().publish(subject, ingest.encode([chunk]))


async def another_of(kept: Kept, run: Run) -> Run:
    """A run of the same shard."""
    while ingest.shard_of((other := a_run("other")).id) != ingest.shard_of(run.id):
        pass
    return await kept.born(other)


async def test_a_line_of_long_names_holds_up_nobody(kept: Kept, nats: Client) -> None:
    """Written out, the names of this megabyte would take sixty, and no message takes so much."""
    line = json.dumps({"_step": 0, "p" * 600: {f"m{number}": 1.0 for number in range(100_000)}})
    async with watched(kept, nats) as told:
        long = await kept.born(a_run("long"))
        other = await another_of(kept, long)
        await logged(nats, long, line)
        await logged(nats, other, '{"_step":0,"loss":1.0}')
        heard = await told.until(other)
    assert heard[-1].rows[0].values == {"_step": 0.0, "loss": 1.0}
    assert len(heard) > 2


async def test_a_line_is_told_whole_in_several_pieces(kept: Kept, nats: Client) -> None:
    values = {f"layer{number}/weights/norm": float(number) for number in range(30_000)}
    async with watched(kept, nats) as told:
        wide = await kept.born(a_run("wide"))
        other = await another_of(kept, wide)
        await logged(nats, wide, json.dumps(values), '{"_step":1}')
        await logged(nats, other, '{"_step":0}')
        *heard, _ = await told.until(other)
    assert [one.piece for one in heard] == list(range(len(heard)))
    assert len({one.position for one in heard}) == 1
    assert len(heard) > 2
    first, second = [], []
    for one in heard:
        for row in one.rows:
            (first if row.step == 0 else second).append(row.values)
    assert {name: value for part in first for name, value in part.items()} == values
    assert second == [{"_step": 1.0}]


async def test_a_name_that_no_rule_can_say_is_left_out(kept: Kept, nats: Client) -> None:
    line = json.dumps({"n" * 2_000: 1.0, "p" * 900: {"q" * 200: 2.0}, "loss": 3.0})
    async with watched(kept, nats) as told:
        run = await kept.born(a_run("named"))
        await logged(nats, run, line)
        [heard] = await told.until(run)
    assert [row.values for row in heard.rows] == [{"loss": 3.0}]

"""Chunks of one shard that wait together travel together."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest
from nats.js.api import PubAck

from gateway.ingest.publisher import MESSAGE_BYTES, MOST_WAITING_BYTES, Publisher
from shared.errors import Unavailable
from shared.messaging import ingest
from shared.messaging.ingest import MOST_CHUNKS, Chunk, Part


@dataclass
class SlowBus:
    """Publishes when it is told to, and remembers what."""

    down: bool = False
    sent: list[tuple[str, list[Chunk]]] = field(default_factory=list)
    _gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def publish(self, subject: str, body: bytes) -> PubAck:
        await self._gate.acquire()
        if self.down:
            raise Unavailable("The message stream did not accept it.")
        self.sent.append((subject, ingest.decode(body)))
        return PubAck("INGEST", len(self.sent))

    def let_through(self, messages: int = 1_000) -> None:
        for _ in range(messages):
            self._gate.release()


def chunk(number: int, size: int = 10, **more: str) -> Chunk:
    part = Part("log", number, 1, -1, -1, b"x" * size)
    return Chunk(f"run{number}", 0, 0, [part], **more)  # type: ignore[arg-type]


@pytest.fixture
def bus() -> SlowBus:
    return SlowBus()


@pytest.fixture
def publisher(bus: SlowBus) -> Publisher:
    return Publisher(bus)  # type: ignore[arg-type]


async def begun(*work: asyncio.Task[int]) -> None:
    """Let every task run as far as it can."""
    for _ in range(5):
        await asyncio.sleep(0)


def publish(publisher: Publisher, *chunks: Chunk, shard: int = 0) -> list[asyncio.Task[int]]:
    return [asyncio.create_task(publisher.publish(shard, one)) for one in chunks]


class TestPublish:
    async def test_a_stream_that_refuses_is_said_to_everybody_who_waited(
        self, bus: SlowBus, publisher: Publisher
    ) -> None:
        waiting = publish(publisher, *map(chunk, range(5)))
        bus.down = True
        bus.let_through()
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [Unavailable] * 5
        assert len({id(outcome) for outcome in outcomes}) == 5

    async def test_who_waits_behind_a_stream_that_does_not_answer_waits_no_longer(
        self, bus: SlowBus, publisher: Publisher
    ) -> None:
        waiting = publish(publisher, chunk(0))
        await begun()
        waiting += publish(publisher, *(chunk(n, MESSAGE_BYTES) for n in range(1, 4)))
        waiting += publish(publisher, chunk(9), shard=1)
        await begun()
        bus.down = True
        bus.let_through(2)  # one message of each shard: those behind are never tried
        outcomes = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 10)
        assert [type(outcome) for outcome in outcomes] == [Unavailable] * 5
        bus.down = False
        bus.let_through(1)
        assert await publisher.publish(0, chunk(5, MOST_WAITING_BYTES // 2)) == 1

    async def test_after_a_refusal_it_goes_on(self, bus: SlowBus, publisher: Publisher) -> None:
        bus.let_through()
        bus.down = True
        with pytest.raises(Unavailable):
            await publisher.publish(0, chunk(0))
        bus.down = False
        assert await publisher.publish(0, chunk(1)) == 1

    async def test_too_much_waiting_is_refused_and_the_rest_is_kept(
        self, bus: SlowBus, publisher: Publisher
    ) -> None:
        waiting = publish(publisher, *(chunk(n, MOST_WAITING_BYTES // 8) for n in range(7)))
        await begun()
        with pytest.raises(Unavailable, match="Too much"):
            await publisher.publish(1, chunk(9, MOST_WAITING_BYTES // 4))
        bus.let_through()
        await asyncio.gather(*waiting)
        await publisher.publish(1, chunk(9, MOST_WAITING_BYTES // 4))

    async def test_the_answer_is_the_sequence_in_the_stream(
        self, bus: SlowBus, publisher: Publisher
    ) -> None:
        bus.let_through()
        assert [await publisher.publish(shard, chunk(shard)) for shard in (0, 1, 0)] == [1, 2, 3]

    async def test_chunks_that_wait_travel_together_in_their_order(
        self, bus: SlowBus, publisher: Publisher
    ) -> None:
        first = publish(publisher, chunk(0))
        await begun()
        rest = publish(publisher, *map(chunk, range(1, 50)))
        await begun()
        bus.let_through()
        assert await asyncio.gather(*first, *rest) == [1] + [2] * 49
        assert [[one.run_id for one in chunks] for _, chunks in bus.sent] == [
            ["run0"],
            [f"run{n}" for n in range(1, 50)],
        ]

    async def test_one_message_of_a_shard_is_under_way_at_a_time(
        self, bus: SlowBus, publisher: Publisher
    ) -> None:
        waiting = publish(publisher, chunk(0))
        await begun()
        waiting += publish(publisher, chunk(1))
        bus.let_through(1)
        await waiting[0]
        await begun()
        assert not waiting[1].done()
        bus.let_through(1)
        await waiting[1]

    async def test_a_slow_shard_does_not_hold_up_another(
        self, bus: SlowBus, publisher: Publisher
    ) -> None:
        waiting = publish(publisher, chunk(0), shard=3)
        waiting += publish(publisher, chunk(1), shard=4)
        await begun()
        bus.let_through(2)
        await asyncio.gather(*waiting)
        assert sorted(subject for subject, _ in bus.sent) == ["ingest.3", "ingest.4"]

    @pytest.mark.parametrize("where", ["part", "summary", "last_line", "last_event", "uploaded"])
    async def test_a_message_stays_small_wherever_its_bytes_are(
        self, bus: SlowBus, publisher: Publisher, where: str
    ) -> None:
        size = MESSAGE_BYTES // 4
        content = [f"{'é' * (size // 2)}"]
        large = {
            "part": lambda n: chunk(n, size),
            "uploaded": lambda n: Chunk(f"run{n}", 0, 0, [], uploaded=content),
        }.get(where, lambda n: chunk(n, **{where: content[0]}))
        waiting = publish(publisher, *map(large, range(12)))
        bus.let_through()
        await asyncio.gather(*waiting)
        assert all(len(ingest.encode(chunks)) <= MESSAGE_BYTES for _, chunks in bus.sent)
        assert [one.run_id for _, chunks in bus.sent for one in chunks] == [
            f"run{n}" for n in range(12)
        ]

    async def test_a_message_holds_no_more_chunks_than_a_position_can_tell_apart(
        self, bus: SlowBus, publisher: Publisher
    ) -> None:
        waiting = publish(publisher, *(chunk(n, 1) for n in range(2 * MOST_CHUNKS + 1)))
        bus.let_through()
        await asyncio.gather(*waiting)
        assert max(len(chunks) for _, chunks in bus.sent) <= MOST_CHUNKS

    async def test_a_client_that_goes_away_takes_nothing_with_it(
        self, bus: SlowBus, publisher: Publisher
    ) -> None:
        waiting = publish(publisher, *map(chunk, range(3)))
        await begun()
        waiting[1].cancel()
        bus.let_through()
        await asyncio.gather(waiting[0], waiting[2])
        assert [one.run_id for _, chunks in bus.sent for one in chunks] == ["run0", "run1", "run2"]


class TestDrain:
    async def test_it_waits_for_what_is_under_way(self, bus: SlowBus, publisher: Publisher) -> None:
        waiting = publish(publisher, *map(chunk, range(3)))
        await begun()
        draining = asyncio.create_task(publisher.drain())
        await begun()
        assert not draining.done()
        bus.let_through()
        await draining
        assert all(one.done() for one in waiting)

    async def test_with_nothing_under_way_it_returns(self, publisher: Publisher) -> None:
        await publisher.drain()

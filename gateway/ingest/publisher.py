"""Group commit: chunks of one shard that wait together go to disk together.

INGEST fsyncs every message (`sync_interval: always`), so a message per small chunk would cost
ten times what the disk can do. While one message of a shard is under way, the chunks that come
meanwhile wait and then travel in the next one: nobody waits on a timer, and load makes messages
larger instead of slower.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

from nats.js.api import PubAck

from shared.errors import Unavailable
from shared.messaging import ingest
from shared.messaging.bus import Bus
from shared.messaging.ingest import MOST_CHUNKS, Chunk
from shared.messaging.streams import SHARDS

MESSAGE_BYTES = 700_000
MOST_WAITING_BYTES = 256 * 1024 * 1024


@dataclass(slots=True)
class _Waiting:
    chunk: Chunk
    size: int
    done: asyncio.Future[int]


class Publisher:
    """Publishes chunks; one queue per shard, one message of a shard under way at a time."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._queues: list[deque[_Waiting]] = [deque() for _ in range(SHARDS)]
        self._busy: dict[int, asyncio.Task[None]] = {}
        self._bytes = 0

    async def publish(self, shard: int, chunk: Chunk) -> int:
        """The chunk's sequence in the stream, once it is on disk; else Unavailable."""
        size = _size_of(chunk)
        if self._bytes + size > MOST_WAITING_BYTES:
            raise Unavailable("Too much is waiting to be written.", retry_after=2)
        waiting = _Waiting(chunk, size, asyncio.get_running_loop().create_future())
        self._bytes += size
        self._queues[shard].append(waiting)
        if shard not in self._busy:
            self._busy[shard] = asyncio.create_task(self._drain(shard))
        return await waiting.done

    @property
    def waiting_bytes(self) -> int:
        """Taken in and not yet acknowledged."""
        return self._bytes

    async def drain(self) -> None:
        """Wait for what is under way."""
        if self._busy:
            await asyncio.wait(set(self._busy.values()))

    async def _drain(self, shard: int) -> None:
        queue = self._queues[shard]
        try:
            while queue:
                await self._send(shard, self._next_group(queue))
        finally:
            del self._busy[shard]

    def _next_group(self, queue: deque[_Waiting]) -> list[_Waiting]:
        group = [queue.popleft()]
        size = group[0].size
        while queue and size + queue[0].size <= MESSAGE_BYTES and len(group) < MOST_CHUNKS:
            size += queue[0].size
            group.append(queue.popleft())
        return group

    async def _send(self, shard: int, group: list[_Waiting]) -> None:
        """One message. A stream that does not answer, as with a full disk, fails all who wait."""
        body = ingest.encode([waiting.chunk for waiting in group])
        try:
            ack: PubAck = await self._bus.publish(ingest.subject_of(shard), body)
        except Unavailable as error:
            # Who waits behind them has waited as long, and would wait as long again.
            behind = list(self._queues[shard])
            self._queues[shard].clear()
            self._bytes -= sum(waiting.size for waiting in behind)
            for waiting in (*group, *behind):
                if not waiting.done.done():
                    waiting.done.set_exception(Unavailable(error.message))
        else:
            for waiting in group:
                if not waiting.done.done():
                    waiting.done.set_result(ack.seq)
        finally:
            self._bytes -= sum(waiting.size for waiting in group)


def _size_of(chunk: Chunk) -> int:
    """In the message, about and at least."""
    texts = [chunk.summary, chunk.last_line, chunk.last_event, *chunk.uploaded]
    packed = sum(64 + len(part.packed) for part in chunk.parts)
    return 256 + packed + sum(8 + len(text.encode()) for text in texts if text)

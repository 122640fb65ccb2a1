"""The writer's loop: hold shards, read their chunks, write them down, say how far it has come."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence

import msgspec
from nats.aio.client import Client
from pymongo.errors import DocumentTooLarge, PyMongoError

from services.runs.domain.run import Run
from services.runs.repository.shards import MongoShards
from services.runs.writing import late
from services.runs.writing.apply import Applier
from services.runs.writing.stream import Arrived, Interrupted, StreamReader
from shared.errors import CordeeError, Unavailable
from shared.kit import clock, logs
from shared.messaging import ingest
from shared.messaging.ingest import Chunk

log = logs.get(__name__)

_LEASE_S = 2.0
_MARK_S = 0.5

Bury = Callable[[bytes, str], Awaitable[None]]


class Writer:
    """Writes what the shards that it holds bring; one of possibly several such processes."""

    def __init__(
        self,
        connection: Client,
        shards: MongoShards,
        applier: Applier,
        bury: Bury,
        moved: Callable[[Sequence[Run]], None],
    ) -> None:
        self._nats = connection
        self._shards = shards
        self._applier = applier
        self._bury = bury
        self._moved = moved
        self._held: dict[int, int] = {}
        self._applied = 0
        self._changed = asyncio.Event()
        self._progress = asyncio.Condition()

    @property
    def held(self) -> frozenset[int]:
        """The shards of this process."""
        return frozenset(self._held)

    async def shards_changed(self) -> None:
        """Returns when `held` changes."""
        before = self.held
        async with self._progress:
            await self._progress.wait_for(lambda: self.held != before)

    async def settled(self, shard: int, sequence: int) -> None:
        """Wait until everything of the shard up to `sequence` can be read back."""
        async with self._progress:
            await self._progress.wait_for(
                lambda: shard not in self._held or self._applied >= sequence
            )
        if shard not in self._held:
            raise Unavailable("The shard has just moved to another writer.")

    async def keep_leases(self) -> None:
        """Renew for ever; a database that does not answer only delays it."""
        while True:
            try:
                held = await self._shards.renew(clock.now())
            except PyMongoError as error:
                log.warning("leases not renewed", error=str(error))
            else:
                if held.keys() != self._held.keys():
                    await self._hold(held)
            await asyncio.sleep(_LEASE_S)

    async def keep_marks(self) -> None:
        """Write down now and then how far we are; after a crash the rest is applied again."""
        marked = 0
        while True:
            await asyncio.sleep(_MARK_S)
            if self._applied == marked:
                continue
            try:
                now = self._applied
                await self._shards.mark(dict.fromkeys(self._held, now))
                marked = now
            except PyMongoError as error:
                log.warning("marks not written", error=str(error))

    async def write(self) -> None:
        """Read and apply for ever, starting over whenever the flow breaks or shards change."""
        while True:
            if not self._held:
                await asyncio.sleep(0.1)
                continue
            self._changed.clear()
            reader = StreamReader(self._nats)
            try:
                await reader.open(sorted(self._held), self._applied + 1)
                while not self._changed.is_set():
                    await self._write_down(await reader.next())
            except Interrupted as reason:
                log.warning("ingest interrupted", reason=str(reason))
                await asyncio.sleep(0.2 + random.random() * 0.3)  # noqa: S311
            finally:
                await reader.close()

    async def leave(self) -> None:
        """Mark and let go, so that another writer, or our next life, goes on at once."""
        await self._shards.mark(dict.fromkeys(self._held, self._applied))
        await self._shards.leave()

    async def _hold(self, held: dict[int, int]) -> None:
        log.info("holding shards", shards=sorted(held))
        async with self._progress:
            gained = held.keys() - self._held.keys()
            if gained:
                marks = list(held.values())
                self._applied = min([*marks, self._applied] if self._held else marks)
            self._held = held
            self._changed.set()
            self._progress.notify_all()

    async def _write_down(self, batch: list[Arrived]) -> None:
        if not batch:
            return
        chunks: list[tuple[int, Chunk]] = []
        for message in batch:
            try:
                chunks += ingest.positioned(message.sequence, message.body)
            except msgspec.MsgspecError as error:
                letter = late.bury(message.sequence * ingest.MOST_CHUNKS, message.body)
                await self._bury(letter, f"not a message of chunks: {error}")
        moved = await self._apply(chunks)
        async with self._progress:
            # Shards that came meanwhile may have unread messages below this batch: `_hold` has
            # set the position back to theirs, and there reading begins again.
            if not self._changed.is_set():
                self._applied = batch[-1].sequence
                self._progress.notify_all()
        self._moved(moved)

    async def _apply(self, chunks: list[tuple[int, Chunk]]) -> list[Run]:
        """Apply them all, or, when one can never be applied, all the others."""
        try:
            return await self._with_patience(chunks)
        except late.NEVER_KEPT as error:
            if len(chunks) == 1:
                position, chunk = chunks[0]
                log.error("chunk buried", position=position, run_id=chunk.run_id, error=str(error))
                await self._bury(late.bury(position, ingest.encode([chunk])), str(error))
                return []
        middle = len(chunks) // 2
        return await self._apply(chunks[:middle]) + await self._apply(chunks[middle:])

    async def _with_patience(self, chunks: list[tuple[int, Chunk]]) -> list[Run]:
        """Try until the database takes it: order would be lost by going on without."""
        pause = 0.1
        while True:
            try:
                return await self._applier.apply(chunks)
            except DocumentTooLarge:
                raise
            except (PyMongoError, CordeeError) as error:
                log.warning("writing is retried", error=str(error), chunks=len(chunks))
                await asyncio.sleep(pause * (0.5 + random.random()))  # noqa: S311
                pause = min(pause * 2, 5.0)

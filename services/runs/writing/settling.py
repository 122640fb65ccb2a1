"""The desk where the gateway asks whether a shard has been written up to some sequence.

Only the process that holds the shard can know, so each shard has a subject of its own, and a
process listens to those of the shards it holds.
"""

from __future__ import annotations

import asyncio
from typing import Any

from nats.aio.client import Client

from services.runs.writing.writer import Writer
from shared.contracts.runs import SETTLE_SHARD, SettleShard
from shared.errors import Unavailable
from shared.messaging import failures

PATIENCE = 25.0


class ShardDesk:
    """Subscriptions that follow the writer's shards."""

    def __init__(self, connection: Client, writer: Writer) -> None:
        self._nats = connection
        self._writer = writer
        self._open: dict[int, Any] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def attend(self) -> None:
        """For ever: listen for held shards, stop listening for those given up."""
        while True:
            held = self._writer.held
            for shard in held - self._open.keys():
                subject = f"{SETTLE_SHARD.subject}.{shard}"
                self._open[shard] = await self._nats.subscribe(subject, cb=self._begin)
            for shard in self._open.keys() - held:
                await self._open.pop(shard).unsubscribe()
            await self._writer.shards_changed()

    async def _begin(self, message: Any) -> None:
        task = asyncio.create_task(self._answer(message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, message: Any) -> None:
        ask = SettleShard.model_validate_json(message.data)
        try:
            async with asyncio.timeout(PATIENCE):
                await self._writer.settled(ask.shard, ask.sequence)
        except (TimeoutError, Unavailable):
            late = Unavailable("What was logged is safe but cannot be read back yet.")
            await message.respond(late.message.encode(), headers=failures.to_headers(late))
        else:
            await message.respond(b"{}")

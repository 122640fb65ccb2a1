"""Making room in INGEST: what is written down and old goes before the stream is full."""

from __future__ import annotations

import asyncio

import nats.errors
from nats.js import JetStreamContext
from nats.js.errors import Error as JetStreamError
from pymongo.errors import PyMongoError

from services.runs.repository.shards import MongoShards
from shared.kit import logs
from shared.kit.cancelling import heeding
from shared.messaging.streams import INGEST_STREAM

log = logs.get(__name__)

EVERY_S = 30.0
FULL_FROM = 0.5


class Trimmer:
    """Until it is half full the stream keeps three days, for replays after a restore."""

    def __init__(self, js: JetStreamContext, shards: MongoShards) -> None:
        self._js = js
        self._shards = shards

    async def work(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.trim()
            except (nats.errors.Error, JetStreamError, PyMongoError, TimeoutError) as error:
                log.warning("trimming is retried", error=str(error))

    async def trim(self) -> None:
        """Once. Drops nothing that a writer might still need."""
        info = await heeding(self._js.stream_info(INGEST_STREAM.name))
        limit = info.config.max_bytes or INGEST_STREAM.max_bytes
        if info.state.bytes < limit * FULL_FROM:
            return
        floor = await self._shards.floor()
        if floor > info.state.first_seq:
            await self._js.purge_stream(INGEST_STREAM.name, seq=floor)
            log.info("INGEST trimmed", upto=floor)

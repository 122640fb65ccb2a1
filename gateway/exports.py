"""Histories of ended runs as Parquet tables, for clients that ask to be given them.

They are made when asked for and kept for a while: a client that gives up waiting for a long one,
and asks again, finds it done.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from gateway.dependencies import Asker
from gateway.http import tables
from gateway.signing import DOWNLOAD_S
from shared.contracts.runs import ReadPoints, RunPath, RunView
from shared.kit.blobs import Blobs
from shared.kit.ids import new_id

HEADER = "X-Cordee-History-Exports"
"""`true` asks for exports where a client would otherwise read rows."""
_MOST_KEPT = 64

_Version = tuple[str, int, datetime | None]


@dataclass(frozen=True, slots=True)
class _Made:
    key: asyncio.Task[str]
    at: float


class Exports:
    """One table for each version of a history. `clock` gives seconds."""

    def __init__(self, blobs: Blobs, clock: Callable[[], float] = time.monotonic) -> None:
        self._blobs = blobs
        self._clock = clock
        self._made: dict[_Version, _Made] = {}

    async def of(self, run: RunView, ask: Asker) -> str:
        """Where the blob store has the table; `ask` is of somebody who may read the run."""
        version = (run.id, run.history_lines, run.heartbeat_at)
        made = self._made.get(version)
        if made is None or made.at + DOWNLOAD_S < self._clock():
            made = _Made(asyncio.create_task(self._make(run, ask)), self._clock())
            self._made[version] = made
            while len(self._made) > _MOST_KEPT:
                del self._made[next(iter(self._made))]
        try:
            return await asyncio.shield(made.key)
        except Exception:
            if self._made.get(version) is made:
                del self._made[version]
            raise

    async def _make(self, run: RunView, ask: Asker) -> str:
        path = RunPath(id=run.id)
        keys = await tables.every_key(ask, path)
        question = ReadPoints(path=path, keys=keys, partial=True)
        table = await tables.written(keys, tables.pages(ask, question))
        key = f"exports/{new_id()}"
        await self._blobs.put_stream(key, tables.bytes_of(table))
        return key

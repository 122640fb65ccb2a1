"""Emptying the trash: what was deleted more than seven days ago is really thrown away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from services.runs.domain.run import TRASH_FOR
from services.runs.repository.trash import MongoTrash
from shared.kit import clock, logs
from shared.kit.blobs import Blobs

log = logs.get(__name__)

_EVERY_S = 600.0
_MOST_FAILED = 20
"""After so many it is not the runs."""

HeldProjects = Callable[[], Awaitable[Sequence[str]]]
"""Those where a legal hold forbids to throw anything away."""


class TrashEmptier:
    """One of possibly several; throwing the same thing away twice does no harm."""

    def __init__(self, trash: MongoTrash, blobs: Blobs, held: HeldProjects) -> None:
        self._trash = trash
        self._blobs = blobs
        self._held = held

    async def work(self) -> None:
        """For ever."""
        while True:
            try:
                await self.empty(clock.now())
            except Exception as error:  # it would end the process, for everybody
                log.warning("emptying the trash is retried", error=repr(error))
            await asyncio.sleep(_EVERY_S)

    async def empty(self, now: datetime) -> int:
        """Once; answers how many runs went. Only their names stay, so that none is used again."""
        gone, failed = 0, list[str]()
        while len(failed) < _MOST_FAILED:
            # Asked each time: a hold that begins now is to hold now.
            held = await self._held()
            run_id = await self._trash.next_before(now - TRASH_FOR, failed, held)
            if run_id is None:
                break
            try:
                await self._throw_away(run_id)
            except Exception as error:  # it waits for the next time, the others do not wait for it
                log.warning("run not thrown away", run_id=run_id, error=repr(error))
                failed.append(run_id)
            else:
                gone += 1
        return gone

    async def _throw_away(self, run_id: str) -> None:
        async for blob in self._trash.blobs_of(run_id):
            await self._blobs.delete(blob)
        await self._trash.forget(run_id)
        log.info("run thrown away", run_id=run_id)

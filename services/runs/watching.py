"""Noticing runs that have fallen silent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from pymongo.errors import PyMongoError

from services.runs.domain.run import Run, State
from services.runs.repository.runs import MongoRuns
from shared.kit import clock, logs
from shared.kit.outbox import Announcement

log = logs.get(__name__)

News = Callable[[Run, State, datetime], Awaitable[Announcement]]


class CrashWatch:
    """Marks runs that have sent nothing for `after`.

    It begins only when this process itself has been up for so long: while Cordée was down nobody
    could have been heard.
    """

    def __init__(self, runs: MongoRuns, after: timedelta, news: News) -> None:
        self._runs = runs
        self._after = after
        self._news = news

    async def watch(self) -> None:
        """For ever."""
        every = min(15.0, max(0.2, self._after.total_seconds() / 5))
        await asyncio.sleep(self._after.total_seconds())
        while True:
            try:
                await self.look(clock.now())
            except PyMongoError as error:
                log.warning("looking for silent runs is retried", error=str(error))
            await asyncio.sleep(every)

    async def look(self, at: datetime) -> None:
        """Once."""
        before = at - self._after
        for run in await self._runs.silent_since(before):
            previous = run.state
            run.lost(at, self._after)
            if await self._runs.mark_lost(run, before, [await self._news(run, previous, at)]):
                log.info("run lost", run_id=run.id, state=run.state)

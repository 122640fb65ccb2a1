"""The part of alerts that one process does for all: evaluating and delivering."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from services.alerts.repository.leadership import MongoLeadership
from shared.kit import logs

log = logs.get(__name__)


class Engine:
    """Runs its parts while this process leads, and stops them the moment it does not."""

    def __init__(
        self, leadership: MongoLeadership, parts: Sequence[Callable[[], Awaitable[None]]]
    ) -> None:
        self._leadership = leadership
        self._parts = parts

    async def run(self) -> None:
        """For ever."""
        while True:
            await self._leadership.gain()
            await self._lead()
            log.warning("another process leads")

    async def _lead(self) -> None:
        """Until the lease is lost; a part that fails ends the process, to be started again."""
        lease = asyncio.ensure_future(self._leadership.keep())
        parts = [asyncio.ensure_future(part()) for part in self._parts]
        try:
            done, _ = await asyncio.wait([lease, *parts], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (lease, *parts):
                task.cancel()
            await asyncio.gather(lease, *parts, return_exceptions=True)

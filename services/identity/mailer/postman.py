"""Sends what waits, tries again what failed, and gives up after a day."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from services.identity.ports import LetterQueue, Mail, WaitingLetter
from shared.errors import Invalid, Unavailable
from shared.kit import clock, logs

_EVERY_S = 1.0
_FIRST_WAIT = timedelta(seconds=10)
_LONGEST_WAIT = timedelta(hours=1)
_PATIENCE = timedelta(days=1)

log = logs.get(__name__)


class Postman:
    """One letter at a time; several processes share the queue."""

    def __init__(self, queue: LetterQueue, mail: Mail) -> None:
        self._queue = queue
        self._mail = mail

    async def run(self) -> None:
        """For ever."""
        while True:
            waiting = await self._next()
            if waiting is None:
                await asyncio.sleep(_EVERY_S)
            else:
                await self._deliver(waiting)

    async def _next(self) -> WaitingLetter | None:
        try:
            return await self._queue.take(clock.now())
        except Unavailable:
            return None

    async def _deliver(self, waiting: WaitingLetter) -> None:
        try:
            await self._mail.send(waiting.letter)
        except Unavailable as error:
            await self._later(waiting, error)
        except Invalid as error:
            log.error("a letter was refused", reason=error.message)
            await self._queue.remove(waiting)
        else:
            await self._queue.remove(waiting)

    async def _later(self, waiting: WaitingLetter, error: Unavailable) -> None:
        now = clock.now()
        if now - waiting.put_at > _PATIENCE:
            log.error("a letter was given up after a day", reason=error.message)
            await self._queue.remove(waiting)
            return
        wait = min(_FIRST_WAIT * 2 ** min(waiting.attempts - 1, 12), _LONGEST_WAIT)
        log.warning("a letter waits", reason=error.message, attempts=waiting.attempts)
        await self._queue.put_back(waiting, now + wait)

"""What is new, as it comes: server-sent events, told until a run ends or its reader may no more.

What many follow is asked for once in this process, as one of those who follow it; each of them
shows again and again that they still may.
"""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import AsyncIterator, Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from fastapi import Request
from fastapi.responses import StreamingResponse

from gateway.dependencies import Asker, asker_for, caller_of
from shared.errors import CordeeError, RateLimited, Unavailable
from shared.kit import logs

log = logs.get(__name__)

EVENT_STREAM = "text/event-stream"
ASK_AGAIN_S = 5.0
"""How long somebody who has lost the right may still read."""
ALIVE_S = 15.0
PAUSE_S = 1.0
MOST_READERS = 1_000
MOST_OF_ONE = 50
"""Streams that one caller may have open; who is not signed in counts by address."""

Event = tuple[str, Any]
Check = Callable[[Asker], Any]
P = TypeVar("P", bound="Poller")


@dataclass(slots=True, eq=False)
class Watch:
    """One reader: who they are by now, and whether to go on."""

    request: Request
    ask: Asker
    asked_at: float = 0.0
    checked_at: float = 0.0
    refusal: CordeeError | None = None

    async def goes_on(self) -> bool:
        """False once the reader has left or the gateway is about to."""
        stopping: Callable[[], bool] | None = getattr(self.request.app.state, "stopping", None)
        if stopping is not None and stopping():
            return False
        return not await self.request.is_disconnected()

    async def asker(self) -> Asker:
        """Asks as who the reader is now: a session may have ended, a role may have changed."""
        now = time.monotonic()
        if now - self.asked_at > ASK_AGAIN_S:
            self.ask = asker_for(self.request, await caller_of(self.request))
            self.asked_at = now
        return self.ask

    async def still_may(self, check: Check) -> bool:
        """Whether `check`, asked as the reader every few seconds, does not refuse."""
        now = time.monotonic()
        if self.refusal is None and now - self.checked_at > ASK_AGAIN_S:
            try:
                await check(await self.asker())
            except (Unavailable, RateLimited):
                return True  # asked again at the next turn
            except CordeeError as refusal:
                self.refusal = refusal
            self.checked_at = now
        return self.refusal is None


class Poller(ABC):
    """Looks for all readers of one thing, as the first of them, as long as there are any."""

    every = PAUSE_S

    def __init__(self) -> None:
        self.version = 0
        self._readers: list[Watch] = []
        self._news = asyncio.Event()
        self._work: asyncio.Task[None] | None = None

    @abstractmethod
    async def look(self, ask: Asker) -> bool:
        """Whether there is anything new. What it raises is told to whom it was asked as."""

    def join(self, watch: Watch) -> None:
        """Begins with the first reader."""
        self._readers.append(watch)
        if self._work is None:
            self._work = asyncio.create_task(self._look_for_ever())

    def leave(self, watch: Watch) -> bool:
        """Ends with the last one; tells whether this was."""
        with suppress(ValueError):
            self._readers.remove(watch)
        if not self._readers and self._work is not None:
            self._work.cancel()
            self._work = None
        return not self._readers

    async def news(self, seen: int, patience: float = PAUSE_S) -> None:
        """Returns once the version is no longer `seen`, or when time is up."""
        if self.version == seen:
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self._news.wait()

    def _wake(self) -> None:
        self.version += 1
        self._news.set()
        self._news = asyncio.Event()

    async def _look_for_ever(self) -> None:
        while self._readers:
            reader = self._readers[0]
            try:
                if await self.look(await reader.asker()):
                    self._wake()
                await asyncio.sleep(self.every)
            except (Unavailable, RateLimited):
                await asyncio.sleep(PAUSE_S)
            except CordeeError as refusal:
                reader.refusal = refusal
                with suppress(ValueError):
                    self._readers.remove(reader)
                self._wake()
            except Exception:  # whoever follows is told later; the looking must not end silently
                log.exception("fault while looking for what is new")
                await asyncio.sleep(PAUSE_S)
        self._work = None


class Live:
    """All who read live from this process, and what is looked for on their behalf."""

    def __init__(self) -> None:
        self._pollers: dict[Hashable, Poller] = {}
        self._readers: Counter[str] = Counter()

    def must_have_room(self, watch: Watch) -> None:
        """Raises RateLimited where too many read already."""
        if self._readers.total() >= MOST_READERS:
            raise RateLimited("Too many live streams are open here.", retry_after=10)
        if self._readers[_who(watch)] >= MOST_OF_ONE:
            raise RateLimited(
                f"You have {MOST_OF_ONE} live streams open; close some.", retry_after=10
            )

    @contextmanager
    def following(self, watch: Watch, thing: Hashable, make: Callable[[], P]) -> Iterator[P]:
        """The poller of a thing, which is made for its first reader and goes with its last."""
        who = _who(watch)
        poller: Any = self._pollers.setdefault(thing, make())
        self._readers[who] += 1
        poller.join(watch)
        try:
            yield poller
        finally:
            self._readers[who] -= 1
            if not self._readers[who]:
                del self._readers[who]
            if poller.leave(watch) and self._pollers.get(thing) is poller:
                del self._pollers[thing]


def live_of(request: Request) -> Live:
    """Of the process that the request came to."""
    found: Live = request.app.state.live
    return found


def _who(watch: Watch) -> str:
    client = watch.request.client
    return watch.ask.caller.principal_id or f"address {client.host if client else ''}"


def answer(events: AsyncIterator[Event | None]) -> StreamingResponse:
    """None becomes a comment, which keeps idle connections alive."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_lines(events), headers=headers, media_type=EVENT_STREAM)


async def _lines(events: AsyncIterator[Event | None]) -> AsyncIterator[bytes]:
    async for event in events:
        if event is None:
            yield b": alive\n\n"
        else:
            yield b"event: %s\ndata: %s\n\n" % (event[0].encode(), orjson.dumps(event[1]))

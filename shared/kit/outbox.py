"""The transactional outbox: a change and the news of it commit together or not at all.

A repository writes announcements in the transaction that changes the state; the relay publishes
them in order with their id as `Nats-Msg-Id` and removes them. A crash between the two publishes
again under the same id, which the stream drops.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from pymongo.errors import PyMongoError

from shared.errors import Unavailable
from shared.kit import logs
from shared.kit.announcement import Announcement as Announcement
from shared.kit.mongo import Database, Session

log = logs.get(__name__)

_AT_ONCE = 32
"""So many may be published again after a crash, under their old ids."""
_SOON_S, _SELDOM_S = 0.01, 5.0
"""News is told of inside its transaction, before it can be seen; without any, another process may
have left some and died."""


class Outbox:
    """The `outbox` collection of one service's database."""

    def __init__(self, database: Database) -> None:
        self._kept = database["outbox"]
        self._news = asyncio.Event()

    async def add(self, announcements: Sequence[Announcement], session: Session) -> None:
        """Keep them, inside the caller's transaction."""
        if announcements:
            await self._kept.insert_many(
                [{"_id": a.id, "subject": a.subject, "body": a.body} for a in announcements],
                session=session,
            )
            self._news.set()

    def wake(self) -> None:
        """The change has committed: look now."""
        self._news.set()

    async def relay(self, publish: Callable[[Announcement], Awaitable[None]]) -> None:
        """Publish for ever, oldest first; waits out an absent stream or database."""
        pause = _SELDOM_S
        while True:
            try:
                sent = await self._relay_once(publish)
            except (Unavailable, PyMongoError) as error:
                log.warning("outbox waits", error=str(error))
                await asyncio.sleep(1.0)
                continue
            if sent:
                pause = _SELDOM_S
            elif await self._hear_news(pause):
                pause = _SOON_S
            else:
                pause = min(2 * pause, _SELDOM_S)

    async def _relay_once(self, publish: Callable[[Announcement], Awaitable[None]]) -> int:
        self._news.clear()
        waiting = await self._kept.find({}).sort("_id", 1).limit(_AT_ONCE).to_list(_AT_ONCE)
        sent: list[str] = []
        try:
            for document in waiting:
                await publish(Announcement(document["_id"], document["subject"], document["body"]))
                sent.append(document["_id"])
        finally:
            if sent:  # one write for all: each waits for the disk
                await self._kept.delete_many({"_id": {"$in": sent}})
        return len(waiting)

    async def _hear_news(self, seconds: float) -> bool:
        """False when nothing was added here for so long."""
        try:
            async with asyncio.timeout(seconds):  # 3.11's wait_for can swallow being cancelled
                await self._news.wait()
        except TimeoutError:
            return False
        return True

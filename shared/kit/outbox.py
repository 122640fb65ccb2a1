"""The transactional outbox: a change and the news of it commit together or not at all.

A repository writes announcements in the transaction that changes the state; the relay publishes
them in order with their id as `Nats-Msg-Id` and removes them. A crash between the two publishes
again under the same id, which the stream drops.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from pymongo.errors import PyMongoError

from shared.errors import Unavailable
from shared.kit import logs
from shared.kit.mongo import Database, Session

log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Announcement:
    """News in the form in which it is published."""

    id: str
    subject: str
    body: bytes


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
        """The change has committed: publish now instead of within a second."""
        self._news.set()

    async def relay(self, publish: Callable[[Announcement], Awaitable[None]]) -> None:
        """Publish for ever, oldest first; waits out an absent stream or database."""
        while True:
            try:
                sent = await self._relay_once(publish)
            except (Unavailable, PyMongoError) as error:
                log.warning("outbox waits", error=str(error))
                await asyncio.sleep(1.0)
                continue
            if not sent:
                await self._wait_for_news()

    async def _relay_once(self, publish: Callable[[Announcement], Awaitable[None]]) -> int:
        self._news.clear()
        waiting = await self._kept.find({}).sort("_id", 1).limit(100).to_list(100)
        for document in waiting:
            await publish(Announcement(document["_id"], document["subject"], document["body"]))
            await self._kept.delete_one({"_id": document["_id"]})
        return len(waiting)

    async def _wait_for_news(self) -> None:
        """Until something is added here, or for a second: another process may have added it."""
        try:
            async with asyncio.timeout(1.0):  # 3.11's wait_for can swallow being cancelled
                await self._news.wait()
        except TimeoutError:
            return

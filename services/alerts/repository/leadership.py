"""Which process evaluates and delivers: one at a time, because points must be taken in order."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError, PyMongoError

from shared.errors import Unavailable
from shared.kit import clock, logs
from shared.kit.mongo import Database, Session

log = logs.get(__name__)

LEASE = timedelta(seconds=6)
RENEW_S = 2.0
_ID = "engine"


class MongoLeadership:
    """A lease in MongoDB; whoever lost it without knowing is stopped by the fence."""

    def __init__(self, database: Database, holder: str) -> None:
        self._leases = database["leases"]
        self._holder = holder

    async def gain(self) -> None:
        """Returns once this process leads."""
        while True:
            try:
                if await self._take():
                    break
            except Unavailable as error:
                log.warning("leadership waits", error=error.message)
            await asyncio.sleep(1.0)
        log.info("leading")

    async def keep(self) -> None:
        """Returns when the lease is lost."""
        until = clock.now() + LEASE
        while clock.now() < until:
            await asyncio.sleep(RENEW_S)
            try:
                if not await self._take():
                    return
                until = clock.now() + LEASE
            except Unavailable:
                continue

    async def fence(self, session: Session) -> None:
        """Fails the transaction of a process that does not lead any more."""
        done = await self._leases.update_one(
            {"_id": _ID, "holder": self._holder}, {"$inc": {"commits": 1}}, session=session
        )
        if not done.matched_count:
            raise Unavailable("Another process evaluates now.")

    async def leave(self) -> None:
        """Let the next one in at once."""
        await self._leases.delete_one({"_id": _ID, "holder": self._holder})

    async def _take(self) -> bool:
        now = clock.now()
        free = [{"holder": self._holder}, {"until": {"$lte": now}}]
        try:
            found = await self._leases.find_one_and_update(
                {"_id": _ID, "$or": free},
                {"$set": {"holder": self._holder, "until": now + LEASE}},
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        except DuplicateKeyError:
            return False
        except PyMongoError as error:
            raise Unavailable("The database did not answer.") from error
        return bool(found["holder"] == self._holder)

"""A small durable write, to know that writing works."""

from __future__ import annotations

import time

from shared.kit.clock import now
from shared.kit.mongo import Database

FRESH_S = 1.0


class MongoCanary:
    """At most one write a second, however often it is asked."""

    def __init__(self, database: Database) -> None:
        self._canaries = database["canaries"]
        self._last = 0.0

    async def write(self) -> None:
        """Acknowledged as on disk, or the driver's failure."""
        if time.monotonic() - self._last < FRESH_S:
            return
        await self._canaries.update_one({"_id": "canary"}, {"$set": {"at": now()}}, upsert=True)
        self._last = time.monotonic()

"""Whether the database still takes writes to disk, asked as often as one likes."""

from __future__ import annotations

import asyncio
import time

from pymongo.errors import PyMongoError

from shared.kit import clock
from shared.kit.mongo import Collection

_FRESH_S = 1.0
_PATIENCE_S = 2.0


class MongoCanary:
    """Keeps `ports.Canary`: one real write a second at most, its news shared by all who ask."""

    def __init__(self, kept: Collection) -> None:
        self._kept = kept
        self._asking = asyncio.Lock()
        self._heard_at = float("-inf")
        self._heard = ""

    async def sing(self) -> str:
        """Empty if the last write, at most a second old, reached the disk."""
        async with self._asking:
            if time.monotonic() - self._heard_at > _FRESH_S:
                self._heard = await self._write()
                self._heard_at = time.monotonic()
            return self._heard

    async def _write(self) -> str:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._kept.update_one(
                    {"_id": "canary"}, {"$set": {"at": clock.now()}}, upsert=True
                )
        except TimeoutError:
            return f"The database took no write within {_PATIENCE_S:g} s."
        except PyMongoError as error:
            return f"The database took no write: {type(error).__name__}."
        return ""

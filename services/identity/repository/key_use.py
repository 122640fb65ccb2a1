"""When keys were last used: gathered in memory, written together, once a minute for each."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from pymongo import UpdateOne
from pymongo.errors import PyMongoError

from shared.kit import logs
from shared.kit.mongo import Collection

_PRECISION = timedelta(minutes=1)
_EVERY_S = 5.0
_REMEMBERED = 100_000

log = logs.get(__name__)


class MongoKeyUse:
    """Keeps `ports.KeyUse`. A crash loses a few seconds of it, which nobody will miss."""

    def __init__(self, keys: Collection) -> None:
        self._keys = keys
        self._waiting: dict[str, datetime] = {}
        self._written: dict[str, datetime] = {}

    def note(self, key_id: str, at: datetime) -> None:
        """To be written soon, unless it was written within the minute."""
        written = self._written.get(key_id)
        if written is None or at - written >= _PRECISION:
            self._waiting[key_id] = at

    async def run(self) -> None:
        """Write what has gathered, for ever."""
        while True:
            await asyncio.sleep(_EVERY_S)
            try:
                await self.flush()
            except PyMongoError as error:
                log.warning("uses of keys wait", error=str(error))

    async def flush(self) -> None:
        """One bulk write of everything that waits."""
        waiting = dict(self._waiting)
        if not waiting:
            return
        await self._keys.bulk_write(
            [
                UpdateOne({"_id": key_id}, {"$max": {"last_used_at": at}})
                for key_id, at in waiting.items()
            ],
            ordered=False,
        )
        if len(self._written) > _REMEMBERED:
            self._written.clear()
        self._written.update(waiting)
        for key_id, at in waiting.items():
            if self._waiting.get(key_id) == at:
                del self._waiting[key_id]

"""What is left of deleted runs in MongoDB, found and forgotten."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from shared.kit.mongo import Database

_KEPT = ("_id", "project_id", "name", "display_name", "state", "deleted_at", "purged_at")
_TIMES = ("created_at", "updated_at", "heartbeat_at")


class MongoTrash:
    """Over the collections of runs, frames, segments and files."""

    def __init__(self, database: Database) -> None:
        self._runs = database["runs"]
        self._frames = database["frames"]
        self._segments = database["segments"]
        self._files = database["files"]

    async def next_before(
        self, moment: datetime, besides: Sequence[str] = (), held: Sequence[str] = ()
    ) -> str | None:
        """A run that was deleted before; from now on it cannot be brought back.

        Those of `held` projects wait.
        """
        found = await self._runs.find_one_and_update(
            {
                "deleted_at": {"$type": "date", "$lt": moment},
                "purged_at": None,
                "_id": {"$nin": list(besides)},
                "project_id": {"$nin": list(held)},
            },
            {"$set": {"purging": True}},
        )
        return str(found["_id"]) if found else None

    async def blobs_of(self, run_id: str) -> AsyncIterator[str]:
        """Every key under which bytes of the run are stored."""
        async for document in self._files.find({"run_id": run_id}, {"blob": 1}):
            yield document["blob"]
        async for document in self._segments.find({"_id": _of(run_id)}, {"blob": 1}):
            yield document["blob"]

    async def forget(self, run_id: str) -> None:
        """All but the name, which is never given again."""
        await self._files.delete_many({"run_id": run_id})
        await self._segments.delete_many({"_id": _of(run_id)})
        await self._frames.delete_many({"_id": _of(run_id)})
        document = await self._runs.find_one({"_id": run_id})
        if document is None:
            return
        kept = {name: document[name] for name in (*_KEPT, *_TIMES) if name in document}
        await self._runs.replace_one(
            {"_id": run_id}, {**kept, "purging": True, "purged_at": document["deleted_at"]}
        )


def _of(run_id: str) -> dict[str, str]:
    return {"$gte": f"{run_id}:", "$lt": f"{run_id};"}

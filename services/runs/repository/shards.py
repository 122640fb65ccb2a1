"""Who writes which shard of INGEST, and how far it has come: leases and marks in MongoDB."""

from __future__ import annotations

from datetime import datetime, timedelta

from pymongo import UpdateOne
from pymongo.errors import DuplicateKeyError

from shared.kit.mongo import Database
from shared.messaging.streams import SHARDS

LEASE = timedelta(seconds=6)


class MongoShards:
    """The `shards` and `writers` collections.

    Two writers that believe they hold the same shard do no harm, since applying a chunk twice
    changes nothing; the lease only keeps them from working for nothing.
    """

    def __init__(self, database: Database, writer: str) -> None:
        self._shards = database["shards"]
        self._writers = database["writers"]
        self._writer = writer

    async def prepare(self) -> None:
        """One document per shard."""
        for shard in range(SHARDS):
            try:
                await self._shards.update_one(
                    {"_id": shard},
                    {"$setOnInsert": {"owner": None, "applied": 0}},
                    upsert=True,
                )
            except DuplicateKeyError:  # another writer starts at the same moment
                continue

    async def renew(self, at: datetime) -> dict[int, int]:
        """Say that this writer lives; take a fair share. Answers shard → applied sequence."""
        await self._writers.update_one(
            {"_id": self._writer}, {"$set": {"until": at + LEASE}}, upsert=True
        )
        alive = await self._writers.count_documents({"until": {"$gt": at}})
        share = -(-SHARDS // max(1, alive))
        mine = [d["_id"] async for d in self._shards.find({"owner": self._writer}).sort("_id", 1)]
        keep, spare = mine[:share], mine[share:]
        if spare:
            await self._let_go(spare)
        await self._extend(keep, at)
        if len(keep) < share:
            await self._take(share - len(keep), at)
        held = self._shards.find({"owner": self._writer, "until": {"$gt": at}})
        return {document["_id"]: int(document["applied"]) async for document in held}

    async def mark(self, applied: dict[int, int]) -> None:
        """How far each shard has come; never backwards."""
        if applied:
            await self._shards.bulk_write(
                [
                    UpdateOne({"_id": shard}, {"$max": {"applied": sequence}})
                    for shard, sequence in applied.items()
                ],
                ordered=False,
            )

    async def floor(self) -> int:
        """The stream sequence up to which every shard is written down."""
        document = await self._shards.find_one({}, sort=[("applied", 1)])
        return int(document["applied"]) if document else 0

    async def top(self) -> int:
        """The highest sequence that any shard was written down to."""
        document = await self._shards.find_one({}, sort=[("applied", -1)])
        return int(document["applied"]) if document else 0

    async def leave(self) -> None:
        """Let others take over at once."""
        await self._writers.delete_one({"_id": self._writer})
        await self._let_go(list(range(SHARDS)))

    async def _extend(self, shards: list[int], at: datetime) -> None:
        await self._shards.update_many(
            {"_id": {"$in": shards}, "owner": self._writer}, {"$set": {"until": at + LEASE}}
        )

    async def _let_go(self, shards: list[int]) -> None:
        await self._shards.update_many(
            {"_id": {"$in": shards}, "owner": self._writer}, {"$set": {"owner": None}}
        )

    async def _take(self, wanted: int, at: datetime) -> None:
        free = {"$or": [{"owner": None}, {"until": {"$lte": at}}]}
        for _ in range(wanted):
            taken = await self._shards.find_one_and_update(
                free, {"$set": {"owner": self._writer, "until": at + LEASE}}, sort=[("_id", 1)]
            )
            if taken is None:
                return

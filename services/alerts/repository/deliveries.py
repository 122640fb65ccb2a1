"""Deliveries kept in MongoDB: the queue of what is due, and the log of what was sent."""

from __future__ import annotations

from collections.abc import Collection as Many
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pymongo import UpdateOne

from services.alerts.domain.delivery import Attempt, Delivery
from services.alerts.repository.paging import page_of
from shared.errors import NotFound
from shared.kit.mongo import Database, Document, ensure_indexes

KEPT_S = 30 * 86_400


class MongoDeliveries:
    """The `deliveries` collection, kept for thirty days."""

    def __init__(self, database: Database) -> None:
        self._deliveries = database["deliveries"]

    async def prepare(self) -> None:
        """Indexes, at start-up."""
        await ensure_indexes(
            self._deliveries,
            [
                (
                    [("due_at", 1)],
                    {"name": "due", "partialFilterExpression": {"state": "pending"}},
                ),
                ([("team", 1), ("created_at", -1), ("_id", -1)], {}),
                ([("channel_id", 1), ("created_at", 1)], {}),
                ([("created_at", 1)], {"name": "kept", "expireAfterSeconds": KEPT_S}),
            ],
        )

    async def add(self, deliveries: Sequence[Delivery]) -> None:
        """A delivery that is known already stays as it is."""
        if deliveries:
            await self._deliveries.bulk_write(inserts(deliveries), ordered=False)

    async def get(self, delivery_id: str) -> Delivery:
        """Raises NotFound."""
        document = await self._deliveries.find_one({"_id": delivery_id})
        if document is None:
            raise NotFound("No such delivery.")
        return _to_delivery(document)

    async def replay(self, delivery: Delivery) -> None:
        """To be sent again."""
        fields = ("state", "due_at", "tries", "delivered_at")
        update = {"$set": {name: getattr(delivery, name) for name in fields}}
        await self._deliveries.update_one({"_id": delivery.id}, update)

    async def replay_range(
        self, channel_id: str, since: datetime, until: datetime, *, only_failed: bool, at: datetime
    ) -> int:
        """The same for many; how many."""
        where: dict[str, Any] = {
            "channel_id": channel_id,
            "created_at": {"$gte": since, "$lt": until},
            "state": "failed" if only_failed else {"$ne": "pending"},
        }
        again = {"state": "pending", "due_at": at, "tries": 0, "delivered_at": None}
        done = await self._deliveries.update_many(where, {"$set": again})
        return int(done.modified_count)

    async def page(
        self, where: Mapping[str, Any], limit: int, after: str | None
    ) -> tuple[list[Delivery], str | None]:
        """Newest first, with the cursor of the next page."""
        found, cursor = await page_of(self._deliveries, where, "created_at", limit, after)
        return [_to_delivery(document) for document in found], cursor

    async def due(
        self, at: datetime, not_to: Many[str], not_these: Many[str], limit: int
    ) -> list[Delivery]:
        """What is to be tried now, the longest due first."""
        where = {
            "state": "pending",
            "due_at": {"$lte": at},
            "channel_id": {"$nin": list(not_to)},
            "_id": {"$nin": list(not_these)},
        }
        cursor = self._deliveries.find(where).sort("due_at", 1).limit(limit)
        return [_to_delivery(document) async for document in cursor]

    async def tried(self, delivery: Delivery) -> None:
        """What an attempt has made of it."""
        fields = asdict(delivery)
        changed = ("state", "due_at", "tries", "delivered_at", "attempts")
        update = {"$set": {name: fields[name] for name in changed}}
        await self._deliveries.update_one({"_id": delivery.id}, update)

    async def hasten(self, channel_id: str, at: datetime) -> None:
        """The receiver is back: what waits for it need not wait longer."""
        where = {"channel_id": channel_id, "state": "pending", "due_at": {"$gt": at}}
        await self._deliveries.update_many(where, {"$set": {"due_at": at}})

    async def give_up(self, channel_id: str) -> None:
        """Its channel is disabled; a replay can still send it."""
        where = {"channel_id": channel_id, "state": "pending"}
        await self._deliveries.update_many(where, {"$set": {"state": "failed", "due_at": None}})


def inserts(deliveries: Sequence[Delivery]) -> list[UpdateOne]:
    """Writes that do nothing for what is known already."""
    return [
        UpdateOne({"_id": one.id}, {"$setOnInsert": _to_document(one)}, upsert=True)
        for one in deliveries
    ]


def _to_document(delivery: Delivery) -> Document:
    fields = asdict(delivery)
    del fields["id"]
    return fields


def _to_delivery(document: Document) -> Delivery:
    fields = dict(document)
    attempts = [Attempt(**attempt) for attempt in fields.pop("attempts")]
    return Delivery(id=fields.pop("_id"), **fields, attempts=attempts)

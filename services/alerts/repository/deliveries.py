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
from shared.kit.ids import new_id
from shared.kit.mongo import Database, Document, Session, ensure_indexes, in_transaction

KEPT_S = 30 * 86_400
KEPT_MAILED_S = 86_400
_AFRESH = ("state", "due_at", "tries", "delivered_at", "claim")
_TRIED = ("state", "due_at", "tries", "delivered_at", "attempts")


class MongoDeliveries:
    """The `deliveries` collection, kept for thirty days."""

    def __init__(self, database: Database) -> None:
        self._client = database.client
        self._deliveries = database["deliveries"]
        self._mailed = database["mailed"]

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
                (
                    [("recipient", 1), ("due_at", 1)],
                    {"name": "mailbox", "partialFilterExpression": {"state": "pending"}},
                ),
                ([("created_at", 1)], {"name": "kept", "expireAfterSeconds": KEPT_S}),
            ],
        )
        await ensure_indexes(self._mailed, [([("at", 1)], {"expireAfterSeconds": KEPT_MAILED_S})])

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
        update = {"$set": {name: getattr(delivery, name) for name in _AFRESH}}
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
        again = dict(zip(_AFRESH, ("pending", at, 0, None, None), strict=True))
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

    async def claim(
        self, deliveries: Sequence[Delivery], now: datetime, *, counts: bool = True
    ) -> list[Delivery]:
        """Those that nobody else tries, replays or gives up meanwhile: they are ours to send.

        It is durable before anything is sent. A try that is never heard of again `counts`, and
        comes after its lease; one that is written down counts as what it was.
        """
        claim = new_id()
        done = await self._deliveries.bulk_write(
            [
                UpdateOne(
                    {"_id": one.id, "state": "pending", "due_at": one.due_at, "claim": one.claim},
                    {
                        "$set": {"claim": claim, "due_at": now + one.lease()},
                        "$inc": {"tries": int(counts)},
                    },
                )
                for one in deliveries
            ],
            ordered=False,
        )
        ours = {one.id for one in deliveries}
        if done.modified_count < len(ours):
            where = {"_id": {"$in": list(ours)}, "claim": claim}
            ours = {found["_id"] async for found in self._deliveries.find(where, {"_id": 1})}
        claimed = [one for one in deliveries if one.id in ours]
        for one in claimed:
            one.claim = claim
        return claimed

    async def tried(
        self, deliveries: Sequence[Delivery], mailed: tuple[str, str, datetime] | None = None
    ) -> None:
        """What a try has made of them, all or nothing, with when which mailbox of a team was told.

        What was replayed meanwhile, or was claimed anew after the lease, stays as it is.
        """

        async def work(session: Session) -> None:
            await self._deliveries.bulk_write([_tried(one) for one in deliveries], session=session)
            if mailed is not None:
                team, recipient, at = mailed
                where = {"_id": {"team": team, "to": recipient}}
                await self._mailed.replace_one(where, {"at": at}, upsert=True, session=session)

        if len(deliveries) == 1 and mailed is None:
            await self._deliveries.bulk_write([_tried(deliveries[0])])
        elif deliveries:
            await in_transaction(self._client, work)

    async def last_mail(self, team: str, recipient: str) -> datetime | None:
        """When a mailbox was last told something of a team."""
        found = await self._mailed.find_one({"_id": {"team": team, "to": recipient}})
        return found["at"] if found else None

    async def to_mailbox(
        self, delivery: Delivery, at: datetime, not_to: Many[str], limit: int
    ) -> list[Delivery]:
        """What else waits for the same mailbox by now, the oldest first."""
        where = {
            "state": "pending",
            "team": delivery.team,
            "recipient": delivery.recipient,
            "event": delivery.event,
            "due_at": {"$lte": at},
            "channel_id": {"$nin": list(not_to)},
            "_id": {"$ne": delivery.id},
        }
        cursor = self._deliveries.find(where).sort("created_at", 1).limit(limit)
        return [_to_delivery(document) async for document in cursor]

    async def hasten(self, channel_id: str, at: datetime) -> None:
        """The receiver is back: what waits for it, and is not under way, need not wait longer."""
        waits = {"state": "pending", "due_at": {"$gt": at}, "claim": None}
        where = {"channel_id": channel_id, **waits}
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


def _tried(delivery: Delivery) -> UpdateOne:
    fields = asdict(delivery)
    update = {"$set": {"claim": None, **{name: fields[name] for name in _TRIED}}}
    return UpdateOne({"_id": delivery.id, "claim": delivery.claim}, update)


def _to_document(delivery: Delivery) -> Document:
    fields = asdict(delivery)
    del fields["id"]
    return fields


def _to_delivery(document: Document) -> Delivery:
    fields = dict(document)
    attempts = [Attempt(**attempt) for attempt in fields.pop("attempts")]
    return Delivery(id=fields.pop("_id"), **fields, attempts=attempts)

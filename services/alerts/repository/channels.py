"""Channels kept in MongoDB, their secrets, headers and URLs sealed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from services.alerts.domain.channel import Channel, Health, mailbox
from services.alerts.repository.vault import Vault
from shared.errors import Conflict, NotFound, Unavailable
from shared.kit import logs
from shared.kit.mongo import Client, Database, Document, Session, ensure_indexes, in_transaction

log = logs.get(__name__)

_PLAIN = (
    *("team", "name", "kind", "created_by", "created_at", "to", "template", "profile"),
    *("old_secret_until", "unsubscribed"),
)


class MongoChannels:
    """The `channels` collection."""

    def __init__(self, client: Client, database: Database, vault: Vault) -> None:
        self._client = client
        self._channels = database["channels"]
        self._rules = database["rules"]
        self._deliveries = database["deliveries"]
        self._vault = vault

    async def prepare(self) -> None:
        """Indexes, at start-up."""
        await ensure_indexes(self._channels, [([("team", 1), ("name", 1)], {"unique": True})])

    async def create(self, channel: Channel) -> None:
        """Conflict if the name is taken in the team."""
        try:
            health = {"health": asdict(channel.health)}
            await self._channels.insert_one({**self._to_document(channel), **health})
        except DuplicateKeyError as error:
            raise Conflict(f"A channel {channel.name!r} is in this team already.") from error

    async def get(self, channel_id: str) -> Channel:
        """Raises NotFound."""
        found = await self.load([channel_id])
        if channel_id not in found:
            raise NotFound("No such channel.")
        return found[channel_id]

    async def save(self, channel: Channel) -> None:
        """As it is now, but for what others change meanwhile: its health, and who has left."""
        document = self._to_document(channel)
        del document["unsubscribed"]
        try:
            await self._channels.update_one({"_id": document.pop("_id")}, {"$set": document})
        except DuplicateKeyError as error:
            raise Conflict(f"A channel {channel.name!r} is in this team already.") from error

    async def leave(self, channel: Channel, address: str) -> None:
        """Somebody wants no more mails from it."""
        update = {"$addToSet": {"unsubscribed": mailbox(address)}}
        await self._channels.update_one({"_id": channel.id}, update)

    async def come_back(self, channel: Channel, address: str) -> None:
        """They take that back, in whatever case it was written down."""
        theirs = [one for one in channel.unsubscribed if mailbox(one) == mailbox(address)]
        update = {"$pull": {"unsubscribed": {"$in": theirs}}}
        await self._channels.update_one({"_id": channel.id}, update)

    async def revive(self, channel: Channel) -> None:
        """Forget its failures."""
        channel.health.revive()
        await self.save_health(channel)

    async def save_health(self, channel: Channel) -> None:
        """How its deliveries have gone."""
        update = {"$set": {"health": asdict(channel.health)}}
        await self._channels.update_one({"_id": channel.id}, update)

    async def delete(self, channel_id: str) -> None:
        """From the rules that name it too; what waits for it is given up."""

        async def work(session: Session) -> None:
            await self._channels.delete_one({"_id": channel_id}, session=session)
            await self._rules.update_many(
                {"notify": channel_id}, {"$pull": {"notify": channel_id}}, session=session
            )
            await self._deliveries.update_many(
                {"channel_id": channel_id, "state": "pending"},
                {"$set": {"state": "failed", "due_at": None}},
                session=session,
            )

        await in_transaction(self._client, work)

    async def of_team(self, team: str) -> list[Channel]:
        """The oldest first."""
        cursor = self._channels.find({"team": team}).sort("_id", 1)
        return [self._to_channel(document) async for document in cursor]

    async def load(self, ids: Sequence[str]) -> dict[str, Channel]:
        """Many at once; unknown ids are left out."""
        cursor = self._channels.find({"_id": {"$in": list(ids)}})
        return {document["_id"]: self._to_channel(document) async for document in cursor}

    async def not_now(self, at: datetime) -> list[str]:
        """Those whose breaker is open and whose next probe is still to come, or are disabled."""
        waits = {"health.probe_at": {"$gt": at}}
        off = {"health.disabled_at": {"$ne": None}}
        return [d["_id"] async for d in self._channels.find({"$or": [waits, off]}, {"_id": 1})]

    async def forget_team(self, team: str) -> None:
        """A team is gone for good."""
        await self._channels.delete_many({"team": team})

    def _to_document(self, channel: Channel) -> Document:
        document = {"_id": channel.id, **{name: getattr(channel, name) for name in _PLAIN}}
        if channel.sealed:
            return document
        private = {"url": channel.url, "headers": channel.headers, "secrets": channel.secrets}
        return document | {"sealed": self._vault.seal(json.dumps(private), channel.id)}

    def _to_channel(self, document: Document) -> Channel:
        private: dict[str, Any]
        try:
            private = json.loads(self._vault.open(document["sealed"], document["_id"]))
        except Unavailable as error:  # the others must not wait for a key that is lost
            log.warning("a channel stays sealed", channel=document["_id"], error=error.message)
            private = {"sealed": document["kind"] != "email"}  # which has nothing private
        plain: dict[str, Any] = {name: document[name] for name in _PLAIN if name in document}
        return Channel(
            id=document["_id"], **plain, **private, health=Health(**document.get("health", {}))
        )

"""The audit log in MongoDB: entries are only ever added; a head per team and day counts them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from services.identity.domain import audit
from services.identity.domain.audit import Deed, Entry, Flaw, Head, Seal, Verification
from shared.kit.ids import new_id
from shared.kit.mongo import (
    USER_READ_MS,
    Collection,
    Database,
    Document,
    Session,
    ensure_indexes,
)


class MongoAudit:
    """Keeps `ports.Audit`."""

    def __init__(self, database: Database, seal: Seal, session: Session | None) -> None:
        self._entries = database["audit"]
        self._heads = database["audit_heads"]
        self._seal = seal
        self._session = session

    async def append(self, deed: Deed) -> None:
        """Behind the team's latest entry. Two at once meet at the head, and one runs again."""
        latest = await self._latest_head(deed.team)
        entry, head = audit.appended(deed, new_id(), latest, self._seal)
        await self._entries.insert_one(_to_document(entry, head.day), session=self._session)
        await self._heads.replace_one(
            {"_id": _head_id(head)}, _head_document(head), upsert=True, session=self._session
        )

    async def page(
        self,
        team: str,
        *,
        actor: str | None,
        action: str | None,
        since: datetime | None,
        until: datetime | None,
        before: str | None,
        limit: int,
    ) -> list[Entry]:
        """The newest first; `before` is the id of the last entry of the page before."""
        wanted: Document = {"team": team}
        if actor is not None:
            wanted["actor"] = actor
        if action is not None:
            family = action.removesuffix("*") if action.endswith(".*") else None
            wanted["action"] = {"$gte": family, "$lt": f"{family}\uffff"} if family else action
        span = {"$gte": since, "$lt": until}
        if since is not None or until is not None:
            wanted["at"] = {sign: moment for sign, moment in span.items() if moment is not None}
        if before is not None:
            wanted["_id"] = {"$lt": before}
        found = self._entries.find(wanted, session=self._session, max_time_ms=USER_READ_MS)
        return [_to_entry(document) async for document in found.sort("_id", -1).limit(limit)]

    async def verify(self, team: str) -> tuple[int, Flaw | None]:
        """How many entries are sound, and the first that is not."""
        verification = Verification(team, self._seal)
        last_day = ""
        async for head in self._heads_of(team):
            flaw = await self._homeless(team, last_day, head.day) or await self._verify_day(
                verification, head
            )
            if flaw is not None:
                return verification.sound, flaw
            last_day = head.day
        return verification.sound, await self._homeless(team, last_day, "9999")

    async def teams(self) -> list[str]:
        """Everything that has a log."""
        found = set(await self._entries.distinct("team")) | set(await self._heads.distinct("team"))
        return sorted(found)

    async def _verify_day(self, verification: Verification, head: Head) -> Flaw | None:
        flaw = verification.begin_day(head)
        if flaw is not None:
            return flaw
        day = {"team": head.team, "day": head.day}
        found = self._entries.find({**day, "number": {"$lte": head.count}}, session=self._session)
        async for document in found.sort([("number", 1), ("_id", 1)]):
            flaw = verification.read(head.day, _to_entry(document))
            if flaw is not None:
                return flaw
        return verification.end_day(head) or await self._uncounted(head)

    async def _uncounted(self, head: Head) -> Flaw | None:
        """An entry that no head counts, unless it was added while we were reading."""
        wanted = {"team": head.team, "day": head.day, "number": {"$gt": head.count}}
        found = await self._entries.find_one(wanted, session=self._session)
        if found is None:
            return None
        now = await self._heads.find_one({"_id": _head_id(head)}, session=self._session)
        if now is not None and now["count"] >= found["number"]:
            return None
        reason = "the entry is not counted by the day's head"
        return Flaw(head.team, head.day, found["number"], found["_id"], reason)

    async def _homeless(self, team: str, after: str, before: str) -> Flaw | None:
        """Entries of a day that has no head."""
        found = await self._entries.find_one(
            {"team": team, "day": {"$gt": after, "$lt": before}},
            sort=[("day", 1), ("number", 1)],
            session=self._session,
        )
        if found is None:
            return None
        head = Head(team, found["day"], 0, "", "")
        if await self._heads.find_one({"_id": _head_id(head)}, session=self._session):
            return None
        reason = "the head of the entry's day is missing"
        return Flaw(team, found["day"], found["number"], found["_id"], reason)

    async def _latest_head(self, team: str) -> Head | None:
        document = await self._heads.find_one(
            {"team": team}, sort=[("day", -1)], session=self._session
        )
        return _to_head(document) if document else None

    async def _heads_of(self, team: str) -> AsyncIterator[Head]:
        async for document in self._heads.find({"team": team}, session=self._session).sort(
            "day", 1
        ):
            yield _to_head(document)


async def ensure(entries: Collection, heads: Collection) -> None:
    """The indexes of the log."""
    await ensure_indexes(
        entries,
        [
            ([("team", 1), ("day", 1), ("number", 1)], {}),
            ([("team", 1), ("_id", -1)], {}),
        ],
    )
    await ensure_indexes(heads, [([("team", 1), ("day", -1)], {"unique": True})])


def _head_id(head: Head) -> str:
    return f"{head.team}|{head.day}"


def _head_document(head: Head) -> Document:
    return {"_id": _head_id(head), **asdict(head)}


def _to_head(document: Document) -> Head:
    found = dict(document)
    found.pop("_id")
    return Head(**found)


def _to_document(entry: Entry, day: str) -> Document:
    """What changed is kept as text: no name in it can mean anything to the database."""
    document: dict[str, Any] = asdict(entry.deed)
    for name in ("before", "after"):
        value = document[name]
        document[name] = None if value is None else audit.canonical(value)
    return document | {
        "_id": entry.id,
        "number": entry.number,
        "hash": entry.hash,
        "day": day,
    }


def _to_entry(document: Document) -> Entry:
    found = dict(document)
    found.pop("day")
    entry_id, number, digest = found.pop("_id"), found.pop("number"), found.pop("hash")
    for name in ("before", "after"):
        found[name] = None if found[name] is None else json.loads(found[name])
    return Entry(entry_id, number, Deed(**found), digest)

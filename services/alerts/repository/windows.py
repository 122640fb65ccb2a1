"""Windows kept in MongoDB, and the one transaction in which a batch of points takes effect."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime

from pymongo import ReplaceOne, UpdateOne

from services.alerts.domain.alert import Alert
from services.alerts.domain.memory import Memory
from services.alerts.domain.track import Track
from services.alerts.domain.window import Heard, Window
from services.alerts.ports import Findings
from services.alerts.repository import alerts, deliveries
from services.alerts.repository.leadership import MongoLeadership
from shared.kit import clock
from shared.kit.mongo import Client, Database, Document, Session, ensure_indexes, in_transaction
from shared.kit.outbox import Outbox

KEPT_S = 30 * 86_400
_WATCHED = "watched"
_OF_MEMORY = tuple(each.name for each in fields(Memory) if each.name != "tracks")
_OF_TRACK = tuple(each.name for each in fields(Track) if each.name not in ("metric", "values"))
"""By name, and not by `asdict`: that copies whatever it finds, thousands of times a second."""
_MEMORIES = "by_rule"


class MongoWindows:
    """The `windows` collection: one document a run, forgotten after a month without news."""

    def __init__(
        self, client: Client, database: Database, outbox: Outbox, leadership: MongoLeadership
    ) -> None:
        self._client = client
        self._windows = database["windows"]
        self._alerts = database["alerts"]
        self._deliveries = database["deliveries"]
        self._marks = database["marks"]
        self._outbox = outbox
        self._leadership = leadership

    async def prepare(self) -> None:
        """Indexes, at start-up."""
        await ensure_indexes(
            self._windows,
            [
                ([("due_at", 1)], {"partialFilterExpression": {"due_at": {"$type": "date"}}}),
                ([("updated_at", 1)], {"name": "kept", "expireAfterSeconds": KEPT_S}),
            ],
        )

    async def load(self, run_ids: Sequence[str]) -> dict[str, Window]:
        """Those that there are."""
        cursor = self._windows.find({"_id": {"$in": list(run_ids)}})
        return {document["_id"]: _to_window(document) async for document in cursor}

    async def due(self, at: datetime, limit: int) -> list[Window]:
        """Those at which the clock has to look."""
        cursor = self._windows.find({"due_at": {"$lte": at}}).sort("due_at", 1).limit(limit)
        return [_to_window(document) async for document in cursor]

    async def mark(self) -> int:
        """The sequence in the stream of points up to which everything was heard."""
        found = await self._marks.find_one({"_id": _WATCHED})
        return int(found["sequence"]) if found else 0

    async def commit(self, found: Findings) -> None:
        """All or nothing, and only while this process is the one that evaluates."""

        async def work(session: Session) -> None:
            await self._leadership.fence(session)
            if found.windows:
                await self._windows.bulk_write(
                    [_written(each, found.due.get(each.run_id)) for each in found.windows],
                    ordered=False,
                    session=session,
                )
            if found.mark is not None:
                await self._marks.replace_one(
                    {"_id": _WATCHED}, {"sequence": found.mark}, upsert=True, session=session
                )
            await self.write(found, session)

        await in_transaction(self._client, work)
        self._outbox.wake()

    async def follow(self, run_ids: Sequence[str], project_id: str) -> None:
        """Runs are of another project now, and so is what is remembered of them."""
        where = {"_id": {"$in": list(run_ids)}}
        await self._windows.update_many(where, {"$set": {"project_id": project_id}})

    async def write(self, found: Findings, session: Session) -> None:
        """What has fired, what is to be sent of it, and the news."""
        if found.alerts:
            await self._alerts.bulk_write(
                [
                    UpdateOne({"_id": alert.id}, {"$setOnInsert": _without_id(alert)}, upsert=True)
                    for alert in found.alerts
                ],
                session=session,
            )
        if found.deliveries:
            await self._deliveries.bulk_write(deliveries.inserts(found.deliveries), session=session)
        await self._outbox.add(found.news, session)


def _without_id(alert: Alert) -> Document:
    document = alerts.to_document(alert)
    del document["_id"]
    return document


def _written(window: Window, due_at: datetime | None) -> ReplaceOne[Document] | UpdateOne:
    """Of a window that is kept already only what was touched: the rest may be large."""
    where = {"_id": window.run_id}
    head = _head(window, due_at)
    if window.whole:
        memories = {each.rule_id: _of_memory(each) for each in window.memories.values()}
        return ReplaceOne(where, {**head, _MEMORIES: memories}, upsert=True)
    for rule_id in window.touched:
        head[f"{_MEMORIES}.{rule_id}"] = _of_memory(window.memories[rule_id])
    change: Document = {"$set": head}
    if window.gone:
        change["$unset"] = {f"{_MEMORIES}.{rule_id}": "" for rule_id in window.gone}
    return UpdateOne(where, change, upsert=True)


def _head(window: Window, due_at: datetime | None) -> Document:
    return {
        "project_id": window.project_id,
        "generation": window.generation,
        "heard": [{"stream": name, **asdict(heard)} for name, heard in window.heard.items()],
        "ended": window.ended,
        "state_at": window.state_at,
        "due_at": due_at,
        "updated_at": clock.now(),
    }


def _of_memory(memory: Memory) -> Document:
    """Names of metrics are values here, never names of fields."""
    own = {name: getattr(memory, name) for name in _OF_MEMORY}
    return {**own, "tracks": [_of_track(track) for track in memory.tracks.values()]}


def _of_track(track: Track) -> Document:
    """Only what a fresh one would not say; eight bytes a value, where an array has up to twelve."""
    kept: Document = {"metric": track.metric}
    for name in _OF_TRACK:
        if value := getattr(track, name):
            kept[name] = value
    if track.best is not None:
        kept["best"] = track.best
    if track.since is not None:
        kept["since"] = track.since
    if track.values:
        kept["values"] = struct.pack(f"<{len(track.values)}d", *track.values)
    return kept


def _to_track(kept: Document) -> Track:
    track = Track(**kept)
    if isinstance(track.values, bytes):
        track.values = list(struct.unpack(f"<{len(track.values) // 8}d", track.values))
    return track


def _to_window(document: Document) -> Window:
    """Memories once were a list, which is written anew when the run is next heard of."""
    by_rule = document.get(_MEMORIES)
    kept_ones = document["memories"] if by_rule is None else by_rule.values()
    memories = {}
    for kept in kept_ones:
        tracks = {track["metric"]: _to_track(track) for track in kept["tracks"]}
        memories[kept["rule_id"]] = Memory(**{**kept, "tracks": tracks})
    heard = {one["stream"]: Heard(one["position"], one["pieces"]) for one in document["heard"]}
    return Window(
        run_id=document["_id"],
        project_id=document["project_id"],
        generation=document["generation"],
        heard=heard,
        memories=memories,
        ended=document["ended"],
        state_at=document["state_at"],
        whole=by_rule is None,
    )

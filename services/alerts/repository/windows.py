"""Windows kept in MongoDB, and the one transaction in which a batch of points takes effect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
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


class MongoWindows:
    """The `windows` collection: one document a run, forgotten after a month without news."""

    def __init__(
        self, client: Client, database: Database, outbox: Outbox, leadership: MongoLeadership
    ) -> None:
        self._client = client
        self._windows = database["windows"]
        self._alerts = database["alerts"]
        self._deliveries = database["deliveries"]
        self._scripted = database["scripted"]
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
        await ensure_indexes(self._scripted, [([("until", 1)], {"expireAfterSeconds": 0})])

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
                    [
                        ReplaceOne(
                            {"_id": window.run_id},
                            _to_document(window, found.due.get(window.run_id)),
                            upsert=True,
                        )
                        for window in found.windows
                    ],
                    ordered=False,
                    session=session,
                )
            if found.mark is not None:
                await self._marks.replace_one(
                    {"_id": _WATCHED}, {"sequence": found.mark}, upsert=True, session=session
                )
            await self._write(found, session)

        await in_transaction(self._client, work)
        self._outbox.wake()

    async def raise_once(self, key: str, until: datetime, at: datetime, found: Findings) -> bool:
        """What a script says, unless it said the same and that still counts."""

        async def work(session: Session) -> bool:
            said = await self._scripted.find_one({"_id": key}, session=session)
            if said is not None and said["until"] > at:
                return False
            await self._scripted.replace_one(
                {"_id": key}, {"until": until}, upsert=True, session=session
            )
            await self._write(found, session)
            return True

        raised = await in_transaction(self._client, work)
        self._outbox.wake()
        return raised

    async def _write(self, found: Findings, session: Session) -> None:
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


def _to_document(window: Window, due_at: datetime | None) -> Document:
    """Names of metrics are values here, never names of fields."""
    memories = []
    for memory in window.memories.values():
        fields = asdict(memory)
        memories.append({**fields, "tracks": list(fields["tracks"].values())})
    return {
        "project_id": window.project_id,
        "generation": window.generation,
        "heard": [{"stream": name, **asdict(heard)} for name, heard in window.heard.items()],
        "memories": memories,
        "ended": window.ended,
        "state_at": window.state_at,
        "due_at": due_at,
        "updated_at": clock.now(),
    }


def _to_window(document: Document) -> Window:
    memories = {}
    for fields in document["memories"]:
        tracks = {track["metric"]: Track(**track) for track in fields["tracks"]}
        memories[fields["rule_id"]] = Memory(**{**fields, "tracks": tracks})
    heard = {one["stream"]: Heard(one["position"], one["pieces"]) for one in document["heard"]}
    return Window(
        run_id=document["_id"],
        project_id=document["project_id"],
        generation=document["generation"],
        heard=heard,
        memories=memories,
        ended=document["ended"],
        state_at=document["state_at"],
    )

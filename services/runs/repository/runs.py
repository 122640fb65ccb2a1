"""Runs kept in MongoDB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import UpdateOne
from pymongo.errors import DuplicateKeyError

from services.runs.domain.filters import Node
from services.runs.domain.run import Run, State
from services.runs.ports import RunQuery
from services.runs.repository import documents, queries
from shared.errors import NotFound, TooLarge
from shared.kit.mongo import (
    USER_READ_MS,
    Client,
    Database,
    Session,
    ensure_indexes,
    in_transaction,
)
from shared.kit.outbox import Announcement, Outbox

_ALIVE = [str(State.RUNNING), str(State.PREEMPTING)]


class MongoRuns:
    """The `runs` collection."""

    def __init__(self, client: Client, database: Database, outbox: Outbox) -> None:
        self._client = client
        self._runs = database["runs"]
        self._outbox = outbox

    async def prepare(self) -> None:
        """Indexes, at start-up."""
        await ensure_indexes(
            self._runs,
            [
                ([("project_id", 1), ("name", 1)], {"unique": True}),
                ([("project_id", 1), ("created_at", -1), ("_id", -1)], {}),
                ([("project_id", 1), ("heartbeat_at", -1)], {}),
                (
                    [("heartbeat_at", 1)],
                    {
                        "name": "alive",
                        "partialFilterExpression": {"state": {"$in": _ALIVE}},
                    },
                ),
            ],
        )

    async def get(self, run_id: str, texts: frozenset[str]) -> Run:
        """Raises NotFound, for a deleted run too."""
        document = await self._runs.find_one(
            {"_id": run_id, "deleted_at": None}, documents.without(texts)
        )
        if document is None:
            raise NotFound("No such run.")
        return documents.to_run(document)

    async def find(self, project_id: str, name: str, texts: frozenset[str]) -> Run | None:
        """By name; a deleted one too."""
        document = await self._runs.find_one(
            {"project_id": project_id, "name": name}, documents.without(texts)
        )
        return documents.to_run(document) if document else None

    async def create(self, run: Run, news: Sequence[Announcement]) -> Run | None:
        """None if the name is taken, which a repeated request finds."""

        async def work(session: Session) -> None:
            await self._runs.insert_one(documents.to_document(run), session=session)
            await self._outbox.add(news, session)

        try:
            await in_transaction(self._client, work)
        except DuplicateKeyError:
            return None
        return run

    async def change(
        self, run: Run, fields: Mapping[str, object], news: Sequence[Announcement]
    ) -> None:
        """Write the named fields from the run; in a transaction only if there is news."""
        update = {"$set": documents.changes(run, fields)}
        if not news:
            await self._runs.update_one({"_id": run.id}, update)
            return

        async def work(session: Session) -> None:
            await self._runs.update_one({"_id": run.id}, update, session=session)
            await self._outbox.add(news, session)

        await in_transaction(self._client, work)

    async def query(self, query: RunQuery) -> tuple[Sequence[Run], Sequence[str]]:
        """The page and one cursor per run."""
        stages = queries.pipeline(query, documents.without(query.texts))
        found = await self._runs.aggregate(stages, maxTimeMS=USER_READ_MS).to_list(query.limit)
        return (
            [documents.to_run(document) for document in found],
            [queries.cursor_of(document) for document in found],
        )

    async def count(self, project_id: str, where: Node) -> int:
        """How many match."""
        condition: dict[str, Any] = {
            "$and": [{"project_id": project_id, "deleted_at": None}, queries.where(where)]
        }
        return int(await self._runs.count_documents(condition, maxTimeMS=USER_READ_MS))

    async def ids(self, project_id: str, where: Node, limit: int) -> list[str]:
        """Of all that match, oldest first."""
        condition: dict[str, Any] = {
            "$and": [{"project_id": project_id, "deleted_at": None}, queries.where(where)]
        }
        cursor = self._runs.find(condition, {"_id": 1}, max_time_ms=USER_READ_MS)
        found = [d["_id"] async for d in cursor.sort("_id", 1).limit(limit + 1)]
        if len(found) > limit:
            raise TooLarge(f"runs: more than {limit} at once.", field="runs")
        return found

    async def load(self, ids: Sequence[str]) -> dict[str, Run]:
        """Many at once, without their texts: what the writer moves on."""
        cursor = self._runs.find({"_id": {"$in": list(ids)}}, documents.without(frozenset()))
        return {document["_id"]: documents.to_run(document) async for document in cursor}

    async def advance(
        self, runs: Sequence[tuple[Run, Sequence[str]]], news: Sequence[Announcement]
    ) -> None:
        """Write what chunks changed. A run that has meanwhile gone further is left alone.

        The guard on `position` makes a chunk that is applied again after a crash a no-op.
        """
        updates = [
            UpdateOne(
                {"_id": run.id, "generation": run.generation, "position": {"$lt": run.position}},
                {"$set": documents.changes(run, {*names, "position"})},
            )
            for run, names in runs
        ]
        if not updates:
            return
        if not news:
            await self._runs.bulk_write(updates, ordered=False)
            return

        async def work(session: Session) -> None:
            await self._runs.bulk_write(updates, ordered=False, session=session)
            await self._outbox.add(news, session)

        await in_transaction(self._client, work)

    async def silent_since(self, moment: datetime, limit: int = 500) -> list[Run]:
        """Runs that should be alive and were not heard of since."""
        cursor = self._runs.find(
            {"state": {"$in": _ALIVE}, "heartbeat_at": {"$lt": moment}},
            documents.without(frozenset()),
        ).limit(limit)
        return [documents.to_run(document) async for document in cursor]

    async def mark_lost(
        self, run: Run, heard_before: datetime, news: Sequence[Announcement]
    ) -> bool:
        """Only if nothing was heard of it meanwhile; tells whether it was so."""
        changed: list[bool] = []

        async def work(session: Session) -> None:
            result = await self._runs.update_one(
                {
                    "_id": run.id,
                    "state": {"$in": _ALIVE},
                    "heartbeat_at": {"$lt": heard_before},
                },
                {"$set": documents.changes(run, ["state", "reason", "updated_at"])},
                session=session,
            )
            changed.append(result.modified_count == 1)
            if result.modified_count:
                await self._outbox.add(news, session)

        await in_transaction(self._client, work)
        return changed[-1]

    async def ended_with_frames(self, at_least: int, limit: int = 1_000) -> list[Run]:
        """Ended runs of at least so many history lines, some of them not in segments yet."""
        cursor = self._runs.find(
            {
                "state": {"$nin": _ALIVE},
                "lines.history": {"$gte": at_least},
                "$expr": {"$lt": ["$compacted", "$lines.history"]},
            },
            documents.without(frozenset()),
        ).limit(limit)
        return [documents.to_run(document) async for document in cursor]

"""Runs kept in MongoDB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import UpdateOne
from pymongo.errors import DuplicateKeyError

from services.runs.domain.filters import Node
from services.runs.domain.run import Progress, Run, State
from services.runs.ports import RunQuery
from services.runs.repository import documents, queries
from services.runs.repository.paging import Pages
from services.runs.repository.picking import Picking
from services.runs.repository.register import MongoRegister
from shared.errors import NotFound, TooLarge
from shared.kit import clock
from shared.kit.mongo import (
    USER_READ_MS,
    Client,
    Database,
    Session,
    ensure_indexes,
    in_transaction,
)
from shared.kit.outbox import Announcement, Outbox

_CAME_TO_NOTHING = [
    str(state) for state in (State.FAILED, State.CRASHED, State.KILLED, State.PREEMPTED)
]
_ALIVE = [str(State.RUNNING), str(State.PREEMPTING)]


class MongoRuns:
    """The `runs` collection."""

    def __init__(self, client: Client, database: Database, outbox: Outbox) -> None:
        self._client = client
        self._runs = database["runs"]
        self._outbox = outbox
        self.register = MongoRegister(database)
        self._pages = Pages(self._runs, self.register)

    async def prepare(self) -> None:
        """Indexes, at start-up."""
        await ensure_indexes(
            self._runs,
            [
                ([("project_id", 1), ("name", 1)], {"unique": True}),
                ([("project_id", 1), ("live", 1), ("created_at", -1), ("_id", -1)], {}),
                ([("project_id", 1), ("config_pairs.k", 1), ("config_pairs.v", 1)], {}),
                ([("project_id", 1), ("heartbeat_at", -1)], {}),
                ([("project_id", 1), ("updated_at", -1)], {}),
                (
                    [("project_id", 1), ("fingerprint", 1)],
                    {"partialFilterExpression": {"fingerprint": {"$type": "string"}}},
                ),
                (
                    [("project_id", 1), ("sweep", 1)],
                    {"partialFilterExpression": {"sweep": {"$type": "string"}}},
                ),
                (
                    [("deleted_at", 1)],
                    {"partialFilterExpression": {"deleted_at": {"$type": "date"}}},
                ),
                (
                    [("heartbeat_at", 1)],
                    {
                        "name": "alive",
                        "partialFilterExpression": {"state": {"$in": _ALIVE}},
                    },
                ),
            ],
        )
        await self.register.prepare()

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

    async def revive(
        self, run: Run, fields: Mapping[str, object], news: Sequence[Announcement]
    ) -> bool:
        """Of a run in the trash; False if it has been thrown away meanwhile."""
        done: list[bool] = []

        async def work(session: Session) -> None:
            found = await self._runs.update_one(
                {"_id": run.id, "purging": {"$ne": True}},
                {"$set": documents.changes(run, fields)},
                session=session,
            )
            done.append(found.matched_count == 1)
            if found.matched_count:
                await self._outbox.add(news, session)

        await in_transaction(self._client, work)
        return done[-1]

    async def query(self, query: RunQuery) -> tuple[Sequence[Run], Sequence[str]]:
        """The page and one cursor per run."""
        page, keys = await self._pages.page(query)
        if query.keys is not None:
            await Picking(query.keys).fill(self._runs, page)
        return (
            [documents.to_run(document) for document in page],
            [queries.cursor_of(key) for key in keys],
        )

    async def count(self, project_id: str, where: Node) -> int:
        """How many match."""
        condition: dict[str, Any] = {"$and": [queries.base(project_id), queries.where(where)]}
        return int(await self._runs.count_documents(condition, maxTimeMS=USER_READ_MS))

    async def ids(self, project_id: str, where: Node, limit: int) -> list[str]:
        """Of all that match, oldest first."""
        condition: dict[str, Any] = {"$and": [queries.base(project_id), queries.where(where)]}
        cursor = self._runs.find(condition, {"_id": 1}, max_time_ms=USER_READ_MS)
        found = [d["_id"] async for d in cursor.sort("_id", 1).limit(limit + 1)]
        if len(found) > limit:
            raise TooLarge(f"runs: more than {limit} at once.", field="runs")
        return found

    async def twin(self, project_id: str, fingerprint: str) -> str | None:
        """The name of the first run with this fingerprint that has not come to nothing."""
        found = await self._runs.find_one(
            {
                "project_id": project_id,
                "fingerprint": fingerprint,
                "deleted_at": None,
                "state": {"$nin": _CAME_TO_NOTHING},
            },
            {"name": 1},
            sort=[("_id", 1)],
        )
        return str(found["name"]) if found else None

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
        at = clock.now()
        for run, _ in runs:
            # Chunks may have waited: who asks what is new would not look that far back.
            run.updated_at = max(run.updated_at, at)
        updates = [
            UpdateOne(
                {"_id": run.id, "generation": run.generation, "position": {"$lt": run.position}},
                documents.moved_on(run, {*names, "position"}),
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

    async def reach(self, run_id: str, generation: int, progress: Progress, last_step: int) -> None:
        """It has come at least so far, whatever it has come to since."""
        furthest = documents.furthest(progress, last_step)
        await self._runs.update_one({"_id": run_id, "generation": generation}, {"$max": furthest})

    async def silent_since(self, moment: datetime, limit: int = 500) -> list[Run]:
        """Runs that should be alive and were not heard of since."""
        cursor = self._runs.find(
            {"state": {"$in": _ALIVE}, "heartbeat_at": {"$lt": moment}, "deleted_at": None},
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

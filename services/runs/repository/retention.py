"""Retention in MongoDB: what was said, which runs are due, and how parts of them go."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from services.runs.domain.project import Project
from services.runs.domain.retention import Hold, Keeping, Retention
from services.runs.domain.run import ENDED, Run
from services.runs.repository import documents
from services.runs.repository.frames import Frame, frame_document
from shared.errors import Conflict
from shared.kit.mongo import Client, Database, Document, Session, ensure_indexes, in_transaction

_ENDED = [str(state) for state in ENDED]
_CONSOLE = "output.log"


class MongoRetention:
    """The collection `retention`, over those of runs, frames, segments and files."""

    def __init__(self, client: Client, database: Database) -> None:
        self._client = client
        self._said = database["retention"]
        self._projects = database["projects"]
        self._runs = database["runs"]
        self._frames = database["frames"]
        self._segments = database["segments"]
        self._files = database["files"]

    async def prepare(self) -> None:
        """Indexes, at start-up."""
        await ensure_indexes(self._said, [([("hold", 1)], {"sparse": True})])

    async def keeping(self, entity: str, project_id: str | None) -> Keeping:
        """Of a project; or of the whole entity, where none is named."""
        ids = [_id(entity, None), _id(entity, project_id)]
        found = {one["_id"]: one async for one in self._said.find({"_id": {"$in": ids}})}
        team, own = (found.get(one, {}) for one in ids)
        mine = _retention(own)
        effective = mine if project_id is None else mine.over(_retention(team))
        hold = _hold(own)
        return Keeping(mine, effective, hold, _hold(team) or hold)

    async def set_retention(
        self, entity: str, project_id: str | None, retention: Retention
    ) -> None:
        """All of it."""
        await self._set(entity, project_id, {"retention": asdict(retention)})

    async def set_hold(self, entity: str, project_id: str | None, hold: Hold | None) -> None:
        """From now on; or no longer."""
        await self._set(entity, project_id, {"hold": asdict(hold) if hold else None})

    async def _set(self, entity: str, project_id: str | None, what: Document) -> None:
        place = {"entity": entity, "project_id": project_id}
        where = {"_id": _id(entity, project_id)}
        await self._said.update_one(where, {"$set": {**place, **what}}, upsert=True)

    async def must_not_hold(self, project: Project) -> None:
        """Raises Conflict where a legal hold forbids that anything is thrown away for good."""
        hold = (await self.keeping(project.entity, project.id)).hold
        if hold is not None:
            raise Conflict(f"{project.entity}/{project.name} is on legal hold: {hold.reason}")

    async def held_projects(self) -> list[str]:
        """The ids of all projects where nothing goes for good."""
        held = [one async for one in self._said.find({"hold": {"$type": "object"}})]
        entities = [one["entity"] for one in held if one["project_id"] is None]
        of_entities = await self._projects.distinct("_id", {"entity": {"$in": entities}})
        return [*(one["project_id"] for one in held if one["project_id"] is not None), *of_entities]

    async def concerned(self) -> AsyncIterator[str]:
        """The ids of all projects that something was said for."""
        said = [one async for one in self._said.find({"retention": {"$type": "object"}})]
        entities = [one["entity"] for one in said if one["project_id"] is None]
        named = [one["project_id"] for one in said if one["project_id"] is not None]
        where = {"$or": [{"_id": {"$in": named}}, {"entity": {"$in": entities}}]}
        async for document in self._projects.find(where, {"_id": 1}):
            yield str(document["_id"])

    async def due(self, project_id: str, before: datetime, limit: int, **more: Any) -> list[Run]:
        """Ended runs that were neither logged to nor edited since, oldest first."""
        where = {
            "project_id": project_id,
            "live": True,
            "state": {"$in": _ENDED},
            "importing": {"$ne": True},
            "heartbeat_at": {"$lt": before},
            "updated_at": {"$lt": before},
            **more,
        }
        cursor = self._runs.find(where, documents.without(frozenset()))
        found = await cursor.sort("heartbeat_at", 1).limit(limit).to_list(limit)
        return [documents.to_run(document) for document in found]

    async def console_blobs(self, run: Run) -> list[str]:
        """Where the bytes of its console's file are."""
        where = {"run_id": run.id, "name": _CONSOLE}
        return [str(one["blob"]) async for one in self._files.find(where) if one.get("blob")]

    async def drop_console(self, run: Run) -> None:
        """All console lines of every generation."""
        await self._frames.delete_many({"_id": _stream(run.id, "l")})
        await self._files.delete_many({"run_id": run.id, "name": _CONSOLE})
        await self._runs.update_one({"_id": run.id}, {"$set": {"lines.log": 0}})

    async def thin(self, run: Run, kept: Sequence[Frame]) -> list[str] | None:
        """These frames in the place of the history of every generation, all at once.

        Answers which blobs are nobody's any more; None if the run has moved on meanwhile.
        """
        gone: list[str] = []
        won: list[bool] = []
        count = sum(frame.count for frame in kept)

        async def work(session: Session) -> None:
            gone.clear()
            same = {
                "_id": run.id,
                "generation": run.generation,
                "position": run.position,
                "compacted": run.compacted,
                "lines.history": run.progress.history,
            }
            fresh = {"$set": {"compacted": 0, "lines.history": count}}
            done = await self._runs.update_one(same, fresh, session=session)
            won.append(done.matched_count == 1)
            if not done.matched_count:
                return
            stream = {"_id": _stream(run.id, "h")}
            async for one in self._segments.find(stream, {"blob": 1}, session=session):
                gone.append(str(one["blob"]))
            await self._segments.delete_many(stream, session=session)
            await self._frames.delete_many(stream, session=session)
            if kept:
                fresh_frames = [frame_document(frame) for frame in kept]
                await self._frames.insert_many(fresh_frames, session=session)

        await in_transaction(self._client, work)
        return gone if won[-1] else None


def _id(entity: str, project_id: str | None) -> str:
    return f"entity:{entity}" if project_id is None else f"project:{project_id}"


def _stream(run_id: str, code: str) -> dict[str, str]:
    return {"$gte": f"{run_id}:{code}", "$lt": f"{run_id}:{chr(ord(code) + 1)}"}


def _retention(document: Document) -> Retention:
    return Retention(**(document.get("retention") or {}))


def _hold(document: Document) -> Hold | None:
    found = document.get("hold")
    return Hold(**found) if found else None

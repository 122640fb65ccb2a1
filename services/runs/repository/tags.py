"""Tags of many runs, changed where they are kept: what others put on meanwhile stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.runs.domain.tagging import Retagging
from services.runs.repository.documents import OUT_OF_DATE
from shared.kit.mongo import USER_READ_MS, Database


class MongoTags:
    """Of the `runs` collection, one field."""

    def __init__(self, database: Database) -> None:
        self._runs = database["runs"]

    async def retag(
        self, project_id: str, names: Sequence[str], change: Retagging, at: datetime
    ) -> Mapping[str, Retagging]:
        """What became of each run that it changed; those that are not there are left out."""
        there = {"project_id": project_id, "name": {"$in": list(names)}, "live": True}
        cursor = self._runs.find(there, {"name": 1, "tags": 1}, max_time_ms=USER_READ_MS)
        before = {one["_id"]: one async for one in cursor}
        changes = {run_id: change.changes(one["tags"]) for run_id, one in before.items()}
        done = {run_id: found for run_id, found in changes.items() if found is not None}
        if not done:
            return {}
        chosen = {"_id": {"$in": list(done)}, "project_id": project_id, "live": True}
        moved = {"$set": {**OUT_OF_DATE, "updated_at": at}}
        # One update cannot both add to an array and take from it.
        if change.remove:
            taken = {"$pull": {"tags": {"$in": list(change.remove)}}}
            await self._runs.update_many(chosen, taken | moved)
        if change.add:
            put = {"$addToSet": {"tags": {"$each": list(change.add)}}}
            await self._runs.update_many(chosen, put | moved)
        return {before[run_id]["name"]: found for run_id, found in done.items()}

"""Views kept in MongoDB."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from services.runs.domain.view import TRASH_FOR, View
from shared.errors import Conflict, Gone, NotFound
from shared.kit.mongo import USER_READ_MS, Database, Document, ensure_indexes


class MongoViews:
    """The `views` collection."""

    def __init__(self, database: Database) -> None:
        self._views = database["views"]

    async def prepare(self) -> None:
        """Indexes, at start-up; the trash empties itself."""
        keys = [("project_id", 1), ("type", 1), ("_id", -1)]
        trash = {"expireAfterSeconds": int(TRASH_FOR.total_seconds())}
        await ensure_indexes(self._views, [(keys, {}), ([("deleted_at", 1)], trash)])

    async def save(self, view: View, unchanged_since: datetime | None = None) -> None:
        """New or changed; Conflict if it was changed after that moment."""
        document = {"_id": view.id, **asdict(view)}
        del document["id"]
        if unchanged_since is None:
            await self._views.replace_one({"_id": view.id}, document, upsert=True)
            return
        found = {"_id": view.id, "updated_at": unchanged_since, "deleted_at": None}
        if not (await self._views.replace_one(found, document)).matched_count:
            raise Conflict("Somebody else changed it meanwhile.")

    async def get(self, view_id: str) -> View:
        """Raises NotFound, also for what is in the trash."""
        return _to_view(await self._views.find_one({"_id": view_id, "deleted_at": None}))

    async def get_deleted(self, view_id: str, since: datetime) -> View:
        """What was thrown away no earlier; Gone if it was earlier."""
        view = _to_view(await self._views.find_one({"_id": view_id}))
        if view.deleted_at is not None and view.deleted_at < since:
            raise Gone("It was deleted too long ago to come back.")
        return view

    async def list(
        self,
        project_id: str,
        kind: str,
        *,
        name: str | None,
        with_spec: bool,
        limit: int,
        after: str | None,
    ) -> tuple[Sequence[View], str | None]:
        """Newest first; the cursor is the last id."""
        where: dict[str, Any] = {"project_id": project_id, "type": kind, "deleted_at": None}
        if name:
            where["$or"] = [{"name": name}, {"display_name": name}]
        if after:
            where["_id"] = {"$lt": after}
        hidden = None if with_spec else {"spec": 0}
        cursor = self._views.find(where, hidden, max_time_ms=USER_READ_MS)
        found = [_to_view(d) async for d in cursor.sort("_id", -1).limit(limit + 1)]
        return found[:limit], found[limit - 1].id if len(found) > limit else None

    async def throw_away(self, view_id: str, at: datetime | None) -> None:
        """Into the trash, or with no moment out of it."""
        await self._views.update_one({"_id": view_id}, {"$set": {"deleted_at": at}})


def _to_view(document: Document | None) -> View:
    if document is None:
        raise NotFound("No such view.")
    fields = dict(document)
    return View(id=fields.pop("_id"), **fields)

"""Comments kept in MongoDB."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from services.runs.domain.comment import Comment
from shared.errors import NotFound
from shared.kit.mongo import USER_READ_MS, Database, Document, ensure_indexes


class MongoComments:
    """The `comments` collection."""

    def __init__(self, database: Database) -> None:
        self._comments = database["comments"]

    async def prepare(self) -> None:
        """Indexes, at start-up."""
        await ensure_indexes(self._comments, [([("view_id", 1), ("_id", 1)], {})])

    async def add(self, comment: Comment) -> None:
        """A new one."""
        document = asdict(comment)
        document["_id"] = document.pop("id")
        await self._comments.insert_one(document)

    async def get(self, comment_id: str) -> Comment:
        """Raises NotFound."""
        document = await self._comments.find_one({"_id": comment_id})
        if document is None:
            raise NotFound("No such comment.")
        return _to_comment(document)

    async def list(
        self, view_id: str, limit: int, after: str | None
    ) -> tuple[Sequence[Comment], str | None]:
        """Oldest first; the cursor is the last id."""
        where: dict[str, Any] = {"view_id": view_id}
        if after:
            where["_id"] = {"$gt": after}
        cursor = self._comments.find(where, max_time_ms=USER_READ_MS)
        found = [_to_comment(d) async for d in cursor.sort("_id", 1).limit(limit + 1)]
        return found[:limit], found[limit - 1].id if len(found) > limit else None

    async def delete(self, comment_id: str) -> None:
        """For good; absent is fine."""
        await self._comments.delete_one({"_id": comment_id})


def _to_comment(document: Document) -> Comment:
    fields = dict(document)
    return Comment(id=fields.pop("_id"), **fields)

"""What files a run has, kept in MongoDB; their bytes are in the blob store."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pymongo import ReturnDocument, UpdateOne

from services.runs.ports import FilesUsed, RunFile
from shared.kit.ids import new_id
from shared.kit.mongo import USER_READ_MS, Database, Document, ensure_indexes

_NONE = FilesUsed(0, 0)


class MongoFiles:
    """The `files` collection."""

    def __init__(self, database: Database) -> None:
        self._files = database["files"]

    async def prepare(self) -> None:
        """Indexes, at start-up."""
        await ensure_indexes(self._files, [([("run_id", 1), ("name", 1)], {"unique": True})])

    async def announce(self, run_id: str, names: Sequence[str]) -> Sequence[RunFile]:
        """One per name, in order; a known name keeps its id and its bytes."""
        wanted = list(dict.fromkeys(names))
        if wanted:
            await self._files.bulk_write(
                [
                    UpdateOne(
                        {"run_id": run_id, "name": name},
                        {"$setOnInsert": {"_id": new_id(), "blob": blob_key(run_id, name)}},
                        upsert=True,
                    )
                    for name in wanted
                ],
                ordered=False,
            )
        cursor = self._files.find({"run_id": run_id, "name": {"$in": wanted}})
        found = {document["name"]: _to_file(document) async for document in cursor}
        return [found[name] for name in names]

    async def stored(
        self, run_id: str, name: str, *, size: int, md5: str, mimetype: str | None, at: datetime
    ) -> RunFile:
        """The bytes are there; the last upload of a name wins."""
        document = await self._files.find_one_and_update(
            {"run_id": run_id, "name": name},
            {
                "$set": {"size": size, "md5": md5, "mimetype": mimetype, "updated_at": at},
                "$setOnInsert": {"_id": new_id(), "blob": blob_key(run_id, name)},
            },
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        return _to_file(document)

    async def list(
        self,
        run_id: str,
        *,
        names: Sequence[str],
        pattern: str | None,
        limit: int,
        after: str | None,
    ) -> tuple[Sequence[RunFile], str | None]:
        """Stored files in the order of their names; the cursor is the last name."""
        where: dict[str, Any] = {"run_id": run_id, "updated_at": {"$ne": None}}
        conditions: list[dict[str, Any]] = [where]
        if names:
            conditions.append({"name": {"$in": list(names)}})
        if pattern:
            conditions.append({"name": {"$regex": _like(pattern)}})
        if after:
            conditions.append({"name": {"$gt": after}})
        cursor = self._files.find({"$and": conditions}, max_time_ms=USER_READ_MS)
        found = await cursor.sort("name", 1).limit(limit + 1).to_list(limit + 1)
        page = [_to_file(document) for document in found[:limit]]
        return page, page[-1].name if len(found) > limit else None

    async def count(self, run_id: str) -> int:
        """How many have their bytes."""
        return int(
            await self._files.count_documents({"run_id": run_id, "updated_at": {"$ne": None}})
        )

    async def used(self, run_id: str) -> FilesUsed:
        """One pass over the run's own documents."""
        total = {"_id": None, "files": {"$sum": 1}, "size": {"$sum": "$size"}}
        stages: list[dict[str, Any]] = [{"$match": {"run_id": run_id}}, {"$group": total}]
        found = await self._files.aggregate(stages, maxTimeMS=USER_READ_MS).to_list(1)
        return FilesUsed(int(found[0]["files"]), int(found[0]["size"])) if found else _NONE

    async def get_many(self, ids: Sequence[str]) -> Sequence[RunFile]:
        """Those that are known."""
        return [_to_file(d) async for d in self._files.find({"_id": {"$in": list(ids)}})]

    async def delete(self, ids: Sequence[str]) -> None:
        """Forget them."""
        await self._files.delete_many({"_id": {"$in": list(ids)}})


def blob_key(run_id: str, name: str) -> str:
    """Where the bytes are: a user's name is data and never becomes a path."""
    return f"runs/{run_id}/{hashlib.sha256(name.encode()).hexdigest()}"


def _like(pattern: str) -> str:
    """SQL's LIKE: `%` any text, `_` any one character, everything else itself."""
    wild = {"%": ".*", "_": "."}
    return "^(?s:" + "".join(wild.get(c, re.escape(c)) for c in pattern) + ")$"


def _to_file(document: Document) -> RunFile:
    return RunFile(
        id=document["_id"],
        run_id=document["run_id"],
        name=document["name"],
        blob=document["blob"],
        size=document.get("size", 0),
        md5=document.get("md5", "0"),
        mimetype=document.get("mimetype"),
        updated_at=document.get("updated_at"),
    )

"""Share links kept in MongoDB: digests of their tokens, and never a token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from services.runs.domain.share import Share
from shared.errors import NotFound
from shared.kit.mongo import USER_READ_MS, Database, Document, ensure_indexes

_KEPT_S = 30 * 24 * 3600
"""So long after its end nobody asks for a link any more."""
_MOST = 500


class MongoShares:
    """The `shares` collection."""

    def __init__(self, database: Database) -> None:
        self._shares = database["shares"]

    async def prepare(self) -> None:
        """Indexes, at start-up; what ended long ago goes by itself."""
        await ensure_indexes(
            self._shares,
            [
                ([("digest", 1)], {"unique": True}),
                ([("project_id", 1), ("_id", -1)], {}),
                ([("expires_at", 1)], {"expireAfterSeconds": _KEPT_S}),
            ],
        )

    async def create(self, share: Share) -> None:
        """A new one."""
        document = asdict(share)
        document["_id"] = document.pop("id")
        await self._shares.insert_one(document)

    async def get(self, share_id: str) -> Share:
        """Raises NotFound."""
        document = await self._shares.find_one({"_id": share_id})
        if document is None:
            raise NotFound("No such link.")
        return _to_share(document)

    async def find(self, digest: str) -> Share | None:
        """None where there is none."""
        document = await self._shares.find_one({"digest": digest})
        return _to_share(document) if document else None

    async def list(
        self, project_id: str, at: datetime, *, run_id: str | None, report_id: str | None
    ) -> Sequence[Share]:
        """Those that still count, newest first."""
        where: dict[str, Any] = {
            "project_id": project_id,
            "revoked_at": None,
            "expires_at": {"$gt": at},
        }
        if run_id is not None:
            where["runs"] = run_id
        if report_id is not None:
            where["report_id"] = report_id
        cursor = self._shares.find(where, max_time_ms=USER_READ_MS).sort("_id", -1).limit(_MOST)
        return [_to_share(document) async for document in cursor]

    async def revoke(self, share_id: str, at: datetime) -> None:
        """From now on it does not count."""
        await self._shares.update_one({"_id": share_id}, {"$set": {"revoked_at": at}})


def _to_share(document: Document) -> Share:
    fields = dict(document)
    return Share(id=fields.pop("_id"), **(fields | {"runs": tuple(fields["runs"])}))

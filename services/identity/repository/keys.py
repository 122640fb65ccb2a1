"""API keys in MongoDB, found by their digest."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pymongo.errors import DuplicateKeyError

from services.identity.domain.api_key import ApiKey, Scope
from shared.errors import Conflict, NotFound
from shared.kit.mongo import Collection, Document, Session, ensure_indexes

_BRIEF_KEPT_S = 7 * 24 * 3600
"""How long MongoDB keeps the hour-long keys of CI jobs after their end."""


class MongoApiKeys:
    """Keeps `ports.ApiKeys`."""

    def __init__(self, kept: Collection, session: Session | None) -> None:
        self._kept = kept
        self._session = session

    async def by_digest(self, digest: str) -> ApiKey | None:
        """One indexed read: the hot path of every request."""
        document = await self._kept.find_one({"digest": digest}, session=self._session)
        return _to_key(document) if document else None

    async def get(self, key_id: str) -> ApiKey:
        """Only keys that count or merely expired."""
        document = await self._kept.find_one(
            {"_id": key_id, "revoked_at": None}, session=self._session
        )
        if document is None:
            raise NotFound("There is no such key.")
        return _to_key(document)

    async def of(self, principal_id: str) -> list[ApiKey]:
        """Ids are sortable by birth."""
        found = self._kept.find(
            {"principal_id": principal_id, "revoked_at": None}, session=self._session
        )
        return [_to_key(document) async for document in found.sort("_id", 1)]

    async def add(self, key: ApiKey) -> None:
        """A revoked key stays known, so nobody can bring it back."""
        try:
            await self._kept.insert_one(_to_document(key), session=self._session)
        except DuplicateKeyError:
            raise Conflict("This key is in use already.", field="api_key") from None

    async def save(self, key: ApiKey) -> None:
        """Everything but the last use, which is written beside."""
        document = _to_document(key)
        document.pop("last_used_at")
        await self._kept.update_one({"_id": key.id}, {"$set": document}, session=self._session)


async def ensure(kept: Collection) -> None:
    """The indexes of keys."""
    await ensure_indexes(
        kept,
        [
            ([("digest", 1)], {"unique": True}),
            ([("principal_id", 1), ("_id", 1)], {}),
            (
                [("expires_at", 1)],
                {
                    "expireAfterSeconds": _BRIEF_KEPT_S,
                    "partialFilterExpression": {"brief": True},
                },
            ),
        ],
    )


def _to_document(key: ApiKey) -> Document:
    document: dict[str, Any] = asdict(key)
    document["_id"] = document.pop("id")
    document["brief"] = bool(key.ci)
    return document


def _to_key(document: Document) -> ApiKey:
    found = dict(document)
    found["id"] = found.pop("_id")
    found.pop("brief")
    found["scope"] = Scope(found["scope"])
    return ApiKey(**found)

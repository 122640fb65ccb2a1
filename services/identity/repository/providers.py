"""Registered CI providers in MongoDB."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pymongo.errors import DuplicateKeyError

from services.identity.domain.provider import Provider
from shared.errors import Conflict, NotFound
from shared.kit.mongo import Collection, Document, Session, ensure_indexes


class MongoProviders:
    """Keeps `ports.Providers`."""

    def __init__(self, kept: Collection, session: Session | None) -> None:
        self._kept = kept
        self._session = session

    async def get(self, provider_id: str) -> Provider:
        """By id."""
        document = await self._kept.find_one({"_id": provider_id}, session=self._session)
        if document is None:
            raise NotFound("There is no such provider.")
        return _to_provider(document)

    async def add(self, provider: Provider) -> None:
        """One pattern of one issuer belongs to one service account of the whole instance."""
        try:
            await self._kept.insert_one(_to_document(provider), session=self._session)
        except DuplicateKeyError:
            raise Conflict(
                "These tokens are registered already; choose another audience."
            ) from None

    async def of(self, team: str) -> list[Provider]:
        """Those of a team, oldest first."""
        return await self._several({"team": team})

    async def from_issuer(self, issuer: str) -> list[Provider]:
        """Those whose tokens come from there."""
        return await self._several({"issuer": issuer})

    async def remove(self, provider: Provider) -> None:
        """Its tokens no longer count."""
        await self._kept.delete_one({"_id": provider.id}, session=self._session)

    async def remove_of(self, user_id: str) -> None:
        """All of a service account that goes."""
        await self._kept.delete_many({"user_id": user_id}, session=self._session)

    async def _several(self, wanted: Document) -> list[Provider]:
        found = self._kept.find(wanted, session=self._session).sort("_id", 1)
        return [_to_provider(document) async for document in found]


async def ensure(kept: Collection) -> None:
    """The indexes of providers."""
    await ensure_indexes(
        kept,
        [
            ([("issuer", 1), ("audience", 1), ("subject", 1)], {"unique": True}),
            ([("team", 1)], {}),
            ([("user_id", 1)], {}),
        ],
    )


def _to_document(provider: Provider) -> Document:
    document: dict[str, Any] = asdict(provider)
    document["_id"] = document.pop("id")
    return document


def _to_provider(document: Document) -> Provider:
    found = dict(document)
    found["id"] = found.pop("_id")
    return Provider(**found)

"""Single-use links in MongoDB, under the digests of their tokens."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from services.identity.domain.link import Link, Purpose
from shared.kit.mongo import Collection, Document, Session, ensure_indexes

_KEPT_AFTER_S = 30 * 24 * 3600


class MongoLinks:
    """Keeps `ports.Links`."""

    def __init__(self, kept: Collection, session: Session | None) -> None:
        self._kept = kept
        self._session = session

    async def find(self, digest: str) -> Link | None:
        """Used and expired ones are found too: the domain refuses them."""
        document = await self._kept.find_one({"_id": digest}, session=self._session)
        return _to_link(document) if document else None

    async def add(self, link: Link) -> None:
        """The token behind it is random, so no digest comes twice."""
        await self._kept.insert_one(_to_document(link), session=self._session)

    async def save(self, link: Link) -> None:
        """Keep that it was used."""
        await self._kept.replace_one(
            {"_id": link.digest}, _to_document(link), session=self._session
        )

    async def void(self, user_id: str, purpose: Purpose) -> None:
        """Nothing that was sent for this purpose before works any more."""
        await self._kept.delete_many(
            {"user_id": user_id, "purpose": purpose.value}, session=self._session
        )


async def ensure(kept: Collection) -> None:
    """The indexes of links; MongoDB itself clears away old ones."""
    await ensure_indexes(
        kept,
        [
            ([("user_id", 1)], {}),
            ([("expires_at", 1)], {"expireAfterSeconds": _KEPT_AFTER_S}),
        ],
    )


def _to_document(link: Link) -> Document:
    document: dict[str, Any] = asdict(link)
    document["_id"] = document.pop("digest")
    return document


def _to_link(document: Document) -> Link:
    found = dict(document)
    found["digest"] = found.pop("_id")
    found["purpose"] = Purpose(found["purpose"])
    return Link(**found)

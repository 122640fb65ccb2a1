"""Browser sessions in MongoDB, found by the digest of their cookie, gone when they expire."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from services.identity.domain.session import Session as BrowserSession
from shared.errors import NotFound
from shared.kit.mongo import Collection, Document, Session, ensure_indexes


class MongoSessions:
    """Keeps `ports.Sessions`."""

    def __init__(self, kept: Collection, session: Session | None) -> None:
        self._kept = kept
        self._session = session

    async def by_digest(self, digest: str, moment: datetime) -> BrowserSession | None:
        """A live one; MongoDB clears expired ones away only once a minute."""
        document = await self._kept.find_one(
            {"digest": digest, "expires_at": {"$gt": moment}}, session=self._session
        )
        return _to_session(document) if document else None

    async def get(self, session_id: str) -> BrowserSession:
        """By id."""
        document = await self._kept.find_one({"_id": session_id}, session=self._session)
        if document is None:
            raise NotFound("There is no such session.")
        return _to_session(document)

    async def of(self, user_id: str, moment: datetime) -> list[BrowserSession]:
        """Live ones, the latest first."""
        found = self._kept.find(
            {"user_id": user_id, "expires_at": {"$gt": moment}}, session=self._session
        )
        return [_to_session(document) async for document in found.sort("seen_at", -1)]

    async def know(self, user_id: str, network: str) -> bool:
        """Whether somebody is signed in from there."""
        wanted = {"user_id": user_id, "network": network}
        return await self._kept.find_one(wanted, {"_id": 1}, session=self._session) is not None

    async def add(self, session: BrowserSession) -> None:
        """Keep a new one."""
        await self._kept.insert_one(_to_document(session), session=self._session)

    async def save(self, session: BrowserSession) -> None:
        """Whole, if it is still there: a visit never brings back what was revoked."""
        await self._kept.replace_one(
            {"_id": session.id}, _to_document(session), session=self._session
        )

    async def remove(self, session: BrowserSession) -> None:
        """It counts no more."""
        await self._kept.delete_one({"_id": session.id}, session=self._session)


async def ensure(kept: Collection) -> None:
    """The indexes of sessions."""
    await ensure_indexes(
        kept,
        [
            ([("digest", 1)], {"unique": True}),
            ([("user_id", 1), ("network", 1)], {}),
            ([("expires_at", 1)], {"expireAfterSeconds": 0}),
        ],
    )


def _to_document(session: BrowserSession) -> Document:
    document: dict[str, Any] = asdict(session)
    document["_id"] = document.pop("id")
    return document


def _to_session(document: Document) -> BrowserSession:
    found = dict(document)
    found["id"] = found.pop("_id")
    return BrowserSession(**found)

"""Accounts in MongoDB."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pymongo.errors import DuplicateKeyError

from services.identity.domain import email as emails
from services.identity.domain import names
from services.identity.domain.user import Kind, Language, User
from shared.errors import Conflict, NotFound
from shared.kit.mongo import Collection, Document, Session, ensure_indexes

_LIVE = {"deleted_at": None}


class MongoUsers:
    """Keeps `ports.Users`."""

    def __init__(self, kept: Collection, session: Session | None) -> None:
        self._kept = kept
        self._session = session

    async def get(self, user_id: str) -> User:
        """By id, deleted or not."""
        document = await self._kept.find_one({"_id": user_id}, session=self._session)
        if document is None:
            raise NotFound("There is no such account.")
        return _to_user(document)

    async def named(self, username: str) -> User:
        """By name, whatever its letter case; only live ones."""
        document = await self._kept.find_one(
            {"username_key": names.key_of(username), **_LIVE}, session=self._session
        )
        if document is None:
            raise NotFound(f"There is no user {username!r}.")
        return _to_user(document)

    async def add(self, user: User) -> None:
        """A second account for one address would be two people in one mailbox."""
        try:
            await self._kept.insert_one(_to_document(user), session=self._session)
        except DuplicateKeyError:
            raise _address_taken() from None

    async def save(self, user: User) -> None:
        """Whole: an account is small."""
        try:
            await self._kept.replace_one(
                {"_id": user.id}, _to_document(user), session=self._session
            )
        except DuplicateKeyError:
            raise _address_taken() from None

    async def exist(self) -> bool:
        """Deleted ones count: an instance is new only once."""
        return await self._kept.find_one({}, {"_id": 1}, session=self._session) is not None

    async def administrators(self) -> int:
        """Live ones."""
        return await self._kept.count_documents(
            {"admin": True, "deactivated_at": None, **_LIVE}, session=self._session
        )


async def ensure(kept: Collection) -> None:
    """The indexes of accounts."""
    await ensure_indexes(
        kept,
        [
            ([("username_key", 1)], {"unique": True}),
            (
                [("email_key", 1)],
                {"unique": True, "partialFilterExpression": {"email_key": {"$type": "string"}}},
            ),
        ],
    )


def _address_taken() -> Conflict:
    return Conflict("There is an account with this e-mail address already.", field="email")


def _to_document(user: User) -> Document:
    document: dict[str, Any] = asdict(user)
    document["_id"] = document.pop("id")
    document["username_key"] = names.key_of(user.username)
    document["email_key"] = emails.key_of(user.email) if user.email else None
    return document


def _to_user(document: Document) -> User:
    found = dict(document)
    found["id"] = found.pop("_id")
    found["kind"] = Kind(found["kind"])
    found["language"] = Language(found["language"])
    for derived in ("username_key", "email_key"):
        found.pop(derived)
    return User(**found)

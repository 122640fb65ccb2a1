"""Accounts in MongoDB."""

from __future__ import annotations

import re
from collections.abc import Collection as Several
from dataclasses import asdict
from typing import Any

from pymongo.errors import DuplicateKeyError

from services.identity.domain import email as emails
from services.identity.domain import names
from services.identity.domain.user import Kind, Language, SsoIdentity, User
from shared.errors import Conflict, NotFound
from shared.kit.mongo import USER_READ_MS, Collection, Document, Session, ensure_indexes

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

    async def by_login(self, login: str) -> User | None:
        """By name or mailbox: a name never has an @."""
        field = "email_key" if "@" in login else "username_key"
        document = await self._kept.find_one(
            {field: login.strip().lower(), **_LIVE}, session=self._session
        )
        return _to_user(document) if document else None

    async def by_sso(self, identity: SsoIdentity) -> User | None:
        """By what a provider calls them."""
        document = await self._kept.find_one(
            {"sso": {"$elemMatch": asdict(identity)}, **_LIVE}, session=self._session
        )
        return _to_user(document) if document else None

    async def many(self, user_ids: Several[str]) -> list[User]:
        """Those of the ids that are live, oldest first."""
        found = self._kept.find({"_id": {"$in": list(user_ids)}, **_LIVE}, session=self._session)
        return [_to_user(document) async for document in found.sort("_id", 1)]

    async def named_any(self, usernames: Several[str]) -> list[User]:
        """Those of the names that are live."""
        keys = [names.key_of(name) for name in usernames]
        found = self._kept.find({"username_key": {"$in": keys}, **_LIVE}, session=self._session)
        return [_to_user(document) async for document in found]

    async def search(
        self, text: str, among: Several[str] | None, after: str | None, limit: int
    ) -> list[User]:
        """Live people whose name or mailbox has the text, in the order of their names."""
        wanted: Document = {"kind": Kind.USER.value, **_LIVE}
        if text:
            pattern = {"$regex": re.escape(text.lower())}
            by_name = {"name": {"$regex": re.escape(text), "$options": "i"}}
            wanted["$or"] = [{"username_key": pattern}, {"email_key": pattern}, by_name]
        if among is not None:
            wanted["_id"] = {"$in": list(among)}
        if after is not None:
            wanted["username_key"] = {"$gt": after}
        found = self._kept.find(wanted, session=self._session, max_time_ms=USER_READ_MS)
        found = found.sort("username_key", 1).limit(limit)
        return [_to_user(document) async for document in found]

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
            (
                [("sso.issuer", 1), ("sso.subject", 1)],
                {"unique": True, "partialFilterExpression": {"sso.subject": {"$exists": True}}},
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
    found["sso"] = [SsoIdentity(**identity) for identity in found["sso"]]
    found["language"] = Language(found["language"])
    for derived in ("username_key", "email_key"):
        found.pop(derived)
    return User(**found)

"""The registry of names in MongoDB: one document a name, in small letters, never removed."""

from __future__ import annotations

from collections.abc import Iterable

from pymongo.errors import DuplicateKeyError

from services.identity.domain import names
from shared.errors import Conflict
from shared.kit.mongo import Collection, Session


class MongoNames:
    """Keeps `ports.Names`."""

    def __init__(self, kept: Collection, session: Session | None) -> None:
        self._kept = kept
        self._session = session

    async def take(self, name: str, owner_id: str) -> None:
        """The unique `_id` is what makes the name unique."""
        try:
            await self._kept.insert_one(
                {"_id": names.key_of(name), "name": name, "owner": owner_id}, session=self._session
            )
        except DuplicateKeyError:
            raise Conflict(f"The name {name!r} is taken.", field="name") from None

    async def first_free(self, candidates: Iterable[str]) -> str:
        """One look at a time: the first is nearly always free."""
        for name in candidates:
            found = await self._kept.find_one({"_id": names.key_of(name)}, session=self._session)
            if found is None:
                return name
        raise Conflict("No name is left that resembles this one.", field="username")

"""Letters that wait to be sent, sealed: their links are secrets that no dump may show."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timedelta

from pymongo import ReturnDocument

from services.identity.domain.letter import Letter
from services.identity.ports import Mint, WaitingLetter
from shared.kit import clock
from shared.kit.ids import new_id
from shared.kit.mongo import Collection, Session, ensure_indexes

_LEASE = timedelta(minutes=2)


class MongoLetters:
    """Keeps `ports.Letters` and `ports.LetterQueue`."""

    def __init__(self, kept: Collection, mint: Mint, session: Session | None = None) -> None:
        self._kept = kept
        self._mint = mint
        self._session = session

    async def put(self, letter: Letter) -> None:
        """To be sent once the change has committed."""
        now = clock.now()
        await self._kept.insert_one(
            {
                "_id": new_id(),
                "sealed": self._mint.seal(json.dumps(asdict(letter))),
                "put_at": now,
                "due_at": now,
                "attempts": 0,
            },
            session=self._session,
        )

    async def take(self, at: datetime) -> WaitingLetter | None:
        """The next that is due; nobody else gets it for two minutes."""
        found = await self._kept.find_one_and_update(
            {"due_at": {"$lte": at}},
            {"$set": {"due_at": at + _LEASE}, "$inc": {"attempts": 1}},
            sort=[("due_at", 1)],
            return_document=ReturnDocument.AFTER,
        )
        if found is None:
            return None
        letter = Letter(**json.loads(self._mint.unseal(found["sealed"])))
        return WaitingLetter(found["_id"], letter, found["attempts"], found["put_at"])

    async def put_back(self, waiting: WaitingLetter, due_at: datetime) -> None:
        """Try again then."""
        await self._kept.update_one({"_id": waiting.id}, {"$set": {"due_at": due_at}})

    async def remove(self, waiting: WaitingLetter) -> None:
        """Sent, or given up."""
        await self._kept.delete_one({"_id": waiting.id})


async def ensure(kept: Collection) -> None:
    """The index of letters."""
    await ensure_indexes(kept, [([("due_at", 1)], {})])

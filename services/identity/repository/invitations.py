"""Invitations in MongoDB; an open one is unique for its team and invitee."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from services.identity.domain.invitation import Invitation, Outcome
from shared.errors import Conflict, NotFound
from shared.kit.mongo import Collection, Document, Session, ensure_indexes
from shared.permissions import Role


class MongoInvitations:
    """Keeps `ports.Invitations`."""

    def __init__(self, kept: Collection, session: Session | None) -> None:
        self._kept = kept
        self._session = session

    async def get(self, invitation_id: str) -> Invitation:
        """Ended ones are found: the domain says how they ended."""
        return await self._one({"_id": invitation_id})

    async def by_digest(self, digest: str) -> Invitation:
        """By its latest token."""
        return await self._one({"digest": digest})

    async def add(self, invitation: Invitation) -> None:
        """Inviting twice is re-sending."""
        try:
            await self._kept.insert_one(_to_document(invitation), session=self._session)
        except DuplicateKeyError:
            raise Conflict("They are invited already; send it again instead.") from None

    async def save(self, invitation: Invitation) -> None:
        """Whole."""
        await self._kept.replace_one(
            {"_id": invitation.id}, _to_document(invitation), session=self._session
        )

    async def open_of(self, team: str) -> list[Invitation]:
        """Not yet answered, the latest first; may have expired."""
        return await self._several({"team": team, "open": True})

    async def open_for(self, invitees: Sequence[str], moment: datetime) -> list[Invitation]:
        """Not yet answered nor expired, the latest first."""
        return await self._several(
            {"invitee": {"$in": list(invitees)}, "open": True, "expires_at": {"$gt": moment}}
        )

    async def _one(self, wanted: Document) -> Invitation:
        document = await self._kept.find_one(wanted, session=self._session)
        if document is None:
            raise NotFound("There is no such invitation.")
        return _to_invitation(document)

    async def _several(self, wanted: Document) -> list[Invitation]:
        found = self._kept.find(wanted, session=self._session).sort("_id", -1)
        return [_to_invitation(document) async for document in found]


async def ensure(kept: Collection) -> None:
    """The indexes of invitations."""
    open_ones = {"partialFilterExpression": {"open": True}}
    await ensure_indexes(
        kept,
        [
            ([("digest", 1)], {"unique": True}),
            ([("team", 1), ("invitee", 1)], {"unique": True, **open_ones}),
            ([("invitee", 1)], open_ones),
        ],
    )


def _to_document(invitation: Invitation) -> Document:
    document: dict[str, Any] = asdict(invitation)
    document["_id"] = document.pop("id")
    document["open"] = invitation.outcome is None
    return document


def _to_invitation(document: Document) -> Invitation:
    found = dict(document)
    found["id"] = found.pop("_id")
    found.pop("open")
    found["role"] = Role(found["role"])
    found["outcome"] = Outcome(found["outcome"]) if found["outcome"] else None
    return Invitation(**found)

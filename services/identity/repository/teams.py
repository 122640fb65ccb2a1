"""Teams in MongoDB: one document a team with its members inside, so that rules about them hold.

Two changes of one team write the same document, so they cannot both commit on an old view of it.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from services.identity.domain import names
from services.identity.domain.membership import Membership
from services.identity.domain.team import Member, Privacy, Team, absent
from services.identity.domain.user import Kind
from shared.kit.mongo import USER_READ_MS, Collection, Document, Session, ensure_indexes
from shared.permissions import Role

_LIVE = {"deleted_at": None}


class MongoTeams:
    """Keeps `ports.Teams`."""

    def __init__(self, kept: Collection, session: Session | None) -> None:
        self._kept = kept
        self._session = session

    async def named(self, name: str) -> Team:
        """By name, whatever its letter case."""
        document = await self._kept.find_one(
            {"name_key": names.key_of(name), **_LIVE}, session=self._session
        )
        if document is None:
            raise absent()
        return _to_team(document)

    async def add(self, team: Team) -> None:
        """Its name was taken before."""
        await self._kept.insert_one(_to_document(team), session=self._session)

    async def save(self, team: Team) -> None:
        """Whole."""
        await self._kept.replace_one({"_id": team.id}, _to_document(team), session=self._session)

    async def memberships(self, principal_id: str) -> list[Membership]:
        """Reads the one matching member of each team, not all of them."""
        found = self._kept.find(
            {"members.id": principal_id, **_LIVE},
            {"name": 1, "organization": 1, "members.$": 1},
            session=self._session,
        )
        return [
            Membership(team["name"], team["organization"], Role(team["members"][0]["role"]))
            async for team in found
        ]

    async def of(self, principal_id: str) -> list[Team]:
        """Whole, in the order of their names."""
        return await self._found({"members.id": principal_id}, 1000)

    async def under(self, organization: str) -> list[Team]:
        """Those of an organization."""
        return await self._found({"organization": organization}, 0)

    async def page(self, after: str | None, limit: int) -> list[Team]:
        """All, in the order of their names."""
        return await self._found({"name_key": {"$gt": after or ""}}, limit)

    async def recommended(self) -> list[Team]:
        """Those that show themselves to colleagues."""
        return await self._found({"privacy.recommend_domain": True, "privacy.hidden": False}, 1000)

    async def _found(self, wanted: Document, limit: int) -> list[Team]:
        found = self._kept.find(
            {**wanted, **_LIVE}, session=self._session, max_time_ms=USER_READ_MS
        )
        return [_to_team(document) async for document in found.sort("name_key", 1).limit(limit)]


async def ensure(kept: Collection) -> None:
    """The indexes of teams."""
    await ensure_indexes(
        kept,
        [
            ([("name_key", 1)], {"unique": True}),
            ([("members.id", 1)], {}),
            ([("organization", 1)], {}),
        ],
    )


def _to_document(team: Team) -> Document:
    document: dict[str, Any] = asdict(team)
    document["_id"] = document.pop("id")
    document["name_key"] = names.key_of(team.name)
    return document


def _to_team(document: Document) -> Team:
    found = dict(document)
    found["id"] = found.pop("_id")
    found.pop("name_key")
    found["privacy"] = Privacy(**found["privacy"])
    found["members"] = [
        Member(**member | {"role": Role(member["role"]), "kind": Kind(member["kind"])})
        for member in found["members"]
    ]
    return Team(**found)

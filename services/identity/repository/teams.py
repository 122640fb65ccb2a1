"""Teams in MongoDB: one document a team with its members inside, so that rules about them hold."""

from __future__ import annotations

from shared.kit.mongo import Collection, Session, ensure_indexes


class MongoTeams:
    """Keeps `ports.Teams`."""

    def __init__(self, kept: Collection, session: Session | None) -> None:
        self._kept = kept
        self._session = session

    async def roles_of(self, principal_id: str) -> dict[str, str]:
        """Reads the one matching member of each team, not all of them."""
        found = self._kept.find(
            {"members.id": principal_id, "deleted_at": None},
            {"name": 1, "members.$": 1},
            session=self._session,
        )
        return {team["name"]: team["members"][0]["role"] async for team in found}


async def ensure(kept: Collection) -> None:
    """The indexes of teams."""
    await ensure_indexes(kept, [([("name_key", 1)], {"unique": True}), ([("members.id", 1)], {})])

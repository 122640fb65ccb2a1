"""Maintenance kept in MongoDB, and forgotten once it is over."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from services.alerts.domain.maintenance import Maintenance
from shared.errors import NotFound
from shared.kit.mongo import Database, ensure_indexes


class MongoMaintenance:
    """The `maintenance` collection."""

    def __init__(self, database: Database) -> None:
        self._maintenance = database["maintenance"]

    async def prepare(self) -> None:
        """Indexes, at start-up."""
        await ensure_indexes(
            self._maintenance,
            [
                ([("entity", 1), ("starts_at", 1)], {}),
                ([("ends_at", 1)], {"name": "over", "expireAfterSeconds": 0}),
            ],
        )

    async def add(self, planned: Maintenance) -> None:
        """Plan it."""
        document = asdict(planned)
        await self._maintenance.insert_one({"_id": document.pop("id"), **document})

    async def get(self, own_id: str) -> Maintenance:
        """Raises NotFound."""
        found = await self._maintenance.find_one({"_id": own_id})
        if found is None:
            raise NotFound("No such maintenance.")
        return Maintenance(id=found.pop("_id"), **found)

    async def remove(self, own_id: str) -> None:
        """It is over, or will not be."""
        await self._maintenance.delete_one({"_id": own_id})

    async def of_team(self, entity: str, now: datetime) -> list[Maintenance]:
        """What is now and what is to come, the next first."""
        where = {"entity": entity, "ends_at": {"$gt": now}}
        cursor = self._maintenance.find(where).sort("starts_at", 1).limit(1_000)
        return [Maintenance(id=found.pop("_id"), **found) async for found in cursor]

    async def at(self, entity: str, project: str, now: datetime) -> Maintenance | None:
        """The one that a project is in now, if it is in one."""
        where = {
            "entity": entity,
            "project": {"$in": [None, project]},
            "starts_at": {"$lte": now},
            "ends_at": {"$gt": now},
        }
        found = await self._maintenance.find_one(where)
        return Maintenance(id=found.pop("_id"), **found) if found else None

"""Alerts kept in MongoDB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from services.alerts.domain.alert import Alert
from services.alerts.repository.paging import page_of
from shared.errors import NotFound
from shared.kit.mongo import Database, Document, ensure_indexes


class MongoAlerts:
    """The `alerts` collection."""

    def __init__(self, database: Database) -> None:
        self._alerts = database["alerts"]

    async def prepare(self) -> None:
        """Indexes, at start-up."""
        await ensure_indexes(
            self._alerts,
            [
                ([("project_id", 1), ("fired_at", -1), ("_id", -1)], {}),
                ([("rule_id", 1), ("run_id", 1)], {}),
                ([("run_id", 1)], {}),
            ],
        )

    async def get(self, alert_id: str) -> Alert:
        """Raises NotFound."""
        document = await self._alerts.find_one({"_id": alert_id})
        if document is None:
            raise NotFound("No such alert.")
        return to_alert(document)

    async def save(self, alert: Alert) -> None:
        """What somebody made of it."""
        made = ("state", "snoozed_until", "handled_by")
        update = {"$set": {name: getattr(alert, name) for name in made}}
        await self._alerts.update_one({"_id": alert.id}, update)

    async def page(
        self, where: Mapping[str, Any], limit: int, after: str | None
    ) -> tuple[list[Alert], str | None]:
        """Newest first, with the cursor of the next page."""
        found, cursor = await page_of(self._alerts, where, "fired_at", limit, after)
        return [to_alert(document) for document in found], cursor

    async def quiet(
        self, rule_id: str, run_id: str, now: datetime, artifact: str | None = None
    ) -> bool:
        """Whether somebody snoozed the rule for this run or called it noise."""
        said = [{"snoozed_until": {"$gt": now}}, {"state": "noise"}]
        where = {**_about(rule_id, run_id, artifact), "$or": said}
        return await self._alerts.find_one(where, {"_id": 1}) is not None

    async def fired_since(
        self, rule_id: str, run_id: str, since: datetime, artifact: str | None = None
    ) -> bool:
        """Whether the rule has fired in this run after that."""
        where = {**_about(rule_id, run_id, artifact), "fired_at": {"$gt": since}}
        return await self._alerts.find_one(where, {"_id": 1}) is not None

    async def follow(self, run_ids: Sequence[str], project_id: str) -> None:
        """The runs went to another project, and what they fired goes along."""
        where = {"run_id": {"$in": list(run_ids)}}
        await self._alerts.update_many(where, {"$set": {"project_id": project_id}})


def _about(rule_id: str, run_id: str, artifact: str | None) -> Document:
    """An artifact that no run logged stands for itself."""
    where = {"rule_id": rule_id, "run_id": run_id}
    return where if run_id or artifact is None else {**where, "artifact": artifact}


def to_document(alert: Alert) -> Document:
    """A whole alert, as inserted."""
    document = asdict(alert)
    return {"_id": document.pop("id"), **document}


def to_alert(document: Document) -> Alert:
    """The reverse."""
    fields = dict(document)
    return Alert(id=fields.pop("_id"), **fields)

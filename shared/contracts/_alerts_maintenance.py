"""Maintenance: while somebody works on the machines, alerts are kept and nobody is told."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from shared.contracts._kinds import Call, Message, Nothing


class MaintenanceView(Message):
    """Without a `project`, of all the team's."""

    id: str
    entity: str
    project: str | None = None
    starts_at: datetime
    ends_at: datetime
    reason: str = ""
    created_by: str


class PlanMaintenance(Message):
    """Members may; at most thirty days."""

    entity: str
    project: str | None = None
    starts_at: datetime
    ends_at: datetime
    reason: str = Field(default="", max_length=1024)


class ListMaintenance(Message):
    """What is now and what is to come, for members of the team."""

    entity: str


class Maintenances(Message):
    """The next first."""

    items: list[MaintenanceView]


class EndMaintenance(Message):
    """From now on people are told again."""

    id: str


PLAN_MAINTENANCE = Call("alerts.maintenance.plan", PlanMaintenance, MaintenanceView)
LIST_MAINTENANCE = Call("alerts.maintenance.list", ListMaintenance, Maintenances)
END_MAINTENANCE = Call("alerts.maintenance.end", EndMaintenance, Nothing)

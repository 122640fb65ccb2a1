"""`/api/v1/teams/{team}/maintenance`: times in which nobody is told of alerts."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.dependencies import AskAs
from gateway.http.forms import Moment
from shared.contracts.alerts import (
    END_MAINTENANCE,
    LIST_MAINTENANCE,
    PLAN_MAINTENANCE,
    EndMaintenance,
    ListMaintenance,
    MaintenanceView,
    PlanMaintenance,
)

router = APIRouter(tags=["maintenance"])


class MaintenanceBody(BaseModel):
    """Without a `project`, of all the team's."""

    model_config = ConfigDict(extra="forbid")

    project: str | None = None
    starts_at: Moment
    ends_at: Moment
    reason: Annotated[str, Field(max_length=1024)] = ""


@router.post("/teams/{team}/maintenance", status_code=201)
async def plan_maintenance(team: str, body: MaintenanceBody, ask: AskAs) -> MaintenanceView:
    """Alerts that fire meanwhile are kept; nobody is told."""
    return await ask(PLAN_MAINTENANCE, PlanMaintenance(entity=team, **body.model_dump()))


@router.get("/teams/{team}/maintenance")
async def list_maintenance(team: str, ask: AskAs) -> dict[str, Any]:
    """What is now and what is to come."""
    found = await ask(LIST_MAINTENANCE, ListMaintenance(entity=team))
    return {"items": [one.model_dump(mode="json") for one in found.items], "next": None}


@router.delete("/teams/{team}/maintenance/{maintenance_id}", status_code=204)
async def end_maintenance(team: str, maintenance_id: str, ask: AskAs) -> Response:
    """From now on people are told again."""
    await ask(END_MAINTENANCE, EndMaintenance(id=maintenance_id))
    return Response(status_code=204)

"""`/api/v1/projects/.../alerts`: what has fired, and what was made of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.dependencies import AskAs, AskAsAnybody
from shared.contracts.alerts import (
    HANDLE_ALERT,
    LIST_ALERTS,
    AlertPage,
    AlertState,
    AlertView,
    HandleAlert,
    ListAlerts,
)

router = APIRouter(tags=["alerts"])


class HandleBody(BaseModel):
    """`snooze_s` also quiets the alert's rule for its run; `noise` quiets it for good."""

    model_config = ConfigDict(extra="forbid")

    state: AlertState | None = None
    snooze_s: Annotated[float | None, Field(ge=0, le=30 * 86_400)] = None


@router.get("/projects/{entity}/{project}/alerts", response_model=AlertPage)
async def list_alerts(
    entity: str,
    project: str,
    ask: AskAsAnybody,
    run: str | None = None,
    rule_id: str | None = None,
    state: AlertState | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    cursor: str | None = None,
) -> Response:
    """Alerts of a project, newest first. Values that are no number are told as words."""
    question = ListAlerts(
        entity=entity,
        project=project,
        run=run,
        rule_id=rule_id,
        state=state,
        limit=limit,
        cursor=cursor,
    )
    page = await ask(LIST_ALERTS, question)
    return Response(page.model_dump_json(), media_type="application/json")


@router.patch("/alerts/{alert_id}", response_model=AlertView)
async def handle_alert(alert_id: str, body: HandleBody, ask: AskAs) -> Response:
    """Acknowledge it, snooze it, or call it noise."""
    question = HandleAlert(id=alert_id, state=body.state, snooze_s=body.snooze_s)
    view = await ask(HANDLE_ALERT, question)
    return Response(view.model_dump_json(), media_type="application/json")

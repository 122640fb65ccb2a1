"""`/api/v1/teams/{team}/deliveries`: what was sent, and sending it again."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from gateway.dependencies import AskAs
from gateway.http.forms import Moment
from shared.contracts.alerts import (
    LIST_DELIVERIES,
    REPLAY_DELIVERIES,
    REPLAY_DELIVERY,
    DeliveryView,
    ListDeliveries,
    ReplayDeliveries,
    ReplayDelivery,
    Replayed,
)

router = APIRouter(tags=["deliveries"])


class ReplayBody(BaseModel):
    """Deliveries of one channel that were made in `[since, until)`; failed ones unless told."""

    model_config = ConfigDict(extra="forbid")

    channel_id: str
    since: Moment
    until: Moment | None = None
    only_failed: bool = True


@router.get("/teams/{team}/deliveries")
async def list_deliveries(
    team: str,
    ask: AskAs,
    channel_id: str | None = None,
    alert_id: str | None = None,
    state: Literal["pending", "delivered", "failed"] | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    cursor: str | None = None,
) -> dict[str, Any]:
    """Every delivery of the last thirty days with its attempts, newest first."""
    page = await ask(
        LIST_DELIVERIES,
        ListDeliveries(
            team=team,
            channel_id=channel_id,
            alert_id=alert_id,
            state=state,
            limit=limit,
            cursor=cursor,
        ),
    )
    return page.model_dump(mode="json")


@router.post("/deliveries/{delivery_id}:replay")
async def replay_delivery(delivery_id: str, ask: AskAs) -> DeliveryView:
    """Send it again, under the same `webhook-id`."""
    return await ask(REPLAY_DELIVERY, ReplayDelivery(id=delivery_id))


@router.post("/teams/{team}/deliveries:replay")
async def replay_deliveries(team: str, body: ReplayBody, ask: AskAs) -> Replayed:
    """The same for many."""
    return await ask(REPLAY_DELIVERIES, ReplayDeliveries(**body.model_dump()))

"""`/healthz`, `/readyz`, `/metrics`: alive; able to work; what was counted."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from gateway.dependencies import TheBus
from shared.contracts.health import CHECK_ALERTS, CHECK_IDENTITY, CHECK_RUNS, CheckHealth
from shared.errors import CordeeError
from shared.messaging.bus import Bus

router = APIRouter(include_in_schema=False)

CHECKS = {"identity": CHECK_IDENTITY, "runs": CHECK_RUNS, "alerts": CHECK_ALERTS}
PATIENCE = 2.0


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """This process lives."""
    return {"status": "ok"}


@router.get("/readyz")
@router.get("/ready")
async def readyz(request: Request, bus: TheBus) -> JSONResponse:
    """Every service has just written something durable."""
    names = list(CHECKS)
    states = await asyncio.gather(*(_check(bus, name) for name in names))
    ready = all(state == "ok" for state in states)
    body: dict[str, Any] = {"ready": ready, "services": dict(zip(names, states, strict=True))}
    headers = {} if ready else {"Retry-After": "2"}
    return JSONResponse(body, 200 if ready else 503, headers=headers)


@router.get("/metrics")
async def metrics() -> Response:
    """In Prometheus' text form."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _check(bus: Bus, name: str) -> str:
    try:
        health = await bus.call(CHECKS[name], CheckHealth(), patience=PATIENCE)
    except CordeeError as error:
        return error.message
    return "ok" if health.ok else health.detail

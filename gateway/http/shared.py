"""`/api/v1/shared`: what a share link shows. Its token comes in the header `X-Cordee-Share`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from gateway.dependencies import AskAsVisitor
from gateway.http.projects import history_of, run_document
from gateway.http.run_data import curves_of, keys_of
from shared.contracts.runs import GET_SHARED, GetShared, RunPath, SharedView

router = APIRouter(tags=["share links"])

RUN = "/shared/runs/{run_id}"


@router.get("/shared")
async def get_shared(ask: AskAsVisitor) -> SharedView:
    """What the link shows, and until when."""
    return await ask(GET_SHARED, GetShared())


@router.get(RUN)
async def get_shared_run(run_id: str, ask: AskAsVisitor) -> Response:
    """A run with its config and summary; not of a report, which shows its charts alone."""
    return await run_document(RunPath(id=run_id), ask)


@router.get(RUN + "/keys")
async def list_shared_keys(run_id: str, ask: AskAsVisitor) -> Response:
    """Which metrics it has."""
    return await keys_of(RunPath(id=run_id), ask)


@router.get(RUN + "/curves")
async def get_shared_curves(
    run_id: str,
    ask: AskAsVisitor,
    key: Annotated[list[str], Query(min_length=1, max_length=64)],
    x: str = "_step",
    low: float | None = None,
    high: float | None = None,
    points: Annotated[int, Query(ge=2, le=20_000)] = 1000,
) -> Response:
    """As for its owners; of a report, the metrics that its charts draw."""
    return await curves_of(RunPath(id=run_id), ask, key, x, low, high, points)


@router.get(RUN + "/history")
async def get_shared_history(
    run_id: str,
    ask: AskAsVisitor,
    request: Request,
    keys: str = "",
    min_step: int | None = None,
    max_step: int | None = None,
    samples: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
) -> Response:
    """As for its owners, but not live."""
    wanted = [key for key in keys.split(",") if key]
    path = RunPath(id=run_id)
    return await history_of(path, ask, request, wanted, min_step, max_step, samples, name=run_id)

"""`/api/v1/sweeps`: what is searched, how far the search is, and whether it goes on."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Response

from gateway.dependencies import AskAs, AskAsAnybody
from gateway.http.forms import Cursor, Form, Limit
from gateway.http.projects import plain
from shared.contracts.runs import (
    GET_SWEEP,
    LIST_AGENTS,
    LIST_SWEEPS,
    UPSERT_SWEEP,
    GetSweep,
    ListAgents,
    ListSweeps,
    SweepPath,
    SweepView,
    UpsertSweep,
)

router = APIRouter(tags=["sweeps"])

SWEEP = "/sweeps/{entity}/{project}/{sweep}"


class SweepChange(Form):
    """Paused sweeps go on when they are RUNNING again; FINISHED ones hand out no more runs; of
    CANCELED ones the runs that go on are stopped, too, and there is no way back."""

    state: Literal["RUNNING", "PAUSED", "FINISHED", "CANCELED"]


@router.get("/projects/{entity}/{project}/sweeps")
async def list_sweeps(
    entity: str, project: str, ask: AskAsAnybody, limit: Limit = 50, cursor: Cursor = None
) -> dict[str, Any]:
    """Sweeps of a project, newest first."""
    question = ListSweeps(entity=entity, project=project, limit=limit, cursor=cursor, counted=True)
    page = await ask(LIST_SWEEPS, question)
    return {"items": [_shown(item) for item in page.items], "next": page.next, "total": page.total}


@router.get(SWEEP)
async def get_sweep(entity: str, project: str, sweep: str, ask: AskAsAnybody) -> Response:
    """One sweep with its parameters, its best run, and the agents that work for it."""
    path = SweepPath(entity=entity, project=project, sweep=sweep)
    found = await ask(GET_SWEEP, GetSweep(path=path))
    agents = await ask(LIST_AGENTS, ListAgents(path=SweepPath(id=found.id)))
    told = [agent.model_dump(mode="json", exclude={"sweep_id"}) for agent in agents.items]
    return plain(_shown(found) | {"agents": told})


@router.patch(SWEEP)
async def change_sweep(
    entity: str, project: str, sweep: str, body: SweepChange, ask: AskAs
) -> dict[str, Any]:
    """Pause, go on, end, or cancel."""
    path = SweepPath(entity=entity, project=project, sweep=sweep)
    found = await ask(GET_SWEEP, GetSweep(path=path, counted=False))
    return _shown(await ask(UPSERT_SWEEP, UpsertSweep(id=found.id, state=body.state)))


def _shown(view: SweepView) -> dict[str, Any]:
    return view.model_dump(mode="json")

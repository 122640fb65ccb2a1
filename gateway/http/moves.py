"""`runs:move`, `runs:copy` and `/api/v1/moves`: runs to another project, and back."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from gateway.dependencies import AskAs, Asker
from gateway.http.forms import json_text
from shared.contracts.runs import (
    GET_MOVE,
    MOVE_RUNS,
    UNDO_MOVE,
    GetMove,
    MoveRuns,
    MoveView,
    UndoMove,
)
from shared.errors import Invalid

router = APIRouter(tags=["moves"])

PATIENCE = 120.0


class Place(BaseModel):
    """Where the runs go."""

    model_config = ConfigDict(extra="forbid")

    entity: str
    project: str


class MoveBody(BaseModel):
    """Which runs: by name, or by the SDK's filter; at least one of the two.

    `dry_run` only tells how many would go and who could not read them afterwards. Without `wait`
    the answer comes at once, and `GET /api/v1/moves/{id}` tells how far the move has come.
    """

    model_config = ConfigDict(extra="forbid")

    runs: list[str] | None = None
    filters: dict[str, Any] | None = None
    to: Place
    dry_run: bool = False
    wait: bool = True


@router.post("/projects/{entity}/{project}/runs:move")
async def move_runs(entity: str, project: str, body: MoveBody, ask: AskAs) -> dict[str, Any]:
    """Move runs with everything that belongs to them. Old paths go on working."""
    return await _send(entity, project, body, ask, copy=False)


@router.post("/projects/{entity}/{project}/runs:copy")
async def copy_runs(entity: str, project: str, body: MoveBody, ask: AskAs) -> dict[str, Any]:
    """Copy ended runs under new ids; the originals stay."""
    return await _send(entity, project, body, ask, copy=True)


@router.get("/moves/{move_id}")
async def get_move(move_id: str, ask: AskAs) -> dict[str, Any]:
    """How far a move has come."""
    return _shown(await ask(GET_MOVE, GetMove(id=move_id)))


@router.post("/moves/{move_id}:undo")
async def undo_move(move_id: str, ask: AskAs) -> dict[str, Any]:
    """Bring the runs back; possible for seven days."""
    return _shown(await ask(UNDO_MOVE, UndoMove(id=move_id), PATIENCE))


async def _send(
    entity: str, project: str, body: MoveBody, ask: Asker, *, copy: bool
) -> dict[str, Any]:
    if body.runs is None and body.filters is None:
        raise Invalid("runs: name the runs, or give filters.", field="runs")
    question = MoveRuns(
        entity=entity,
        project=project,
        runs=body.runs,
        filters=json_text(body.filters, "filters") if body.filters is not None else None,
        to_entity=body.to.entity,
        to_project=body.to.project,
        copy_them=copy,
        dry_run=body.dry_run,
        wait=body.wait,
    )
    return _shown(await ask(MOVE_RUNS, question, PATIENCE))


def _shown(view: MoveView) -> dict[str, Any]:
    found = view.model_dump(mode="json")
    return {"moved": found.pop("done"), **found}

"""`/api/v1/projects` and `/api/v1/runs`: lists, settings, histories."""

from __future__ import annotations

import json
import math
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict

from gateway.dependencies import AskAs, AskAsAnybody
from shared.contracts.runs import (
    GET_PROJECT,
    GET_RUN,
    LIST_PROJECTS,
    LIST_RUNS,
    READ_POINTS,
    SET_PROJECT_MEMBER,
    UPSERT_PROJECT,
    GetProject,
    GetRun,
    ListProjects,
    ListRuns,
    ProjectView,
    ReadPoints,
    RunPath,
    RunView,
    SetProjectMember,
    UpsertProject,
)
from shared.dialect import decode_row
from shared.errors import Invalid

router = APIRouter(tags=["projects"])

_TEXTS = ["config", "summary"]


class ProjectChange(BaseModel):
    """What may be changed; what is absent stays."""

    model_config = ConfigDict(extra="forbid")

    visibility: Literal["open", "public", "team", "restricted", "private"] | None = None
    description: str | None = None


class NamedMember(BaseModel):
    """A viewer reads, a member also logs."""

    model_config = ConfigDict(extra="forbid")

    role: Literal["member", "viewer"]


@router.get("/projects/{entity}")
async def list_projects(
    entity: str,
    ask: AskAsAnybody,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    cursor: str | None = None,
) -> dict[str, Any]:
    """Projects of an entity that you may see, newest first."""
    page = await ask(LIST_PROJECTS, ListProjects(entity=entity, limit=limit, cursor=cursor))
    return {"items": [_project(item) for item in page.items], "next": page.next}


@router.get("/projects/{entity}/{project}")
async def get_project(entity: str, project: str, ask: AskAsAnybody) -> dict[str, Any]:
    """One project."""
    return _project(await ask(GET_PROJECT, GetProject(entity=entity, project=project)))


@router.patch("/projects/{entity}/{project}")
async def change_project(
    entity: str, project: str, body: ProjectChange, ask: AskAs
) -> dict[str, Any]:
    """Change who a project is for, or what it says about itself."""
    await ask(GET_PROJECT, GetProject(entity=entity, project=project))
    change = UpsertProject(entity=entity, project=project, **body.model_dump())
    return _project((await ask(UPSERT_PROJECT, change)).project)


@router.put("/projects/{entity}/{project}/members/{username}")
async def name_member(
    entity: str, project: str, username: str, body: NamedMember, ask: AskAs
) -> dict[str, Any]:
    """Let somebody of the team into a restricted project. Its admins only."""
    named = SetProjectMember(entity=entity, project=project, username=username, role=body.role)
    return _project(await ask(SET_PROJECT_MEMBER, named))


@router.delete("/projects/{entity}/{project}/members/{username}", status_code=204)
async def unname_member(entity: str, project: str, username: str, ask: AskAs) -> Response:
    """No longer let them in."""
    named = SetProjectMember(entity=entity, project=project, username=username)
    await ask(SET_PROJECT_MEMBER, named)
    return Response(status_code=204)


@router.get("/projects/{entity}/{project}/runs")
async def list_runs(
    entity: str,
    project: str,
    ask: AskAsAnybody,
    filters: str | None = None,
    order: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    cursor: str | None = None,
) -> Response:
    """Runs of a project. `filters` is MongoDB-like JSON, `order` e.g. `-summary_metrics.loss`."""
    page = await ask(
        LIST_RUNS,
        ListRuns(
            entity=entity,
            project=project,
            filters=filters,
            order=order,
            limit=limit,
            cursor=cursor,
            fields=_TEXTS,
        ),
        patience=20.0,
    )
    return _plain({"items": [_run(item) for item in page.items], "next": page.next})


@router.get("/runs/{entity}/{project}/{run}")
async def get_run(entity: str, project: str, run: str, ask: AskAsAnybody) -> Response:
    """One run with its config and summary."""
    path = RunPath(entity=entity, project=project, run=run)
    return _plain(_run(await ask(GET_RUN, GetRun(path=path, fields=_TEXTS))))


@router.get("/runs/{entity}/{project}/{run}/history")
async def get_history(
    entity: str,
    project: str,
    run: str,
    ask: AskAsAnybody,
    keys: str,
    min_step: int | None = None,
    max_step: int | None = None,
    samples: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
) -> Response:
    """Chosen metrics, one list per row. `keys` is comma-separated; `max_step` is exclusive."""
    wanted = list(dict.fromkeys(["_step", *(key for key in keys.split(",") if key)]))
    if len(wanted) < 2:
        raise Invalid("keys: name at least one metric.", field="keys")
    points = await ask(
        READ_POINTS,
        ReadPoints(
            path=RunPath(entity=entity, project=project, run=run),
            keys=wanted,
            min_step=min_step,
            max_step=max_step,
            samples=samples,
            partial=True,
        ),
        patience=25.0,
    )
    # Not by the dialect's rules for one line: the list stands a level above what may be deepest.
    rows: list[dict[str, Any]] = json.loads(points.text)
    table = [[row.get(key) for key in wanted] for row in rows]
    return _plain({"keys": wanted, "rows": table})


def _project(view: ProjectView) -> dict[str, Any]:
    return view.model_dump(mode="json", exclude={"number"})


def _run(view: RunView) -> dict[str, Any]:
    found = view.model_dump(mode="json", exclude={"project_number", "system_metrics"})
    config = decode_row(view.config or "{}")
    found["config"] = {
        key: entry["value"] if isinstance(entry, dict) and "value" in entry else entry
        for key, entry in config.items()
        if key != "_wandb"
    }
    found["summary"] = decode_row(view.summary or "{}")
    return found


def _plain(body: Any) -> Response:
    """Strict JSON: NaN and the infinities are the strings that contract.md names."""
    return Response(orjson.dumps(_strict(body)), media_type="application/json")


def _strict(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, dict):
        return {key: _strict(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_strict(inner) for inner in value]
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return str(value)
    return value

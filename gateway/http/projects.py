"""`/api/v1/projects` and `/api/v1/runs`: lists, settings, histories."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from gateway.dependencies import AskAs, AskAsAnybody, Asker
from gateway.http import live, live_runs, tables
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

router = APIRouter(tags=["projects"])

_TEXTS = ["config", "summary"]


class ProjectChange(BaseModel):
    """What may be changed; what is absent stays."""

    model_config = ConfigDict(extra="forbid")

    visibility: Literal["open", "public", "team", "restricted", "private"] | None = None
    description: str | None = None


class NamedMember(BaseModel):
    """A viewer reads, a member also logs; in a registry an admin manages it."""

    model_config = ConfigDict(extra="forbid")

    role: Literal["admin", "member", "viewer"]


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
    trash: bool = False,
    key: Annotated[list[str] | None, Query(max_length=200)] = None,
) -> Response:
    """Runs of a project. `filters` is MongoDB-like JSON, `order` e.g. `-summary_metrics.loss`.

    With `trash` those that were deleted and can still be brought back. With `key`, given as often
    as needed, only those values: `config.model.depth`, `summary.val/loss`.
    """
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
            trash=trash,
            keys=key,
        ),
        patience=20.0,
    )
    return plain({"items": [shown_run(item) for item in page.items], "next": page.next})


@router.get("/runs/{entity}/{project}/{run}")
async def get_run(entity: str, project: str, run: str, ask: AskAsAnybody) -> Response:
    """One run with its config and summary."""
    return await run_document(RunPath(entity=entity, project=project, run=run), ask)


async def run_document(path: RunPath, ask: Asker) -> Response:
    """The whole document of a run."""
    return plain(shown_run(await ask(GET_RUN, GetRun(path=path, fields=_TEXTS))))


@router.get("/runs/{entity}/{project}/{run}/history")
async def get_history(
    entity: str,
    project: str,
    run: str,
    ask: AskAsAnybody,
    request: Request,
    keys: str = "",
    min_step: int | None = None,
    max_step: int | None = None,
    samples: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
) -> Response:
    """Chosen metrics, one list per row. `keys` is comma-separated, and without it every metric;
    `max_step` is exclusive. Rows × keys may be a million; a long run needs `samples` or a range.

    `Accept: application/vnd.apache.parquet` gives a table, however long. `Accept:
    text/event-stream` tells what is new from now on, or from `min_step` on; without `keys` every
    number.
    """
    path = RunPath(entity=entity, project=project, run=run)
    wanted = [key for key in keys.split(",") if key]
    if live.EVENT_STREAM in request.headers.get("accept", ""):
        keys_told = list(dict.fromkeys(key for key in wanted if key != "_step"))
        return await live_runs.follow(request, ask, path, keys_told, min_step)
    return await history_of(path, ask, request, wanted, min_step, max_step, samples, name=run)


async def history_of(
    path: RunPath,
    ask: Asker,
    request: Request,
    keys: list[str],
    min_step: int | None,
    max_step: int | None,
    samples: int | None,
    *,
    name: str,
) -> Response:
    """Rows as JSON, or as the table that `Accept` asks for."""
    wanted = list(dict.fromkeys(["_step", *keys]))
    if len(wanted) < 2:
        wanted = await tables.every_key(ask, path)
    question = ReadPoints(
        path=path,
        keys=wanted,
        min_step=min_step,
        max_step=max_step,
        samples=samples,
        partial=True,
    )
    if tables.PARQUET in request.headers.get("accept", ""):
        rows = tables.pages(ask, question, request.is_disconnected)
        return await tables.parquet(wanted, rows, name=f"{name}.parquet")
    # Passed on as it came, for to read a large text would hold up everybody else.
    found = await ask(
        READ_POINTS, question.model_copy(update={"lists": True}), patience=tables.SLOW
    )
    body = b'{"keys":%s,"rows":%s}' % (orjson.dumps(wanted), found.text.encode())
    return Response(body, media_type="application/json")


def _project(view: ProjectView) -> dict[str, Any]:
    return view.model_dump(mode="json", exclude={"number"})


def shown_run(view: RunView) -> dict[str, Any]:
    """The document of a run: its config and summary as the author sees them."""
    found = view.model_dump(mode="json", exclude={"project_number", "system_metrics"})
    config = decode_row(view.config or "{}")
    found["config"] = {
        key: entry["value"] if isinstance(entry, dict) and "value" in entry else entry
        for key, entry in config.items()
        if key != "_wandb"
    }
    found["summary"] = decode_row(view.summary or "{}")
    return found


def plain(body: Any) -> Response:
    """Strict JSON: NaN and the infinities are the strings that contract.md names."""
    return Response(orjson.dumps(strict(body)), media_type="application/json")


def strict(value: Any) -> Any:
    """JSON has no NaN, no infinity, and no integer that every reader takes beyond 64 bits."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, dict):
        return {key: strict(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [strict(inner) for inner in value]
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return str(value)
    return value

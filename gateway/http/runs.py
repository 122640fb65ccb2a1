"""`/api/v1/runs/…`: what people do to runs; stop, edit, judge, throw away, bring back."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.dependencies import AskAs
from gateway.http.projects import plain, shown_run
from shared.contracts.runs import (
    DELETE_RUN,
    GET_RUN,
    SET_RUN_STATE,
    STOP_RUN,
    TAG_RUNS,
    UNDELETE_RUN,
    UPSERT_RUN,
    DeleteRun,
    GetRun,
    RunPath,
    SetRunState,
    StopRun,
    TagRuns,
    UndeleteRun,
    UpsertRun,
)

router = APIRouter(tags=["runs"])

_TEXTS = ["config", "summary"]


class RunChange(BaseModel):
    """What may be changed by hand; what is absent stays.

    `state` is for administrators of the project: how a run ended that could not say so itself.
    """

    model_config = ConfigDict(extra="forbid")

    display_name: str | None = None
    notes: str | None = None
    tags: list[str] | None = None
    group: str | None = None
    job_type: str | None = None
    state: Literal["finished", "failed", "crashed", "killed", "preempted"] | None = None


class TagsBody(BaseModel):
    """Which runs, by name, and which tags they are to have or no longer to have."""

    model_config = ConfigDict(extra="forbid")

    runs: list[str] = Field(min_length=1, max_length=1_000)
    add: list[str] = Field(default_factory=list, max_length=64)
    remove: list[str] = Field(default_factory=list, max_length=64)


@router.post("/projects/{entity}/{project}/runs:tag")
async def tag_runs(entity: str, project: str, body: TagsBody, ask: AskAs) -> dict[str, Any]:
    """Put tags on runs and take others off. The answer names what was new to each run."""
    question = TagRuns(entity=entity, project=project, **body.model_dump())
    return (await ask(TAG_RUNS, question)).model_dump()


@router.patch("/runs/{entity}/{project}/{run}")
async def change_run(entity: str, project: str, run: str, body: RunChange, ask: AskAs) -> Response:
    """Edit what a run says about itself."""
    path = RunPath(entity=entity, project=project, run=run)
    view = await ask(GET_RUN, GetRun(path=path))
    given = body.model_dump(exclude_none=True, exclude={"state"})
    if given:
        await ask(UPSERT_RUN, UpsertRun(id=view.id, **given))
    if body.state is not None:
        await ask(SET_RUN_STATE, SetRunState(path=path, state=body.state, override=True))
    return plain(shown_run(await ask(GET_RUN, GetRun(path=path, fields=_TEXTS))))


@router.post("/runs/{entity}/{project}/{run}:stop")
async def stop_run(entity: str, project: str, run: str, ask: AskAs) -> dict[str, Any]:
    """Ask the run's process to end; it hears of it with its next heartbeat."""
    path = RunPath(entity=entity, project=project, run=run)
    view = await ask(STOP_RUN, StopRun(path=path))
    return {"name": view.name, "state": view.state, "stop_requested": view.stop_requested}


@router.delete("/runs/{entity}/{project}/{run}", status_code=204)
async def delete_run(
    entity: str, project: str, run: str, ask: AskAs, delete_artifacts: bool = False
) -> Response:
    """Into the trash, from where `:undelete` brings it back for seven days."""
    path = RunPath(entity=entity, project=project, run=run)
    await ask(DELETE_RUN, DeleteRun(path=path, delete_artifacts=delete_artifacts))
    return Response(status_code=204)


@router.post("/runs/{entity}/{project}/{run}:undelete")
async def undelete_run(entity: str, project: str, run: str, ask: AskAs) -> dict[str, Any]:
    """Out of the trash; 410 once the seven days are over."""
    path = RunPath(entity=entity, project=project, run=run)
    view = await ask(UNDELETE_RUN, UndeleteRun(path=path))
    return {"name": view.name, "state": view.state, "deleted_at": view.deleted_at}

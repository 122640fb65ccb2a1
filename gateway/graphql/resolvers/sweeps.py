"""Sweeps: one, many, and the mutations that make and steer them."""

from __future__ import annotations

from typing import Any

import orjson
from ariadne import MutationType, ObjectType

from gateway.graphql.context import Info, context_of, run_texts, selected
from gateway.graphql.pages import connection
from gateway.graphql.resolvers.projects import resolve_project
from gateway.graphql.resolvers.runs import run_connection
from shared.contracts.runs import (
    GET_SWEEP,
    LIST_RUNS,
    LIST_SWEEPS,
    UPSERT_SWEEP,
    GetSweep,
    ListRuns,
    ListSweeps,
    ProjectView,
    RunPage,
    SweepPath,
    SweepView,
    UpsertSweep,
)
from shared.errors import NotFound
from shared.kit.ids import from_global, to_global

mutation = MutationType()
project, sweep = ObjectType("Project"), ObjectType("Sweep")

_COUNTS = {"runCount", "runCountExpected", "bestLoss"}
_INPUT = {
    "config": "config",
    "description": "description",
    "entityName": "entity",
    "projectName": "project",
    "displayName": "display_name",
    "controller": "controller",
    "scheduler": "scheduler",
    "state": "state",
    "priorRunsFilters": "prior_runs",
}


@mutation.field("upsertSweep")
async def upsert_sweep(_: Any, info: Info, input: dict[str, Any]) -> dict[str, Any]:
    """What is Launch's to use is taken and left."""
    given = {ours: input.get(theirs) for theirs, ours in _INPUT.items()}
    if input.get("id"):
        given["id"] = from_global("Sweep", input["id"])
    done = await context_of(info).ask(UPSERT_SWEEP, UpsertSweep(**given))
    return {"sweep": done, "configValidationWarnings": []}


@project.field("sweep")
async def resolve_sweep(found: ProjectView, info: Info, sweepName: str) -> SweepView | None:
    path = SweepPath(entity=found.entity, project=found.name, sweep=sweepName)
    counted = bool(_COUNTS & selected(info))
    try:
        return await context_of(info).ask(GET_SWEEP, GetSweep(path=path, counted=counted))
    except NotFound:
        return None


@project.field("sweeps")
async def resolve_sweeps(
    found: ProjectView,
    info: Info,
    after: str | None = None,
    first: int | None = None,
    filters: str | None = None,
) -> dict[str, Any]:
    """Unfiltered: the feature that makes the SDK send `filters` is off."""
    ask = ListSweeps(
        entity=found.entity, project=found.name, limit=first or 50, cursor=after or None
    )
    page = await context_of(info).ask(LIST_SWEEPS, ask)
    return connection(page.items, page.next, page.total, [item.id for item in page.items])


@project.field("totalSweeps")
async def resolve_total(found: ProjectView, info: Info) -> int:
    ask = ListSweeps(entity=found.entity, project=found.name, limit=1)
    return (await context_of(info).ask(LIST_SWEEPS, ask)).total


@sweep.field("id")
def resolve_id(found: SweepView, _: Info) -> str:
    return to_global("Sweep", found.id)


@sweep.field("project")
async def resolve_sweep_project(found: SweepView, info: Info) -> ProjectView | None:
    return await resolve_project(None, info, found.project, found.entity)


@sweep.field("runCount")
async def resolve_run_count(found: SweepView, info: Info) -> int:
    return (await _counted(found, info)).run_count or 0


@sweep.field("runCountExpected")
async def resolve_run_count_expected(found: SweepView, info: Info) -> int | None:
    return (await _counted(found, info)).run_count_expected


@sweep.field("bestLoss")
async def resolve_best_loss(found: SweepView, info: Info) -> float | None:
    return (await _counted(found, info)).best_loss


@sweep.field("earlyStopJobRunning")
def resolve_early_stop(_found: SweepView, _: Info) -> bool:
    """Runs are judged with their agents' heartbeats; there is no job beside."""
    return False


@sweep.field("runs")
async def resolve_runs(
    found: SweepView, info: Info, first: int | None = None, after: str | None = None
) -> dict[str, Any]:
    return run_connection(await sweep_runs(found, info, first, after))


async def sweep_runs(
    found: SweepView, info: Info, first: int | None, after: str | None, *names: str
) -> RunPage:
    """A page of a sweep's runs, oldest first; only the named ones, if any are."""
    clause: dict[str, Any] = {"sweep": found.name}
    if names:
        clause["name"] = {"$in": list(names)}
    ask = ListRuns(
        entity=found.entity,
        project=found.project,
        filters=orjson.dumps(clause).decode(),
        order="+created_at",
        limit=first or 1_000,
        cursor=after or None,
        fields=run_texts(info),
    )
    return await context_of(info).ask(LIST_RUNS, ask, patience=20.0)


async def _counted(found: SweepView, info: Info) -> SweepView:
    """Sweeps in a list come without their counts."""
    if found.run_count is not None:
        return found
    ask = GetSweep(path=SweepPath(id=found.id))
    return await context_of(info).ask(GET_SWEEP, ask)


for _theirs, _ours in {
    "displayName": "display_name",
    "createdAt": "created_at",
    "updatedAt": "updated_at",
    "heartbeatAt": "heartbeat_at",
}.items():
    sweep.set_alias(_theirs, _ours)


BINDABLES = (mutation, project, sweep)

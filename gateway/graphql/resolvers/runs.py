"""Runs: one, many, and the mutation that makes and changes them."""

from __future__ import annotations

import json
from typing import Any

from ariadne import MutationType, ObjectType

from gateway.graphql.context import Info, context_of, run_texts
from gateway.graphql.resolvers.projects import resolve_project
from shared.contracts.runs import (
    COUNT_RUNS,
    GET_RUN,
    LIST_RUNS,
    UPSERT_RUN,
    CountRuns,
    GetRun,
    ListRuns,
    ProjectView,
    RunPage,
    RunPath,
    RunView,
    UpsertRun,
)
from shared.dialect import decode_row, encode_row
from shared.errors import NotFound
from shared.kit.ids import from_global, to_global

mutation = MutationType()
project, run = ObjectType("Project"), ObjectType("Run")

_INPUT = {
    "name": "name",
    "modelName": "project",
    "entityName": "entity",
    "displayName": "display_name",
    "description": "description",
    "notes": "notes",
    "tags": "tags",
    "config": "config",
    "summaryMetrics": "summary",
    "groupName": "group",
    "jobType": "job_type",
    "jobProgram": "program",
    "jobRepo": "repo",
    "commit": "commit",
    "host": "host",
    "sweep": "sweep",
    "state": "state",
}
"""The SDK's input fields → ours. Null means "leave it", never "erase" (wire-protocol §1.2)."""


@mutation.field("upsertBucket")
async def upsert_bucket(_: Any, info: Info, input: dict[str, Any]) -> dict[str, Any]:
    context = context_of(info)
    given = {ours: input.get(theirs) for theirs, ours in _INPUT.items()}
    if input.get("id"):
        given["id"] = from_global("Run", input["id"])
    done = await context.ask(
        UPSERT_RUN, UpsertRun(**given, several_writers=context.several_writers)
    )
    found = done.run.model_copy(update={"history_lines": done.resume_at})
    return {"bucket": found, "inserted": done.inserted}


@project.field("run")
@project.field("bucket")
async def resolve_run(
    found: ProjectView,
    info: Info,
    name: str,
    desc: str | None = None,
    missingOk: bool | None = None,
) -> RunView | None:
    """Null for a missing run, never an error: an error would abort `wandb.init`."""
    path = RunPath(entity=found.entity, project=found.name, run=name)
    try:
        return await context_of(info).ask(GET_RUN, GetRun(path=path, fields=run_texts(info)))
    except NotFound:
        return None


@project.field("runs")
async def resolve_runs(
    found: ProjectView,
    info: Info,
    filters: str | None = None,
    after: str | None = None,
    first: int | None = None,
    order: str | None = None,
) -> dict[str, Any]:
    page = await context_of(info).ask(
        LIST_RUNS,
        ListRuns(
            entity=found.entity,
            project=found.name,
            filters=filters,
            order=order,
            limit=first or 50,
            cursor=after or None,
            fields=run_texts(info),
        ),
        patience=20.0,
    )
    return run_connection(page)


def run_connection(page: RunPage) -> dict[str, Any]:
    """A page of runs in the schema's words; every run has a cursor to go on from."""
    pairs = zip(page.items, page.cursors, strict=True)
    return {
        "edges": [{"node": item, "cursor": cursor} for item, cursor in pairs],
        "pageInfo": {
            "endCursor": page.cursors[-1] if page.cursors else None,
            "hasNextPage": page.next is not None,
        },
    }


@project.field("runCount")
async def resolve_run_count(found: ProjectView, info: Info, filters: str | None = None) -> int:
    ask = CountRuns(entity=found.entity, project=found.name, filters=filters)
    return (await context_of(info).ask(COUNT_RUNS, ask)).count


@run.field("id")
def resolve_id(found: RunView, _: Info) -> str:
    return to_global("Run", found.id)


@run.field("project")
async def resolve_run_project(found: RunView, info: Info) -> ProjectView | None:
    return await resolve_project(None, info, found.project, found.entity)


@run.field("user")
def resolve_user(found: RunView, _: Info) -> Any:
    """Of a run's user the SDK reads only names."""
    if found.username is None:
        return None
    return RunUser(found.username)


class RunUser:
    """A user of whom nothing but the name is known here."""

    def __init__(self, username: str) -> None:
        self.id = username
        self.username = self.name = username
        self.email = self.admin = self.photoUrl = self.default_entity = self.deleted_at = None
        self.teams: list[Any] = []


@run.field("wandbConfig")
def resolve_wandb_config(found: RunView, _: Info, keys: list[str] | None = None) -> str:
    """The SDK's own part of the config, cut down to the asked keys (wire-protocol §2.6)."""
    own = decode_row(found.config or "{}").get("_wandb")
    value = own.get("value") if isinstance(own, dict) else None
    kept = value if isinstance(value, dict) else {}
    return encode_row({k: v for k, v in kept.items() if keys is None or k in keys})


@run.field("stopped")
@run.field("shouldStop")
def resolve_stopped(found: RunView, _: Info) -> bool:
    return found.stop_requested


@run.field("failed")
def resolve_failed(found: RunView, _: Info) -> bool:
    return found.state in ("failed", "crashed", "killed")


@run.field("running")
def resolve_running(found: RunView, _: Info) -> bool:
    return found.state in ("running", "preempting")


@run.field("systemMetrics")
def resolve_system_metrics(found: RunView, _: Info) -> str:
    return found.system_metrics or json.dumps({})


for _theirs, _ours in {
    "displayName": "display_name",
    "projectId": "project_number",
    "jobType": "job_type",
    "readOnly": "read_only",
    "createdAt": "created_at",
    "updatedAt": "updated_at",
    "heartbeatAt": "heartbeat_at",
    "sweepName": "sweep",
    "summaryMetrics": "summary",
    "historyLineCount": "history_lines",
    "eventsLineCount": "events_lines",
    "logLineCount": "log_lines",
    "exitcode": "exit_code",
}.items():
    run.set_alias(_theirs, _ours)


BINDABLES = (mutation, project, run)

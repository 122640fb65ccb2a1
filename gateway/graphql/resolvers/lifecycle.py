"""What is done to a run that exists: stop, judge, rewind, delete."""

from __future__ import annotations

from typing import Any

from ariadne import MutationType, ObjectType

from gateway.graphql.context import Info, context_of
from shared.contracts.runs import (
    CREATE_FILES,
    DELETE_RUN,
    REWIND_RUN,
    SET_RUN_STATE,
    STOP_RUN,
    CreateFiles,
    DeleteRun,
    RewindRun,
    RunPath,
    RunView,
    SetRunState,
    StopRun,
)
from shared.errors import Invalid, NotFound
from shared.kit.ids import from_global

mutation, run = MutationType(), ObjectType("Run")

COPYING = 25.0


@mutation.field("deleteRun")
async def delete_run(_: Any, info: Info, input: dict[str, Any]) -> dict[str, Any]:
    with_artifacts = bool(input.get("deleteArtifacts"))
    ask = DeleteRun(path=_by_id(input), delete_artifacts=with_artifacts)
    await context_of(info).ask(DELETE_RUN, ask)
    return {"clientMutationId": input.get("clientMutationId")}


@mutation.field("stopRun")
async def stop_run(_: Any, info: Info, input: dict[str, Any]) -> dict[str, bool]:
    """Has no effect on a run that has ended, which the SDK does not take for a failure."""
    await context_of(info).ask(STOP_RUN, StopRun(path=_by_id(input)))
    return {"success": True}


@mutation.field("updateRunState")
async def update_run_state(_: Any, info: Info, input: dict[str, Any]) -> dict[str, bool]:
    ask = SetRunState(path=_by_id(input), state=input["state"])
    await context_of(info).ask(SET_RUN_STATE, ask)
    return {"success": True}


@mutation.field("rewindRun")
async def rewind_run(_: Any, info: Info, input: dict[str, Any]) -> dict[str, Any]:
    """Null for a run that is not there, which the SDK has its own words for (§2.7)."""
    if input["metricName"] != "_step" or not float(input["metricValue"]).is_integer():
        raise Invalid("resume_from: a run is rewound to a whole _step.", field="metricValue")
    caller = context_of(info).ask.caller
    path = RunPath(
        entity=input.get("entityName") or caller.default_entity or caller.username,
        project=input.get("projectName") or "uncategorized",
        run=input["runName"],
    )
    ask = RewindRun(path=path, step=int(input["metricValue"]))
    try:
        return {"rewoundRun": await context_of(info).ask(REWIND_RUN, ask, patience=COPYING)}
    except NotFound:
        return {"rewoundRun": None}


@mutation.field("markRunFilesUploaded")
async def mark_run_files_uploaded(_: Any, info: Info, input: dict[str, Any]) -> dict[str, bool]:
    """The bytes passed through us, so this only makes sure that the names are known."""
    path = RunPath(entity=input["entityName"], project=input["projectName"], run=input["runName"])
    await context_of(info).ask(CREATE_FILES, CreateFiles(path=path, names=input["files"]))
    return {"success": True}


@run.field("duplicateOf")
def resolve_duplicate_of(found: RunView, _: Info) -> str | None:
    return found.duplicate_of


@run.field("forkedFrom")
def resolve_forked_from(found: RunView, _: Info) -> str | None:
    return found.forked_from


def _by_id(input: dict[str, Any]) -> RunPath:
    return RunPath(id=from_global("Run", input["id"]))


BINDABLES = (mutation, run)

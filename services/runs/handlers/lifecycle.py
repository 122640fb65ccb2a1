"""What is done to a run that exists: stop, judge, rewind, throw away, bring back."""

from __future__ import annotations

from faststream.nats import NatsRouter

from services.runs.dependencies import (
    MoveStore,
    ProjectStore,
    RunStore,
    TheAudit,
    TheBranches,
    TheClock,
)
from services.runs.domain.access import absent, require
from services.runs.domain.project import Project
from services.runs.domain.run import Run
from services.runs.handlers.finding import find_run
from services.runs.handlers.lapsing import grants_lapsed
from services.runs.handlers.views import run_deleted, run_view, state_changed
from services.runs.ports import Projects, Runs
from shared.contracts.identity import Caller
from shared.contracts.runs import (
    DELETE_RUN,
    REWIND_RUN,
    RUN_UNDELETED,
    SET_RUN_STATE,
    STOP_RUN,
    STREAM_CLOSED,
    UNDELETE_RUN,
    DeleteRun,
    RewindRun,
    RunPath,
    RunUndeleted,
    RunView,
    SetRunState,
    StopRun,
    StreamClosed,
    UndeleteRun,
)
from shared.errors import Gone, NotFound
from shared.messaging.answering import TheCaller, serve
from shared.messaging.bus import announcement
from shared.permissions import Action, sees

router = NatsRouter()

_CONFIG = frozenset({"config"})
_NO_TEXTS: frozenset[str] = frozenset()
_JUDGED = ("state", "reason", "updated_at")
_BEGUN_AFRESH = (
    "generation",
    "progress",
    "writers",
    "last_step",
    "compacted",
    "summary",
    "system",
    "state",
    "reason",
    "exit_code",
    "stop_requested",
    "heartbeat_at",
    "updated_at",
)


@serve(router, STOP_RUN)
async def stop_run(
    ask: StopRun,
    caller: TheCaller,
    projects: ProjectStore,
    runs: RunStore,
    moves: MoveStore,
    clock: TheClock,
) -> RunView:
    """The process hears of it within a heartbeat; asking again, or too late, changes nothing."""
    project, run = await find_run(projects, runs, moves, caller, ask.path, action=Action.EDIT)
    if run.request_stop(clock()):
        news = [announcement(STREAM_CLOSED, StreamClosed(run_id=run.id))]
        await runs.change(run, dict.fromkeys(("stop_requested", "updated_at")), news)
    return run_view(run, project, caller, _NO_TEXTS)


@serve(router, SET_RUN_STATE)
async def set_run_state(
    ask: SetRunState,
    caller: TheCaller,
    projects: ProjectStore,
    runs: RunStore,
    moves: MoveStore,
    audit: TheAudit,
    clock: TheClock,
) -> RunView:
    """By hand: what a script may, or, as an override, what an administrator may."""
    action = Action.MANAGE if ask.override else Action.EDIT
    project, run = await find_run(projects, runs, moves, caller, ask.path, action=action)
    before, at = run.state, clock()
    if ask.override:
        run.override_state(ask.state, caller.username, at)
    else:
        run.set_state(ask.state, at)
    await audit.record(
        caller,
        project.entity,
        "run.state",
        _path(project, run),
        before={"state": before},
        after={"state": run.state},
    )
    await runs.change(run, dict.fromkeys(_JUDGED), [state_changed(run, project, before, at)])
    return run_view(run, project, caller, _NO_TEXTS)


@serve(router, REWIND_RUN)
async def rewind_run(
    ask: RewindRun,
    caller: TheCaller,
    projects: ProjectStore,
    runs: RunStore,
    moves: MoveStore,
    branches: TheBranches,
    clock: TheClock,
) -> RunView:
    """A new generation that begins with the rows that stay; the old one is kept, out of sight."""
    project, run = await find_run(
        projects, runs, moves, caller, ask.path, action=Action.LOG, texts=_CONFIG
    )
    before, born, at = run.state, run.created_at, clock()
    kept = await branches.inherit(run, ask.step, run.id, run.generation + 1)
    run.rewind(kept.lines, kept.last_step, kept.summary, at)
    run.created_at = born
    news = [announcement(STREAM_CLOSED, StreamClosed(run_id=run.id))]
    if run.state is not before:
        news.append(state_changed(run, project, before, at))
    await runs.change(run, dict.fromkeys(_BEGUN_AFRESH), news)
    await grants_lapsed()
    return run_view(run, project, caller, _CONFIG)


@serve(router, DELETE_RUN)
async def delete_run(
    ask: DeleteRun,
    caller: TheCaller,
    projects: ProjectStore,
    runs: RunStore,
    moves: MoveStore,
    audit: TheAudit,
    clock: TheClock,
) -> RunView:
    """Nothing is lost yet; whoever still logs to it is refused from now on."""
    project, run = await find_run(projects, runs, moves, caller, ask.path, action=Action.DELETE)
    at = clock()
    run.delete(at)
    await audit.record(caller, project.entity, "run.delete", _path(project, run))
    news = run_deleted(run, project, caller.username, at, delete_artifacts=ask.delete_artifacts)
    await runs.change(run, dict.fromkeys(("deleted_at", "updated_at")), news)
    return run_view(run, project, caller, _NO_TEXTS)


@serve(router, UNDELETE_RUN)
async def undelete_run(
    ask: UndeleteRun,
    caller: TheCaller,
    projects: ProjectStore,
    runs: RunStore,
    audit: TheAudit,
    clock: TheClock,
) -> RunView:
    """A run that was never deleted is simply there."""
    project, run = await _find_deleted(ask.path, caller, projects, runs)
    if run.deleted_at is None:
        return run_view(run, project, caller, _NO_TEXTS)
    at = clock()
    run.undelete(at)
    await audit.record(caller, project.entity, "run.undelete", _path(project, run))
    back = RunUndeleted(
        run_id=run.id,
        project_id=project.id,
        entity=project.entity,
        project=project.name,
        name=run.name,
        by=caller.username,
        at=at,
    )
    fields = dict.fromkeys(("deleted_at", "updated_at"))
    if not await runs.revive(run, fields, [announcement(RUN_UNDELETED, back)]):
        raise Gone(f"run {run.name} was deleted for good.")
    return run_view(run, project, caller, _NO_TEXTS)


async def _find_deleted(
    path: RunPath, caller: Caller, projects: Projects, runs: Runs
) -> tuple[Project, Run]:
    project = await projects.find(path.entity, path.project)
    if project is None or not sees(caller, project):
        raise absent(path.entity, path.project)
    run = await runs.find(project.id, path.run, _NO_TEXTS)
    if run is None:
        require(caller, Action.READ, project)
        raise NotFound(f"run {path.entity}/{path.project}/{path.run} not found")
    return require(caller, Action.DELETE, project), run


def _path(project: Project, run: Run) -> str:
    return f"{project.entity}/{project.name}/{run.name}"

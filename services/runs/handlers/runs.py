"""Runs: create, change, get, list, count."""

from __future__ import annotations

import secrets

from faststream.nats import NatsRouter

from services.runs.dependencies import (
    MoveStore,
    PatternGate,
    ProjectStore,
    RunStore,
    TheClock,
    TheEntities,
)
from services.runs.domain import filters
from services.runs.domain.access import require
from services.runs.domain.changing import RunChange, is_start
from services.runs.domain.naming import display_name
from services.runs.domain.project import DEFAULT_NAME, Project
from services.runs.domain.run import ENDED, Run, State, checked_run_name
from services.runs.handlers.finding import entity_of, find_project, find_run
from services.runs.handlers.projects import known_project, new_project
from services.runs.handlers.views import run_view, state_changed
from services.runs.ports import Entities, Moves, Order, Projects, RunQuery, Runs
from shared.contracts.identity import Caller
from shared.contracts.runs import (
    COUNT_RUNS,
    GET_RUN,
    LIST_RUNS,
    STREAM_CLOSED,
    UPSERT_RUN,
    CountRuns,
    GetRun,
    ListRuns,
    RunCount,
    RunPage,
    RunPath,
    RunView,
    StreamClosed,
    UpsertedRun,
    UpsertRun,
)
from shared.errors import Gone
from shared.kit.clock import Clock
from shared.kit.ids import new_id
from shared.messaging.answering import TheCaller, serve
from shared.messaging.bus import announcement
from shared.permissions import Action

router = NatsRouter()

MOST_RUNS = 1_000
_UPSERTED = frozenset({"config"})
_TEXTS = {"config": "config", "summary": "summary", "system_metrics": "system"}


@serve(router, UPSERT_RUN)
async def upsert_run(
    ask: UpsertRun,
    caller: TheCaller,
    projects: ProjectStore,
    runs: RunStore,
    moves: MoveStore,
    entities: TheEntities,
    clock: TheClock,
) -> UpsertedRun:
    """Find the run that is meant, or make it; then change what is given."""
    change = RunChange.of(ask.model_dump(exclude_none=True))
    project, run = await _addressed(ask, caller, projects, runs, moves, entities, clock)
    if run is None:
        born = await _create(ask, change, caller, project, projects, runs, clock)
        if born is not None:
            view = run_view(born, project, caller, _UPSERTED)
            return UpsertedRun(run=view, inserted=True, resume_at=0)
        run = await runs.find(project.id, ask.name or "", _UPSERTED)
    if run is None or run.deleted_at is not None:
        raise Gone(f"run {ask.name} was deleted; its id cannot be used again.")
    await _change(ask, change, project, run, runs, clock)
    view = run_view(run, project, caller, _UPSERTED)
    return UpsertedRun(run=view, inserted=False, resume_at=run.progress.history)


@serve(router, GET_RUN)
async def get_run(
    ask: GetRun, caller: TheCaller, projects: ProjectStore, runs: RunStore, moves: MoveStore
) -> RunView:
    """One run that the caller may see."""
    texts = _texts(ask.fields)
    project, run = await find_run(projects, runs, moves, caller, ask.path, texts=texts)
    return run_view(run, project, caller, texts)


@serve(router, LIST_RUNS)
async def list_runs(
    ask: ListRuns,
    caller: TheCaller,
    projects: ProjectStore,
    runs: RunStore,
    accept_pattern: PatternGate,
) -> RunPage:
    """A page of a project's runs."""
    where = filters.parse(ask.filters, accept_pattern)
    order = _order(ask.order)
    project = await find_project(projects, caller, ask.entity, ask.project)
    limit = max(1, min(ask.limit, MOST_RUNS))
    texts = _texts(ask.fields)
    page, cursors = await runs.query(
        RunQuery(project.id, where, order, limit + 1, ask.cursor, texts)
    )
    return RunPage(
        items=[run_view(run, project, caller, texts) for run in page[:limit]],
        cursors=list(cursors[:limit]),
        next=cursors[limit - 1] if len(page) > limit else None,
    )


@serve(router, COUNT_RUNS)
async def count_runs(
    ask: CountRuns,
    caller: TheCaller,
    projects: ProjectStore,
    runs: RunStore,
    accept_pattern: PatternGate,
) -> RunCount:
    """How many of a project's runs match."""
    where = filters.parse(ask.filters, accept_pattern)
    project = await find_project(projects, caller, ask.entity, ask.project)
    return RunCount(count=await runs.count(project.id, where))


async def _addressed(
    ask: UpsertRun,
    caller: Caller,
    projects: Projects,
    runs: Runs,
    moves: Moves,
    entities: Entities,
    clock: Clock,
) -> tuple[Project, Run | None]:
    if ask.id is not None:
        path = RunPath(id=ask.id)
        return await find_run(
            projects, runs, moves, caller, path, action=Action.LOG, texts=_UPSERTED
        )
    entity, name = entity_of(caller, ask.entity), ask.project or DEFAULT_NAME
    project = await known_project(projects, caller, entity, name)
    if project is None:
        project = await new_project(projects, entities, caller, entity, name, clock)
    if ask.name is None:
        return require(caller, Action.LOG, project), None
    run = await runs.find(project.id, ask.name, _UPSERTED)
    if run is None and await moves.redirect(project.id, ask.name) is not None:
        path = RunPath(entity=entity, project=name, run=ask.name)
        return await find_run(
            projects, runs, moves, caller, path, action=Action.LOG, texts=_UPSERTED
        )
    return require(caller, Action.LOG, project), run


async def _create(
    ask: UpsertRun,
    change: RunChange,
    caller: Caller,
    project: Project,
    projects: Projects,
    runs: Runs,
    clock: Clock,
) -> Run | None:
    at = clock()
    count = await projects.count_run(project.id)
    run = Run(
        id=new_id(),
        project_id=project.id,
        name=checked_run_name(ask.name or new_id()[-8:]),
        display_name=display_name(count, secrets.randbelow),
        state=State.PENDING if ask.state == State.PENDING else State.RUNNING,
        created_at=at,
        updated_at=at,
        heartbeat_at=at,
        user_id=caller.principal_id,
        username=caller.acting_for or caller.username,
        service_account=caller.username if caller.kind == "service" else None,
        attribution_note=caller.acting_note,
        key_id=caller.key_id,
        ci=dict(caller.ci),
    )
    change.apply(run, at)
    return await runs.create(run, [state_changed(run, project, None, at)])


async def _change(
    ask: UpsertRun, change: RunChange, project: Project, run: Run, runs: Runs, clock: Clock
) -> None:
    at, before = clock(), run.state
    fields = change.apply(run, at)
    news = []
    if is_start(change) and run.state in ENDED:
        if ask.id is None and run.has_data and not ask.several_writers:
            run.start_afresh(at)
            news.append(announcement(STREAM_CLOSED, StreamClosed(run_id=run.id)))
        else:
            run.revive(at)
        fields |= (
            {
                "generation",
                "progress",
                "last_step",
                "compacted",
                "summary",
                "system",
                "created_at",
                "state",
                "reason",
                "exit_code",
                "stop_requested",
                "heartbeat_at",
            }
            if news
            else {"state", "reason", "exit_code", "stop_requested", "heartbeat_at"}
        )
        news.append(state_changed(run, project, before, at))
    if fields:
        await runs.change(run, dict.fromkeys(fields), news)


def _texts(names: list[str]) -> frozenset[str]:
    return frozenset(_TEXTS[name] for name in names if name in _TEXTS)


def _order(text: str | None) -> Order:
    text = text or "-created_at"
    name = text.lstrip("+-")
    return Order(filters.parse_field(name), descending=text.startswith("-"))

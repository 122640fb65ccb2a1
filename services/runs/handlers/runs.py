"""Runs: create, change, get, list, count."""

from __future__ import annotations

from faststream.nats import NatsRouter

from services.runs.dependencies import (
    MoveStore,
    PatternGate,
    ProjectStore,
    RunStore,
    TheBranches,
    TheClock,
    TheEntities,
)
from services.runs.domain import filters
from services.runs.domain.access import require
from services.runs.domain.changing import RunChange, is_start
from services.runs.domain.project import DEFAULT_NAME, Project
from services.runs.domain.run import ENDED, TRASH_FOR, Run
from services.runs.handlers.births import create_run
from services.runs.handlers.finding import entity_of, find_project, find_run
from services.runs.handlers.lapsing import grants_lapsed
from services.runs.handlers.projects import known_project, new_project
from services.runs.handlers.views import run_view, state_changed
from services.runs.handlers.visiting import for_visitors, readable_run
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
    branches: TheBranches,
    clock: TheClock,
) -> UpsertedRun:
    """Find the run that is meant, or make it; then change what is given."""
    change = RunChange.of(ask.model_dump(exclude_none=True))
    project, run = await _addressed(ask, caller, projects, runs, moves, entities, clock)
    if run is None:
        born = await create_run(ask, change, caller, project, projects, runs, branches, clock)
        if born is not None:
            view = run_view(born, project, caller, _UPSERTED)
            return UpsertedRun(run=view, inserted=True, resume_at=born.progress.history)
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
    project, run = await readable_run(projects, runs, moves, caller, ask.path, texts)
    return for_visitors(run_view(run, project, caller, texts), caller)


@serve(router, LIST_RUNS)
async def list_runs(
    ask: ListRuns,
    caller: TheCaller,
    projects: ProjectStore,
    runs: RunStore,
    accept_pattern: PatternGate,
    clock: TheClock,
) -> RunPage:
    """A page of a project's runs."""
    where = filters.parse(ask.filters, accept_pattern)
    order = _order(ask.order)
    project = await find_project(projects, caller, ask.entity, ask.project)
    limit = max(1, min(ask.limit, MOST_RUNS))
    texts = _texts(ask.fields)
    since = clock() - TRASH_FOR if ask.trash else None
    page, cursors = await runs.query(
        RunQuery(project.id, where, order, limit + 1, ask.cursor, texts, since, ask.keys)
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


async def _change(
    ask: UpsertRun, change: RunChange, project: Project, run: Run, runs: Runs, clock: Clock
) -> None:
    at, before, generation = clock(), run.state, run.generation
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
                "writers",
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
    if run.generation != generation:
        await grants_lapsed()


def _texts(names: list[str]) -> frozenset[str]:
    return frozenset(_TEXTS[name] for name in names if name in _TEXTS)


def _order(text: str | None) -> Order:
    text = text or "-created_at"
    name = text.lstrip("+-")
    return Order(filters.parse_field(name), descending=text.startswith("-"))

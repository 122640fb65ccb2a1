"""Sweeps: create, change, get, list."""

from __future__ import annotations

import math
import secrets

from faststream.nats import NatsRouter

from services.runs.dependencies import (
    PatternGate,
    ProjectStore,
    ReadConfig,
    RunStore,
    SweepStore,
    TheClock,
    TheEntities,
)
from services.runs.domain import filters
from services.runs.domain.access import require
from services.runs.domain.parameters import Parameter
from services.runs.domain.project import DEFAULT_NAME, Project
from services.runs.domain.run import Run
from services.runs.domain.sweep import Sweep, SweepState, read_plan
from services.runs.handlers.finding import entity_of, find_project
from services.runs.handlers.projects import known_project, new_project
from services.runs.ports import Order, Projects, RunQuery, Runs
from services.runs.sweep_ports import ConfigReader, Sweeps
from shared.contracts.identity import Caller
from shared.contracts.runs import (
    GET_SWEEP,
    LIST_SWEEPS,
    UPSERT_SWEEP,
    GetSweep,
    ListSweeps,
    SweepPage,
    SweepParameter,
    SweepPath,
    SweepView,
    UpsertSweep,
)
from shared.dialect import MISSING, decode_row, dig
from shared.errors import Invalid, NotFound
from shared.kit.ids import new_id
from shared.messaging.answering import TheCaller, serve
from shared.permissions import Action, sees

router = NatsRouter()

_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
_SUMMARY = frozenset({"summary"})
MOST_COUNTED = 50
"""Sweeps of a list that are counted: each takes two questions to the database."""


@serve(router, UPSERT_SWEEP)
async def upsert_sweep(
    ask: UpsertSweep,
    caller: TheCaller,
    projects: ProjectStore,
    sweeps: SweepStore,
    entities: TheEntities,
    read_config: ReadConfig,
    accept_pattern: PatternGate,
    clock: TheClock,
) -> SweepView:
    """A sweep's method and parameters stand once it is there; its state and names may change."""
    if ask.id is not None:
        path = SweepPath(id=ask.id)
        project, sweep = await find_sweep(projects, sweeps, caller, path, action=Action.LOG)
        _change(ask, sweep, read_config)
        if ask.state is not None:
            sweep.become(ask.state, clock())
        sweep.updated_at = clock()
        await sweeps.save(sweep)
        return _view(sweep, project)
    if ask.config is None:
        raise Invalid("config: a new sweep needs one.", field="config")
    filters.parse(ask.prior_runs, accept_pattern)
    entity, name = entity_of(caller, ask.entity), ask.project or DEFAULT_NAME
    plan = read_plan(read_config(ask.config))
    known = await known_project(projects, caller, entity, name)
    if known is None:
        known = await new_project(projects, entities, caller, entity, name, clock)
    project, at = require(caller, Action.LOG, known), clock()
    sweep = Sweep(
        id=new_id(),
        project_id=project.id,
        name=short_name(),
        state=SweepState.RUNNING,
        config=ask.config,
        method=plan.method,
        created_at=at,
        updated_at=at,
        created_by=caller.acting_for or caller.username,
        display_name=ask.display_name or plan.name,
        description=ask.description or plan.description,
        controller=ask.controller,
        scheduler=ask.scheduler,
        prior_runs=ask.prior_runs,
    )
    await sweeps.create(sweep)
    return _view(sweep, project)


@serve(router, GET_SWEEP)
async def get_sweep(
    ask: GetSweep,
    caller: TheCaller,
    projects: ProjectStore,
    runs: RunStore,
    sweeps: SweepStore,
    read_config: ReadConfig,
) -> SweepView:
    """One sweep that the caller may see."""
    project, sweep = await find_sweep(projects, sweeps, caller, ask.path)
    view = _view(sweep, project)
    return await _counted(view, sweep, runs, read_config) if ask.counted else view


@serve(router, LIST_SWEEPS)
async def list_sweeps(
    ask: ListSweeps,
    caller: TheCaller,
    projects: ProjectStore,
    runs: RunStore,
    sweeps: SweepStore,
    read_config: ReadConfig,
) -> SweepPage:
    """A project's sweeps, newest first."""
    project = await find_project(projects, caller, ask.entity, ask.project)
    limit = max(1, min(ask.limit, MOST_COUNTED if ask.counted else 1_000))
    found, total, cursor = await sweeps.list(project.id, ask.state, limit, ask.cursor)
    items = [_view(sweep, project) for sweep in found]
    if ask.counted:
        pairs = zip(items, found, strict=True)
        items = [await _counted(view, sweep, runs, read_config) for view, sweep in pairs]
    return SweepPage(items=items, total=total, next=cursor)


async def find_sweep(
    projects: Projects,
    sweeps: Sweeps,
    caller: Caller,
    path: SweepPath,
    action: Action = Action.READ,
) -> tuple[Project, Sweep]:
    """By id, or by entity, project and short id."""
    if path.id is not None:
        sweep = await sweeps.get(path.id)
        project = await projects.get(sweep.project_id)
        if not sees(caller, project):
            raise NotFound("No such sweep.")
        return require(caller, action, project), sweep
    project = await find_project(projects, caller, path.entity, path.project, action)
    return project, await sweeps.find(project.id, path.sweep)


def runs_of(sweep: Sweep) -> filters.Node:
    """The condition that finds a sweep's runs."""
    return filters.Compare(filters.Field("run", "sweep"), "eq", sweep.name)


def short_name() -> str:
    """Eight letters and digits, as the SDK itself makes them for runs."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(8))


def value_in(summary: str, metric: str) -> float | None:
    """What a summary says of a metric, also where it is kept as `{"min": …}`."""
    found: object = dig(decode_row(summary), metric)
    if isinstance(found, dict):
        found = next((found[key] for key in ("best", "min", "max", "last") if key in found), None)
    if found is MISSING or isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return float(found) if math.isfinite(found) else None


async def _counted(
    view: SweepView, sweep: Sweep, runs: Runs, read_config: ConfigReader
) -> SweepView:
    """With what it searches, how far it is, and the best so far."""
    plan = read_plan(read_config(sweep.config))
    counts: dict[str, object] = {
        "run_count": await runs.count(sweep.project_id, runs_of(sweep)),
        "run_count_expected": plan.size,
        "parameters": [_parameter(one) for one in plan.parameters],
    }
    if plan.metric is not None:
        best = await _best(sweep, plan.metric.name, plan.metric.maximize, runs)
        counts |= {"metric": plan.metric.name, "maximize": plan.metric.maximize}
        if best is not None:
            counts["best_run"] = best.name
            counts["best_loss"] = value_in(best.summary, plan.metric.name)
    return view.model_copy(update=counts)


def _parameter(one: Parameter) -> SweepParameter:
    bounds = {} if one.is_choice or not one.is_bounded else {"low": one.low, "high": one.high}
    return SweepParameter(
        path=one.path, distribution=one.distribution, values=list(one.values), **bounds
    )


async def _best(sweep: Sweep, metric: str, maximize: bool, runs: Runs) -> Run | None:
    field = filters.Field("summary", metric)
    finite = filters.Compare(field, "gt" if not maximize else "lt", math.inf * (maximize * 2 - 1))
    where = filters.Every((runs_of(sweep), finite))
    query = RunQuery(sweep.project_id, where, Order(field, maximize), 1, texts=_SUMMARY)
    found, _ = await runs.query(query)
    return found[0] if found else None


def _change(ask: UpsertSweep, sweep: Sweep, read_config: ConfigReader) -> None:
    if ask.config is not None and ask.config != sweep.config:
        sweep.method = read_plan(read_config(ask.config)).method
        sweep.config = ask.config
    for name in ("display_name", "description", "controller", "scheduler"):
        given = getattr(ask, name)
        if given is not None:
            setattr(sweep, name, given)


def _view(sweep: Sweep, project: Project) -> SweepView:
    return SweepView(
        id=sweep.id,
        name=sweep.name,
        entity=project.entity,
        project=project.name,
        display_name=sweep.display_name,
        description=sweep.description,
        method=sweep.method,
        state=sweep.state,
        config=sweep.config,
        controller=sweep.controller,
        scheduler=sweep.scheduler,
        created_by=sweep.created_by,
        created_at=sweep.created_at,
        updated_at=sweep.updated_at,
        heartbeat_at=sweep.heartbeat_at,
    )

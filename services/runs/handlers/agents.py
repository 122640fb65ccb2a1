"""Agents: report for work, and be told with every heartbeat what to do (wire-protocol §10.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from faststream.nats import NatsRouter

from services.runs.dependencies import (
    HistoryStore,
    PatternGate,
    ProjectStore,
    ReadConfig,
    RunStore,
    SweepStore,
    TheClock,
    TheSearcher,
)
from services.runs.domain import filters
from services.runs.domain.access import require
from services.runs.domain.sweep import (
    SILENT_FOR,
    Agent,
    Choice,
    Plan,
    Sweep,
    SweepState,
    read_plan,
)
from services.runs.handlers.choosing import next_choice
from services.runs.handlers.stopping import does_badly
from services.runs.handlers.sweeps import find_sweep, short_name
from services.runs.ports import Histories, Runs
from services.runs.sweep_ports import Sweeps
from shared.contracts.runs import (
    AGENT_HEARTBEAT,
    CREATE_AGENT,
    LIST_AGENTS,
    AgentHeartbeat,
    Agents,
    AgentView,
    Commands,
    CreateAgent,
    ListAgents,
    SweepPath,
)
from shared.kit.ids import new_id
from shared.messaging.answering import TheCaller, serve
from shared.permissions import Action

router = NatsRouter()

_EXIT: dict[str, Any] = {"type": "exit"}


@serve(router, CREATE_AGENT)
async def create_agent(
    ask: CreateAgent,
    caller: TheCaller,
    projects: ProjectStore,
    sweeps: SweepStore,
    clock: TheClock,
) -> AgentView:
    """Whoever may log to the project; one that comes too late is sent home by its heartbeat."""
    _, sweep = await find_sweep(projects, sweeps, caller, ask.path, action=Action.LOG)
    agent = Agent(
        id=new_id(),
        sweep_id=sweep.id,
        name=short_name(),
        host=ask.host,
        by=caller.acting_for or caller.username,
        created_at=clock(),
        heartbeat_at=clock(),
    )
    await sweeps.add_agent(agent)
    return _view(agent, [], clock())


@serve(router, LIST_AGENTS)
async def list_agents(
    ask: ListAgents,
    caller: TheCaller,
    projects: ProjectStore,
    sweeps: SweepStore,
    clock: TheClock,
) -> Agents:
    """Those of a sweep, with what they were handed."""
    _, sweep = await find_sweep(projects, sweeps, caller, ask.path)
    choices = await sweeps.choices(sweep.id)
    agents = await sweeps.agents(sweep.id)
    return Agents(items=[_view(agent, choices, clock()) for agent in agents])


@serve(router, AGENT_HEARTBEAT)
async def agent_heartbeat(
    ask: AgentHeartbeat,
    caller: TheCaller,
    projects: ProjectStore,
    runs: RunStore,
    sweeps: SweepStore,
    histories: HistoryStore,
    search: TheSearcher,
    read_config: ReadConfig,
    accept_pattern: PatternGate,
    clock: TheClock,
) -> Commands:
    """One command at most: the SDK's own agent looks at no more than that."""
    agent = await sweeps.agent(ask.agent_id)
    path = SweepPath(id=agent.sweep_id)
    project, sweep = await find_sweep(projects, sweeps, caller, path, action=Action.LOG)
    require(caller, Action.LOG, project)
    at = clock()
    await sweeps.heard(agent, at)
    if sweep.state is SweepState.CANCELED:
        return Commands(items=[_EXIT])
    plan = read_plan(read_config(sweep.config))
    if ask.running:
        return Commands(items=await _to_stop(ask.running, sweep, plan, runs, sweeps, histories, at))
    if sweep.state is SweepState.FINISHED:
        return Commands(items=[_EXIT])
    if sweep.state is SweepState.PAUSED or plan.method == "custom":
        return Commands(items=[])
    prior = filters.parse(sweep.prior_runs, accept_pattern) if sweep.prior_runs else None
    choice = await next_choice(agent, sweep, plan, prior, runs, sweeps, search, at)
    return Commands(items=[_EXIT if choice is None else _to_run(choice, plan)])


async def _to_stop(
    running: Sequence[str],
    sweep: Sweep,
    plan: Plan,
    runs: Runs,
    sweeps: Sweeps,
    histories: Histories,
    at: datetime,
) -> list[dict[str, Any]]:
    """The first of the agent's runs that somebody has stopped, or that does too badly."""
    for name in running:
        run = await runs.find(sweep.project_id, name, frozenset())
        if run is None or run.sweep != sweep.name:
            continue
        if not run.stop_requested and await does_badly(run, sweep, plan, runs, sweeps, histories):
            run.request_stop(at)
            await runs.change(run, dict.fromkeys(("stop_requested", "updated_at")), [])
        if run.stop_requested:
            return [{"type": "stop", "run_id": name}]
    return []


def _to_run(choice: Choice, plan: Plan) -> dict[str, Any]:
    return {
        "type": "run",
        "id": choice.run,
        "run_id": choice.run,
        "program": plan.program,
        "args": choice.args,
    }


def _view(agent: Agent, choices: Sequence[Choice], at: datetime) -> AgentView:
    lives = at - agent.heartbeat_at < SILENT_FOR
    return AgentView(
        id=agent.id,
        name=agent.name,
        host=agent.host,
        sweep_id=agent.sweep_id,
        state="RUNNING" if lives else "FINISHED",
        runs=[choice.run for choice in choices if choice.agent_id == agent.id],
        created_at=agent.created_at,
        heartbeat_at=agent.heartbeat_at,
    )

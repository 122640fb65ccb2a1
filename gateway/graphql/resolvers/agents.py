"""Agents of sweeps: report for work, ask what to do, be looked at."""

from __future__ import annotations

from typing import Any

import orjson
from ariadne import MutationType, ObjectType

from gateway.graphql.context import Info, context_of
from gateway.graphql.resolvers.runs import run_connection
from gateway.graphql.resolvers.sweeps import sweep_runs
from shared.contracts.runs import (
    AGENT_HEARTBEAT,
    CREATE_AGENT,
    GET_SWEEP,
    LIST_AGENTS,
    AgentHeartbeat,
    AgentView,
    CreateAgent,
    GetSweep,
    ListAgents,
    RunPage,
    SweepPath,
    SweepView,
)
from shared.dialect import decode_row
from shared.kit.ids import from_global, to_global

mutation, sweep, agent = MutationType(), ObjectType("Sweep"), ObjectType("Agent")

SEARCHING = 25.0


@mutation.field("createAgent")
async def create_agent(_: Any, info: Info, input: dict[str, Any]) -> dict[str, Any]:
    caller = context_of(info).ask.caller
    path = SweepPath(
        entity=input.get("entityName") or caller.default_entity or caller.username,
        project=input.get("projectName") or "uncategorized",
        sweep=input["sweep"],
    )
    ask = CreateAgent(path=path, host=input["host"])
    return {"agent": await context_of(info).ask(CREATE_AGENT, ask)}


@mutation.field("agentHeartbeat")
async def agent_heartbeat(_: Any, info: Info, input: dict[str, Any]) -> dict[str, Any]:
    """404 where the sweep is gone: the agent finishes what it runs, and ends (§10.3)."""
    running = [name for name, lives in decode_row(input.get("runState") or "{}").items() if lives]
    ask = AgentHeartbeat(agent_id=from_global("Agent", input["id"]), running=running)
    commands = await context_of(info).ask(AGENT_HEARTBEAT, ask, patience=SEARCHING)
    return {"agent": {"id": input["id"]}, "commands": orjson.dumps(commands.items).decode()}


@sweep.field("agents")
async def resolve_agents(found: SweepView, info: Info) -> dict[str, Any]:
    return {"edges": [{"node": one} for one in await _agents(found, info)]}


@sweep.field("agent")
async def resolve_agent(found: SweepView, info: Info, agentName: str) -> AgentView | None:
    """By its name, or by its id, which is all that an agent itself knows of."""
    for one in await _agents(found, info):
        if agentName in (one.name, one.id, to_global("Agent", one.id)):
            return one
    return None


@agent.field("id")
def resolve_id(found: AgentView, _: Info) -> str:
    return to_global("Agent", found.id)


@agent.field("totalRuns")
def resolve_total(found: AgentView, _: Info) -> int:
    return len(found.runs)


@agent.field("runs")
async def resolve_runs(
    found: AgentView,
    info: Info,
    after: str | None = None,
    before: str | None = None,
    first: int | None = None,
    last: int | None = None,
    order: str | None = None,
) -> dict[str, Any]:
    """Oldest first."""
    if not found.runs:
        return run_connection(RunPage(items=[], cursors=[]))
    ask = GetSweep(path=SweepPath(id=found.sweep_id), counted=False)
    of = await context_of(info).ask(GET_SWEEP, ask)
    return run_connection(await sweep_runs(of, info, first or last, after, *found.runs[-1_000:]))


async def _agents(found: SweepView, info: Info) -> list[AgentView]:
    ask = ListAgents(path=SweepPath(id=found.id))
    return (await context_of(info).ask(LIST_AGENTS, ask)).items


for _theirs, _ours in {"createdAt": "created_at", "heartbeatAt": "heartbeat_at"}.items():
    agent.set_alias(_theirs, _ours)


BINDABLES = (mutation, sweep, agent)

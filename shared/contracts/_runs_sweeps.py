"""Sweeps, and the agents that ask them for work."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from shared.contracts._kinds import Call, Message


class SweepPath(Message):
    """Where a sweep is; `id` alone is enough where the path is not known."""

    entity: str = ""
    project: str = ""
    sweep: str = ""
    id: str | None = None


class SweepParameter(Message):
    """What is searched: `values` of a choice, or a distribution between `low` and `high`."""

    path: str
    distribution: str
    values: list[Any] = Field(default_factory=list)
    low: float | None = None
    high: float | None = None


class SweepView(Message):
    """A sweep as the caller may see it. `config` is the YAML text as it was given.

    The counts and the best are None, and what is searched is empty, where the question did not ask
    for them.
    """

    id: str
    name: str
    entity: str
    project: str
    display_name: str | None = None
    description: str | None = None
    method: str
    state: str
    config: str
    controller: str | None = None
    scheduler: str | None = None
    created_by: str | None = None
    created_at: datetime
    updated_at: datetime
    heartbeat_at: datetime | None = None
    run_count: int | None = None
    run_count_expected: int | None = None
    best_loss: float | None = None
    best_run: str | None = None
    """Its name."""
    metric: str | None = None
    maximize: bool = False
    parameters: list[SweepParameter] = Field(default_factory=list)


class UpsertSweep(Message):
    """Create a sweep or change what is given; None leaves a thing as it is.

    `state` is one of RUNNING, PAUSED, FINISHED, CANCELED (wire-protocol §10.1).
    """

    id: str | None = None
    entity: str | None = None
    project: str | None = None
    config: str | None = None
    display_name: str | None = None
    description: str | None = None
    controller: str | None = None
    scheduler: str | None = None
    state: str | None = None
    prior_runs: str | None = None
    """A filter that finds earlier runs of the project for a Bayesian search to learn from."""


class GetSweep(Message):
    """One sweep, with its counts if `counted`."""

    path: SweepPath
    counted: bool = True


class ListSweeps(Message):
    """A project's sweeps, newest first, among those of some `state` if that is given."""

    entity: str
    project: str
    state: str | None = None
    limit: int = 50
    cursor: str | None = None
    counted: bool = False


class SweepPage(Message):
    """`total` is of all pages."""

    items: list[SweepView]
    total: int
    next: str | None = None


class AgentView(Message):
    """A machine that works for a sweep."""

    id: str
    name: str
    host: str
    sweep_id: str
    state: str
    runs: list[str] = Field(default_factory=list)
    """Names of the runs that it was handed, oldest first."""
    created_at: datetime
    heartbeat_at: datetime


class CreateAgent(Message):
    """An agent reports for work."""

    path: SweepPath
    host: str


class ListAgents(Message):
    """Those of a sweep, oldest first."""

    path: SweepPath


class Agents(Message):
    """All of them."""

    items: list[AgentView]


class AgentHeartbeat(Message):
    """What the agent runs right now, by name; the answer is what it is to do."""

    agent_id: str
    running: list[str] = Field(default_factory=list)


class Commands(Message):
    """In the words of the agent protocol (wire-protocol §10.3)."""

    items: list[dict[str, Any]]


UPSERT_SWEEP = Call("runs.sweep.upsert", UpsertSweep, SweepView)
GET_SWEEP = Call("runs.sweep.get", GetSweep, SweepView)
LIST_SWEEPS = Call("runs.sweep.list", ListSweeps, SweepPage)
CREATE_AGENT = Call("runs.agent.create", CreateAgent, AgentView)
LIST_AGENTS = Call("runs.agent.list", ListAgents, Agents)
AGENT_HEARTBEAT = Call("runs.agent.heartbeat", AgentHeartbeat, Commands)

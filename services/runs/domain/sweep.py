"""A sweep: a configuration to search, the runs that were handed out, and whether it goes on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from services.runs.domain.hyperband import Bands, read_bands
from services.runs.domain.parameters import Parameter, nested, read_parameters
from shared.errors import Conflict, Invalid

METHODS = frozenset({"grid", "random", "bayes", "custom"})
MOST_TRIES = 3
"""How often one choice is handed out when nothing is ever heard of its run."""
SILENT_FOR = timedelta(minutes=5)
"""After this an agent counts as gone, and what it was handed and never began goes to others."""


class SweepState(StrEnum):
    """As the SDK spells them."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    FINISHED = "FINISHED"
    CANCELED = "CANCELED"


@dataclass(frozen=True, slots=True)
class Metric:
    """What is to be made small or large."""

    name: str
    maximize: bool = False

    def loss(self, value: float) -> float:
        """The smaller the better."""
        return -value if self.maximize else value


@dataclass(frozen=True, slots=True)
class Plan:
    """A sweep's configuration, read."""

    method: str
    parameters: tuple[Parameter, ...]
    metric: Metric | None = None
    program: str | None = None
    run_cap: int | None = None
    bands: Bands | None = None
    name: str | None = None
    description: str | None = None

    @property
    def size(self) -> int | None:
        """How many runs there will be; None where there is no end of them."""
        if self.method != "grid":
            return self.run_cap
        count = math.prod(len(parameter.grid() or ()) for parameter in self.parameters)
        return min(count, self.run_cap) if self.run_cap is not None else count

    def in_grid(self, number: int) -> dict[str, Any]:
        """The choice with this number, the last parameter turning fastest."""
        chosen: dict[str, Any] = {}
        for parameter in reversed(self.parameters):
            values = parameter.grid() or [None]
            number, at = divmod(number, len(values))
            chosen[parameter.path] = values[at]
        return {parameter.path: chosen[parameter.path] for parameter in self.parameters}

    def at_random(self, units: Sequence[float]) -> dict[str, Any]:
        """The choice at these shares of the distributions, one for each parameter."""
        pairs = zip(self.parameters, units, strict=True)
        return {parameter.path: parameter.pick(unit) for parameter, unit in pairs}


@dataclass(slots=True)
class Sweep:
    """`issued` counts the choices that were handed out; `name` is the short id that people use."""

    id: str
    project_id: str
    name: str
    state: SweepState
    config: str
    method: str
    created_at: datetime
    updated_at: datetime
    created_by: str
    display_name: str | None = None
    description: str | None = None
    controller: str | None = None
    scheduler: str | None = None
    prior_runs: str | None = None
    issued: int = 0
    heartbeat_at: datetime | None = None

    def become(self, wanted: str, at: datetime) -> None:
        """What people ask of it; Conflict when it is over."""
        try:
            state = SweepState(wanted.upper())
        except ValueError:
            known = ", ".join(SweepState)
            raise Invalid(f"state: must be one of {known}.", field="state") from None
        if self.state is SweepState.CANCELED and state is not SweepState.CANCELED:
            raise Conflict(f"sweep {self.name} is canceled and cannot become {state}.")
        self.state, self.updated_at = state, at


@dataclass(slots=True)
class Agent:
    """A machine that asks for work."""

    id: str
    sweep_id: str
    name: str
    host: str
    by: str
    created_at: datetime
    heartbeat_at: datetime


@dataclass(slots=True)
class Choice:
    """Parameters that were handed to an agent, for the run with the name `run`.

    `begun` once that run was born, whatever became of it.
    """

    run: str
    sweep_id: str
    agent_id: str
    number: int
    chosen: dict[str, Any]
    at: datetime
    tries: int = 1
    checked: int = 0
    """The highest band of the early stopping that the run has been judged at."""
    begun: bool = False

    @property
    def args(self) -> dict[str, dict[str, Any]]:
        """As the agent's command says them."""
        return {key: {"value": value} for key, value in nested(self.chosen).items()}


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a choice; `loss` is None while nobody knows."""

    chosen: Mapping[str, Any] = field(default_factory=dict)
    loss: float | None = None


def read_plan(config: object) -> Plan:
    """Of the configuration as YAML says it; raises Invalid naming what is wrong."""
    if not isinstance(config, dict):
        raise _wrong("must be an object with method and parameters")
    method = config.get("method")
    if method not in METHODS:
        raise _wrong(f"method must be one of {', '.join(sorted(METHODS))}")
    metric = _metric(config.get("metric"))
    if metric is None and (method == "bayes" or config.get("early_terminate")):
        raise _wrong("metric.name is needed for bayes and for early_terminate")
    parameters = tuple(read_parameters(config.get("parameters") or {}))
    if not parameters and method != "custom":
        raise _wrong("parameters must name at least one")
    for parameter in parameters:
        if method == "grid" and parameter.grid() is None:
            raise _wrong(f"parameter {parameter.path} has no end of values for a grid")
    cap = config.get("run_cap")
    if cap is not None and (isinstance(cap, bool) or not isinstance(cap, int) or cap < 1):
        raise _wrong("run_cap must be a number of runs")
    return Plan(
        method=method,
        parameters=parameters,
        metric=metric,
        program=_text(config.get("program")),
        run_cap=cap,
        bands=read_bands(config.get("early_terminate")),
        name=_text(config.get("name")),
        description=_text(config.get("description")),
    )


def _metric(given: object) -> Metric | None:
    if given is None:
        return None
    name = given.get("name") if isinstance(given, dict) else None
    goal = given.get("goal", "minimize") if isinstance(given, dict) else None
    if not isinstance(name, str) or goal not in ("minimize", "maximize"):
        raise _wrong("metric needs a name, and minimize or maximize for its goal")
    return Metric(name, maximize=goal == "maximize")


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _wrong(what: str) -> Invalid:
    return Invalid(f"config: {what}.", field="config")

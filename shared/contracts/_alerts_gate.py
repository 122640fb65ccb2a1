"""The gate: whether runs hold up against a baseline, asked by whoever wants to merge or release."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from shared.contracts._alerts_whens import Better
from shared.contracts._kinds import Call, Message

GateVerdict = Literal["passed", "regressed", "not enough data"]
MetricVerdict = Literal["regressed", "improved", "unchanged", "not enough data"]
RunName = Annotated[str, Field(min_length=1, max_length=256)]


class GateMetric(Message):
    """One metric of the summary; `tolerance` 0.01 is one per cent unless it is not `relative`."""

    metric: str = Field(min_length=1, max_length=1024)
    better: Better
    tolerance: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    relative: bool = True


class JudgeRuns(Message):
    """Compare runs (several are the seeds of one experiment), as the caller may see them.

    `baseline` is a run's name, `best`, `tag:NAME` or a filter's JSON; a filter means the `last`
    finished runs that match.
    """

    entity: str
    project: str
    runs: list[RunName] = Field(min_length=1, max_length=50)
    baseline: str = Field(min_length=1, max_length=4096)
    metrics: list[GateMetric] = Field(min_length=1, max_length=20)
    last: int = Field(default=10, ge=3, le=200)
    stale_after_s: float = Field(default=30 * 86_400, gt=0, allow_inf_nan=False)


class GateRun(Message):
    """A run that took part."""

    name: str
    display_name: str
    state: str
    created_at: datetime


class GateFinding(Message):
    """What was found of one metric.

    `change` is `value` less `baseline`; `score` is z or p, as `test` says; `drift` is how far the
    baseline's own runs have got worse one after the other. `noted` are words for whoever reads it.
    """

    metric: str
    better: Better
    tolerance: float
    relative: bool
    verdict: MetricVerdict
    test: str
    value: float | None = None
    baseline: float | None = None
    change: float | None = None
    relative_change: float | None = None
    score: float | None = None
    values: int = 0
    against: int = 0
    drift: float | None = None
    noted: str = ""


class GateReport(Message):
    """`stale` when the newest run of the baseline is older than was asked for."""

    verdict: GateVerdict
    entity: str
    project: str
    runs: list[GateRun]
    baseline: str
    baseline_runs: list[GateRun]
    baseline_age_s: float | None = None
    stale: bool = False
    findings: list[GateFinding]


JUDGE_RUNS = Call("alerts.gate.judge", JudgeRuns, GateReport)

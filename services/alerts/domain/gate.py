"""The gate: what is found of each metric, and what that means for all of them together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.alerts.domain.baseline import Baseline, Sample
from services.alerts.domain.drift import drifted
from services.alerts.domain.statistics import Bound, Judgement, Verdict, judge

PASSED = "passed"


@dataclass(frozen=True, slots=True)
class Finding:
    """`drift` is how far the baseline's own runs have got worse; nobody fails for it."""

    metric: str
    bound: Bound
    judged: Judgement
    values: int
    against: int
    drift: float | None = None
    noted: str = ""

    @property
    def change(self) -> float | None:
        """How far the value is from the baseline's."""
        if self.judged.value is None or self.judged.baseline is None:
            return None
        return self.judged.value - self.judged.baseline

    @property
    def relative_change(self) -> float | None:
        """The same as a part of the baseline's value."""
        if self.change is None or not self.judged.baseline:
            return None
        return self.change / abs(self.judged.baseline)


def finding(
    metric: str,
    bound: Bound,
    baseline: Baseline,
    ours: Sequence[float],
    others: Sequence[float],
    history: Sequence[float],
) -> Finding:
    """`history` are the values of a moving set beyond the baseline itself, the newest first."""
    judged = judge(ours, others, bound, named=baseline.named)
    drift = None if baseline.named else drifted(list(reversed(history)), bound)
    noted = ""
    if not ours:
        noted = "the run has no number for it in its summary"
    elif judged.verdict is Verdict.NOT_ENOUGH_DATA:
        noted = f"the baseline has {_count(others)} with it"
    return Finding(metric, bound, judged, len(ours), len(others), drift, noted)


def values_of(samples: Iterable[Sample], metric: str) -> list[float]:
    """Of those that have it."""
    return [sample.values[metric] for sample in samples if metric in sample.values]


def overall(findings: Iterable[Finding]) -> str:
    """One regression fails all; nothing passes on a guess."""
    verdicts = {found.judged.verdict for found in findings}
    for verdict in (Verdict.REGRESSED, Verdict.NOT_ENOUGH_DATA):
        if verdict in verdicts:
            return verdict
    return PASSED


def age(samples: Iterable[Sample], now: datetime) -> timedelta | None:
    """Of the newest; None where there is none."""
    newest = max((sample.at for sample in samples), default=None)
    return now - newest if newest is not None else None


def _count(values: Sequence[float]) -> str:
    return {0: "no run", 1: "only one run"}.get(len(values), f"only {len(values)} runs")

"""A finished run beside those before it: z-scores and regressions."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from services.alerts.domain.condition import Condition, Regression, Zscore, directed
from services.alerts.domain.statistics import Verdict, judge_one, robust_z
from services.alerts.domain.track import Firing
from services.alerts.ports import Runs


class Comparer:
    """Asks runs for the values; the verdict is the domain's."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs

    async def compare(self, when: Condition, run_id: str) -> Firing | None:
        """None for other conditions, too few runs, and nothing worth telling."""
        if not isinstance(when, Zscore | Regression):
            return None
        run = await self._runs.facts(run_id)
        value = await self._runs.summary_value(run, when.metric) if run else None
        if run is None or value is None:
            return None
        others = await self._runs.finished_values(run, when.metric, when.filters, when.last)
        if isinstance(when, Zscore):
            return of_zscore(when, value, others)
        return of_regression(when, value, others)


def of_zscore(when: Zscore, value: float, others: Sequence[float]) -> Firing | None:
    """Whether the value stands out."""
    z = robust_z(value, others)
    if z is None or directed(z, when.direction) < when.threshold:
        return None
    reason = f"{when.metric} = {value:g} is {z:+.1f} deviations off the last {len(others)} runs"
    return Firing(reason, when.metric, value, when.threshold, median(others))


def of_regression(when: Regression, value: float, others: Sequence[float]) -> Firing | None:
    """Whether the value is worse."""
    verdict = judge_one(
        value,
        others,
        higher_is_better=when.better == "higher",
        tolerance=when.tolerance,
        relative=when.relative,
    )
    if verdict is not Verdict.REGRESSED:
        return None
    middle = median(others)
    reason = f"{when.metric} = {value:g} has regressed from {middle:g} of {len(others)} runs"
    return Firing(reason, when.metric, value, when.tolerance, middle)

"""What is said of a finished run beside others: a firing, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from services.alerts.domain.baseline import Sample, meant
from services.alerts.domain.comparison import Regression, Zscore
from services.alerts.domain.condition import directed
from services.alerts.domain.drift import begins_to_drift
from services.alerts.domain.statistics import Verdict, judge, robust_z
from services.alerts.domain.track import Firing


def of_zscore(when: Zscore, value: float, found: Sequence[Sample]) -> Firing | None:
    """Whether the value stands out."""
    others = _values(found[: when.last], when.metric)
    z = robust_z(value, others)
    if z is None or directed(z, when.direction) < when.threshold:
        return None
    reason = f"{when.metric} = {value:g} is {z:+.1f} deviations off the last {len(others)} runs"
    return Firing(reason, when.metric, value, when.threshold, median(others))


def of_regression(when: Regression, value: float, found: Sequence[Sample]) -> Firing | None:
    """Whether the value is worse, at once or as the last of many small steps."""
    others = _values(meant(when.measure, found), when.metric)
    judged = judge([value], others, when.bound, named=when.measure.named)
    if judged.verdict is Verdict.REGRESSED and judged.baseline is not None:
        reason = (
            f"{when.metric} = {value:g} has regressed from "
            f"{judged.baseline:g} ({runs(len(others))})"
        )
        return Firing(reason, when.metric, value, when.tolerance, judged.baseline)
    if when.measure.named:
        return None
    series = [*reversed(_values(found, when.metric)), value]
    lost = begins_to_drift(series, when.bound)
    if lost is None:
        return None
    reason = f"{when.metric} has drifted by {lost:+.3g} over the last {len(series)} runs"
    return Firing(reason, when.metric, value, when.tolerance, series[0])


def _values(samples: Sequence[Sample], metric: str) -> list[float]:
    return [sample.values[metric] for sample in samples if metric in sample.values]


def runs(count: int) -> str:
    return f"{count} run" if count == 1 else f"{count} runs"

"""A run beside others: z-scores and regressions, when it has finished or while it runs."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Sequence

from services.alerts.domain.alert import RunFacts
from services.alerts.domain.baseline import Baseline, Sample, meant, wanted
from services.alerts.domain.comparison import Regression, Zscore
from services.alerts.domain.condition import Condition
from services.alerts.domain.curve import Curve
from services.alerts.domain.rule import Rule
from services.alerts.domain.statistics import Bound, Verdict, judge
from services.alerts.domain.track import Firing, Point
from services.alerts.domain.verdict import of_regression, of_zscore, runs
from services.alerts.domain.window import ENDED
from services.alerts.ports import Runs

FRESH_S = 30.0
"""How long the baseline of a running comparison counts."""
_MOST_BASELINES = 256
_MOST_POINTS = 1_000_000


class Comparer:
    """Asks runs for the values; the verdict is the domain's."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self._curves = _Curves()
        self._baselines: dict[tuple[str, int, str, str], tuple[float, Sequence[Sample]]] = {}

    async def compare(self, when: Condition, run_id: str) -> Firing | None:
        """None for other conditions, too few runs, and nothing worth telling."""
        if not isinstance(when, Zscore | Regression):
            return None
        run = await self._runs.facts(run_id)
        value = await self._runs.summary_value(run, when.metric) if run else None
        if run is None or value is None:
            return None
        if isinstance(when, Zscore):
            others = await self._others(run, when.metric, when.measure, drift=False)
            return of_zscore(when, value, others)
        others = await self._others(run, when.metric, when.measure, when.bound)
        return of_regression(when, value, [each for each in others if each.id != run_id])

    async def compare_running(self, rule: Rule, run_id: str, point: Point) -> Firing | None:
        """Beside what the baseline's runs had at the same step."""
        when = rule.when
        run = await self._runs.facts(run_id) if isinstance(when, Regression) else None
        if run is None or not isinstance(when, Regression):
            return None
        others = [each for each in await self._baseline(rule, when, run) if each.id != run_id]
        curves = [await self._curve(other, when.metric) for other in others]
        values = [value for curve in curves if (value := curve.at_step(point.step)) is not None]
        judged = judge([point.value], values, when.bound, named=when.measure.named)
        if judged.verdict is not Verdict.REGRESSED or judged.baseline is None:
            return None
        reason = (
            f"{when.metric} = {point.value:g} at step {point.step} is worse than the "
            f"{judged.baseline:g} there ({runs(len(values))})"
        )
        return Firing.of(point, point.value, reason, when.tolerance, judged.baseline)

    async def _baseline(self, rule: Rule, when: Regression, run: RunFacts) -> Sequence[Sample]:
        """The same for all runs of a project, for a while; only finished ones are in it."""
        key = (rule.id, rule.revision, run.entity, run.project)
        until, known = self._baselines.get(key, (0.0, ()))
        if until > time.monotonic():
            return known
        found = await self._others(run, when.metric, when.measure, when.bound, drift=False)
        if len(self._baselines) >= _MOST_BASELINES:
            self._baselines.clear()
        known = meant(when.measure, found)
        self._baselines[key] = (time.monotonic() + FRESH_S, known)
        return known

    async def _others(
        self,
        run: RunFacts,
        metric: str,
        measure: Baseline,
        bound: Bound | None = None,
        *,
        drift: bool = True,
    ) -> Sequence[Sample]:
        place = (run.entity, run.project)
        if measure.run is not None:
            pinned = await self._runs.named(None, place, measure.run, [metric])
            return [pinned] if pinned is not None else []
        asked = wanted(
            measure,
            metric,
            higher_is_better=bound is not None and bound.higher_is_better,
            but_not=[run.name],
            drift=drift,
        )
        return await self._runs.samples(None, place, asked, [metric])

    async def _curve(self, run: Sample, metric: str) -> Curve:
        known = self._curves.get(run.id, metric)
        if known is None:
            known = Curve.of(await self._runs.curve(None, run.id, metric))
            self._curves.keep(run.id, metric, known, for_good=run.state in ENDED)
        return known


class _Curves:
    """The last used ones, as many as a number of points allows.

    Those of runs that have ended stay as they are; others count as long as a baseline does.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], tuple[float, Curve]] = OrderedDict()
        self._points = 0

    def get(self, run_id: str, metric: str) -> Curve | None:
        until, curve = self._kept.get((run_id, metric), (0.0, None))
        if curve is None or until < time.monotonic():
            return None
        self._kept.move_to_end((run_id, metric))
        return curve

    def keep(self, run_id: str, metric: str, curve: Curve, *, for_good: bool) -> None:
        _, before = self._kept.pop((run_id, metric), (0.0, None))
        self._points += _size(curve) - (_size(before) if before is not None else 0)
        until = float("inf") if for_good else time.monotonic() + FRESH_S
        self._kept[run_id, metric] = (until, curve)
        while self._points > _MOST_POINTS and len(self._kept) > 1:
            _, (_, dropped) = self._kept.popitem(last=False)
            self._points -= _size(dropped)


def _size(curve: Curve) -> int:
    """In points; an empty one takes some room too."""
    return len(curve) + 16

"""Whether runs differ from those before them: tests suited to how many there are."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean, median, stdev

ENOUGH = 5
SEVERAL = 3
RESAMPLES = 2_000
Z_OF_A_RUN = 3.5
"""Iglewicz and Hoaglin's mark for one outlier by the median absolute deviation."""
_Z_OF_FEW = {5: 7.8, 6: 5.6, 7: 4.9, 8: 4.4, 9: 4.0}
"""Among few others the deviation itself is uncertain: as few false alarms as among ten."""
LEVEL = 0.05
_MAD_TO_SIGMA = 1.4826


class Verdict(StrEnum):
    """What the comparison says."""

    REGRESSED = "regressed"
    IMPROVED = "improved"
    UNCHANGED = "unchanged"
    NOT_ENOUGH_DATA = "not enough data"


def robust_z(value: float, others: Sequence[float]) -> float | None:
    """How many robust deviations off the others' median; None with too few of them."""
    known = [other for other in others if math.isfinite(other)]
    if len(known) < 3 or not math.isfinite(value):
        return None
    middle = median(known)
    spread = _MAD_TO_SIGMA * median(abs(other - middle) for other in known)
    spread = spread or stdev(known)
    if spread == 0:
        return 0.0 if value == middle else math.copysign(math.inf, value - middle)
    return (value - middle) / spread


@dataclass(frozen=True, slots=True)
class Bound:
    """What may be lost before anybody is told, and which way is better."""

    higher_is_better: bool
    tolerance: float = 0.0
    relative: bool = True

    def gain(self, ours: float, others: float) -> float:
        """How much better; negative for worse."""
        return ours - others if self.higher_is_better else others - ours

    def allowed(self, others: float) -> float:
        """The tolerance in the metric's own unit."""
        return self.tolerance * abs(others) if self.relative else self.tolerance


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and what it rests on. `score` is z, or p, as the test has it."""

    verdict: Verdict
    test: str = "none"
    value: float | None = None
    baseline: float | None = None
    score: float | None = None


def judge(
    ours: Sequence[float], others: Sequence[float], bound: Bound, *, named: bool
) -> Judgement:
    """The test that suits how many there are.

    Against a `named` run the tolerance alone decides, because one value has no spread. Against a
    set of runs a difference must also stand out of the set's own noise.
    """
    known = [other for other in others if math.isfinite(other)]
    value = fmean(ours) if ours else None
    if value is None or len(known) < (1 if named else ENOUGH):
        return Judgement(Verdict.NOT_ENOUGH_DATA, value=value)
    ours_many = len(ours) >= SEVERAL and all(math.isfinite(one) for one in ours)
    if ours_many and len(known) >= SEVERAL:
        middle = fmean(known)
        p = bootstrap_p(ours, known)
        verdict = _beyond(bound.gain(value, middle), bound.allowed(middle)) if p < LEVEL else None
        return Judgement(verdict or Verdict.UNCHANGED, "bootstrap", value, middle, p)
    if named:
        middle = fmean(known)
        return Judgement(_against(value, middle, bound), "tolerance", value, middle)
    middle = median(known)
    z = robust_z(value, known)
    outside = z is None or abs(z) >= mark_of(len(known))
    verdict = _against(value, middle, bound) if outside else Verdict.UNCHANGED
    return Judgement(verdict, "robust z", value, middle, z)


def judge_one(value: float, others: Sequence[float], bound: Bound) -> Verdict:
    """One run against many. NaN where all others had a number is worse than anything."""
    return judge([value], others, bound, named=False).verdict


def judge_many(values: Sequence[float], others: Sequence[float], bound: Bound) -> Verdict:
    """Several runs against several: the bootstrap, and Welch's statistic as its measure."""
    ours = [value for value in values if math.isfinite(value)]
    if len(ours) < SEVERAL:
        return Verdict.NOT_ENOUGH_DATA
    return judge(ours, others, bound, named=False).verdict


def mark_of(count: int) -> float:
    """From how many robust deviations on one value stands out of `count` others."""
    return _Z_OF_FEW.get(count, Z_OF_A_RUN)


def _against(value: float, middle: float, bound: Bound) -> Verdict:
    if math.isnan(value):
        return Verdict.REGRESSED
    return _beyond(bound.gain(value, middle), bound.allowed(middle))


def _beyond(gain: float, allowed: float) -> Verdict:
    """A hair of rounding is no loss: 0.891 is one per cent of 0.9 under it, not more."""
    if abs(gain) <= allowed * (1 + 1e-9):
        return Verdict.UNCHANGED
    return Verdict.IMPROVED if gain > 0 else Verdict.REGRESSED


def welch_t(ours: Sequence[float], others: Sequence[float]) -> float:
    """The difference of two means in units of its own error."""
    error = math.sqrt(_variance(ours) / len(ours) + _variance(others) / len(others))
    delta = fmean(ours) - fmean(others)
    if error == 0:
        return 0.0 if delta == 0 else math.copysign(math.inf, delta)
    return delta / error


def bootstrap_p(ours: Sequence[float], others: Sequence[float], seed: int = 0) -> float:
    """How often chance alone gives a Welch statistic as large; the same for the same seed."""
    found = abs(welch_t(ours, others))
    chance = random.Random(seed)  # noqa: S311 - chance that can be repeated, not a secret
    middle = fmean([*ours, *others])
    first = [value - fmean(ours) + middle for value in ours]
    second = [value - fmean(others) + middle for value in others]
    larger = 0
    for _ in range(RESAMPLES):
        t = welch_t(chance.choices(first, k=len(first)), chance.choices(second, k=len(second)))
        larger += abs(t) >= found
    return (larger + 1) / (RESAMPLES + 1)


def _variance(values: Sequence[float]) -> float:
    """The standard library's is exact, and a hundred times slower."""
    middle = fmean(values)
    return math.fsum((value - middle) ** 2 for value in values) / (len(values) - 1)

"""Whether a finished run differs from those before it: tests suited to how many there are."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from enum import StrEnum
from statistics import fmean, median, stdev

ENOUGH = 5
RESAMPLES = 2_000
Z_OF_A_RUN = 3.5
"""Iglewicz and Hoaglin's mark for one outlier by the median absolute deviation."""
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


def judge_one(
    value: float,
    others: Sequence[float],
    *,
    higher_is_better: bool,
    tolerance: float,
    relative: bool,
) -> Verdict:
    """One run against many. NaN where all others had a number is worse than anything."""
    known = [other for other in others if math.isfinite(other)]
    if len(known) < ENOUGH:
        return Verdict.NOT_ENOUGH_DATA
    if math.isnan(value):
        return Verdict.REGRESSED
    gain = value - median(known) if higher_is_better else median(known) - value
    z = robust_z(value, known)
    allowed = tolerance * abs(median(known)) if relative else tolerance
    if not math.isinf(value) and (z is None or abs(z) < Z_OF_A_RUN):
        return Verdict.UNCHANGED
    if abs(gain) <= allowed:
        return Verdict.UNCHANGED
    return Verdict.IMPROVED if gain > 0 else Verdict.REGRESSED


def judge_many(
    values: Sequence[float],
    others: Sequence[float],
    *,
    higher_is_better: bool,
    tolerance: float,
    relative: bool,
    seed: int = 0,
) -> Verdict:
    """Several runs against several: the bootstrap, and Welch's statistic as its measure."""
    ours = [value for value in values if math.isfinite(value)]
    known = [other for other in others if math.isfinite(other)]
    if len(ours) < 3 or len(known) < ENOUGH:
        return Verdict.NOT_ENOUGH_DATA
    gain = fmean(ours) - fmean(known) if higher_is_better else fmean(known) - fmean(ours)
    allowed = tolerance * abs(fmean(known)) if relative else tolerance
    if abs(gain) <= allowed or bootstrap_p(ours, known, seed) >= LEVEL:
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

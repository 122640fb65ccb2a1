"""Slow drift: runs that get worse one after the other, each too little to stand out alone.

A moving baseline follows such a drift and never tells. So the order is tested, not the size: the
Mann-Kendall test counts pairs that got worse, and Sen's slope says by how much in all.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from statistics import NormalDist, median

from services.alerts.domain.statistics import Bound

ENOUGH = 12
LEVEL = 0.002
"""Small, because it is asked again with every run."""


def drifted(values: Sequence[float], bound: Bound) -> float | None:
    """How far the values (the oldest first) have got worse in all; None if they have not."""
    known = [value for value in values if math.isfinite(value)]
    if len(known) < ENOUGH or _chance_of_falling(known, bound) >= LEVEL:
        return None
    slopes = [(b - a) / (j - i) for (i, a), (j, b) in combinations(enumerate(known), 2)]
    total = median(slopes) * (len(known) - 1)
    gain = total if bound.higher_is_better else -total
    return total if gain < 0 and -gain > bound.allowed(median(known)) else None


def begins_to_drift(values: Sequence[float], bound: Bound) -> float | None:
    """The same, if the last value is what made it so: a drift is told once."""
    found = drifted(values, bound)
    return found if found is not None and drifted(values[:-1], bound) is None else None


def _chance_of_falling(values: Sequence[float], bound: Bound) -> float:
    """How likely chance alone gives as many pairs that got worse (one-sided)."""
    count = len(values)
    score = sum((b > a) - (b < a) for a, b in combinations(values, 2))
    worse = -score if bound.higher_is_better else score
    ties = sum(size * (size - 1) * (2 * size + 5) for size in Counter(values).values())
    variance = (count * (count - 1) * (2 * count + 5) - ties) / 18
    if variance <= 0 or worse <= 0:
        return 1.0
    return 1 - NormalDist().cdf((worse - 1) / math.sqrt(variance))

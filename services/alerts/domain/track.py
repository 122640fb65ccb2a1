"""What a rule remembers of one metric of one run, and what it says when it fires."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self


@dataclass(frozen=True, slots=True)
class Point:
    """One logged value. `at` is in Unix seconds, by the clock of whoever logged it."""

    metric: str
    value: float
    step: int
    at: float


@dataclass(frozen=True, slots=True)
class Firing:
    """A condition began to hold. `key` tells apart what may fire once each, such as states."""

    reason: str
    metric: str | None = None
    value: float | None = None
    threshold: float | None = None
    baseline: float | None = None
    step: int | None = None
    key: str = ""

    @classmethod
    def of(
        cls,
        point: Point,
        value: float,
        reason: str,
        threshold: float | None = None,
        baseline: float | None = None,
    ) -> Self:
        """Because of a point."""
        return cls(reason, point.metric, value, threshold, baseline, point.step)


@dataclass(slots=True)
class Track:
    """`values` is a window of at most a thousand; `holding` is whether the condition holds now."""

    metric: str
    values: list[float] = field(default_factory=list)
    best: float | None = None
    best_step: int = 0
    since: float | None = None
    holding: bool = False

    def push(self, value: float, size: int) -> bool:
        """Take a value into the window; whether the window is full."""
        self.values.append(value)
        del self.values[:-size]
        return len(self.values) == size

    def begins(self, holds: bool) -> bool:
        """Whether the condition holds and did not a point ago."""
        begun = holds and not self.holding
        self.holding = holds
        return begun


def aggregate(values: Sequence[float], how: str) -> float:
    """One number for a window, whose size is bounded."""
    if how == "last":
        return values[-1]
    if how == "min":
        return min(values)
    if how == "max":
        return max(values)
    try:
        return math.fsum(values) / len(values)
    except (OverflowError, ValueError):  # both infinities, or a sum beyond the largest float
        return sum(values) / len(values)

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
    """A condition began to hold. `key` tells apart what may fire once each, such as states.

    What a script says has a `title` and a `severity` of its own.
    """

    reason: str
    metric: str | None = None
    value: float | None = None
    threshold: float | None = None
    baseline: float | None = None
    step: int | None = None
    key: str = ""
    title: str | None = None
    severity: str | None = None

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
    """`values` is a window of at most a thousand; `holding` is whether the condition holds now.

    `looked_at` is the step at which a running run was last compared with others.
    """

    metric: str
    values: list[float] = field(default_factory=list)
    best: float | None = None
    best_step: int = 0
    since: float | None = None
    holding: bool = False
    looked_at: int = 0

    @property
    def is_blank(self) -> bool:
        """Whether a fresh one would say the same, so that this one need not be kept."""
        return not (
            self.values
            or self.holding
            or self.looked_at
            or self.best is not None
            or self.since is not None
        )

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

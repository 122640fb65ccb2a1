"""A curve: the points of one metric of one run, in the order of their steps."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from typing import Self

from services.alerts.domain.track import Point


def at_step(curve: Sequence[Point], step: int) -> float | None:
    """The value that a run had at a step: the last one logged by then.

    None before the first, and beyond the end: a run that stopped earlier has nothing to say there.
    """
    if not curve or step > curve[-1].step:
        return None
    found = bisect_right(curve, step, key=lambda point: point.step)
    return curve[found - 1].value if found else None


class Curve:
    """A curve in a tenth of the room, for keeping many."""

    def __init__(self, steps: Sequence[int], values: Sequence[float]) -> None:
        self._steps = array("q", steps)
        self._values = array("d", values)

    @classmethod
    def of(cls, points: Sequence[Point]) -> Self:
        """From points in the order of their steps."""
        return cls([point.step for point in points], [point.value for point in points])

    def __len__(self) -> int:
        return len(self._steps)

    def at_step(self, step: int) -> float | None:
        """As the function of that name."""
        if not self._steps or step > self._steps[-1]:
            return None
        found = bisect_right(self._steps, step)
        return self._values[found - 1] if found else None

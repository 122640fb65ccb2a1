"""What a rule waits for in a run beside others: that it stands out, that it has got worse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from services.alerts.domain.baseline import Baseline
from services.alerts.domain.condition import Condition
from services.alerts.domain.statistics import Bound
from services.alerts.domain.track import Point, Track


@dataclass(frozen=True, slots=True)
class Zscore(Condition):
    """A finished run stands out from those before it."""

    kind: ClassVar[str] = "zscore"
    metric: str
    threshold: float = 3.0
    last: int = 10
    direction: str = "any"
    filters: str | None = None

    @property
    def measure(self) -> Baseline:
        """What it is measured against."""
        return Baseline("runs", filters=self.filters, last=self.last)


@dataclass(frozen=True, slots=True)
class Regression(Condition):
    """A run is worse than its baseline: when it has finished, or already while it runs."""

    kind: ClassVar[str] = "regression"
    metric: str
    better: str
    baseline: str = "runs"
    run: str | None = None
    tag: str | None = None
    last: int = 10
    tolerance: float = 0.0
    relative: bool = True
    filters: str | None = None
    every_steps: int | None = None

    @property
    def glob(self) -> str | None:
        return self.metric if self.every_steps is not None else None

    @property
    def measure(self) -> Baseline:
        """What it is measured against."""
        run = self.run if self.baseline == "run" else None
        return Baseline(self.baseline, run, self.tag, self.filters, self.last)

    @property
    def bound(self) -> Bound:
        """What may be lost."""
        return Bound(self.better == "higher", self.tolerance, self.relative)

    def is_due(self, track: Track, point: Point) -> bool:
        """Whether a running run is to be compared at this point; a finished one always is."""
        every = self.every_steps or 1
        if point.step // every <= track.looked_at // every:
            return False
        track.looked_at = point.step
        return True

"""What a rule waits for in one run: a class a kind, deciding point by point in constant time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import ClassVar, Literal

from services.alerts.domain.track import Firing, Point, Track, aggregate

_SIGNS = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


@dataclass(frozen=True, slots=True)
class Condition:
    """What every kind has. `stream` is where its points come from; None for those without any."""

    kind: ClassVar[str] = ""

    @property
    def glob(self) -> str | None:
        """Which metrics it looks at."""
        return None

    @property
    def stream(self) -> Literal["history", "events"] | None:
        """Names that begin with `system.` are told in a stream of their own."""
        if self.glob is None:
            return None
        return "events" if self.glob.startswith("system.") else "history"

    @property
    def keeps(self) -> int:
        """How many values of one metric it has to remember."""
        return 0

    def wants(self, stream: str, metric: str) -> bool:
        """Whether a point concerns it."""
        return self.glob is not None and self.stream == stream and fnmatchcase(metric, self.glob)

    def observe(self, track: Track, point: Point) -> Firing | None:
        """Take one point in; answers when the condition has just begun to hold."""
        return None


@dataclass(frozen=True, slots=True)
class Threshold(Condition):
    """The last values together compare with one value."""

    kind: ClassVar[str] = "threshold"
    metric: str
    op: str
    value: float
    window: int = 1
    agg: str = "last"

    @property
    def glob(self) -> str:
        return self.metric

    @property
    def keeps(self) -> int:
        return self.window if self.window > 1 else 0

    def observe(self, track: Track, point: Point) -> Firing | None:
        if math.isnan(point.value):
            return None
        found = point.value
        if self.window > 1:
            if not track.push(point.value, self.window):
                return None
            found = aggregate(track.values, self.agg)
        sign = _SIGNS.get(self.op.lstrip("$"), self.op)
        if not track.begins(_compares(found, sign, self.value)):
            return None
        shown = "" if self.window == 1 else f"{self.agg} of the last {self.window} "
        return Firing.of(point, found, f"{shown}{point.metric} {sign} {self.value:g}", self.value)


@dataclass(frozen=True, slots=True)
class Change(Condition):
    """The current window differs from the one before it."""

    kind: ClassVar[str] = "change"
    metric: str
    amount: float
    relative: bool = False
    direction: str = "any"
    window: int = 1
    prior_window: int = 1
    agg: str = "avg"

    @property
    def glob(self) -> str:
        return self.metric

    @property
    def keeps(self) -> int:
        return self.window + self.prior_window

    def observe(self, track: Track, point: Point) -> Firing | None:
        if not math.isfinite(point.value):
            return None
        if not track.push(point.value, self.keeps):
            return None
        before = aggregate(track.values[: self.prior_window], self.agg)
        after = aggregate(track.values[self.prior_window :], self.agg)
        delta = after - before
        if self.relative:
            delta = delta / abs(before) if before else math.copysign(math.inf, delta) * bool(delta)
        if not track.begins(directed(delta, self.direction) >= self.amount > 0):
            return None
        shown = f"{delta:+.2%}" if self.relative else f"{delta:+g}"
        return Firing.of(point, after, f"{point.metric} changed by {shown}", self.amount, before)


@dataclass(frozen=True, slots=True)
class Nan(Condition):
    """A value is no finite number."""

    kind: ClassVar[str] = "nan"
    metric: str = "*"

    @property
    def glob(self) -> str:
        return self.metric

    def observe(self, track: Track, point: Point) -> Firing | None:
        if not track.begins(not math.isfinite(point.value)):
            return None
        return Firing.of(point, point.value, f"{point.metric} is {point.value}")


@dataclass(frozen=True, slots=True)
class Plateau(Condition):
    """No improvement for so many steps."""

    kind: ClassVar[str] = "plateau"
    metric: str
    steps: int
    better: str = "lower"
    tolerance: float = 0.0

    @property
    def glob(self) -> str:
        return self.metric

    def observe(self, track: Track, point: Point) -> Firing | None:
        if math.isnan(point.value):
            return None
        gain = point.value - track.best if track.best is not None else math.inf
        if self.better == "lower" and track.best is not None:
            gain = -gain
        if gain > self.tolerance:
            track.best, track.best_step = point.value, point.step
        if not track.begins(point.step - track.best_step >= self.steps):
            return None
        age = point.step - track.best_step
        reason = f"{point.metric} has not improved for {age} steps"
        return Firing.of(point, point.value, reason, float(self.steps), track.best)


@dataclass(frozen=True, slots=True)
class Silence(Condition):
    """No point for so long; a clock asks, not a point."""

    kind: ClassVar[str] = "silence"
    seconds: float
    metric: str = "_step"

    @property
    def glob(self) -> str:
        return self.metric


@dataclass(frozen=True, slots=True)
class GpuIdle(Condition):
    """A system metric stays under a level, by the run's own clock."""

    kind: ClassVar[str] = "gpu_idle"
    seconds: float
    below: float = 5.0
    metric: str = "system.gpu.*.gpu"

    @property
    def glob(self) -> str:
        return self.metric

    def observe(self, track: Track, point: Point) -> Firing | None:
        idle = point.value < self.below
        if not idle:
            track.since = None
        elif track.since is None:
            track.since = point.at
        lasted = point.at - track.since if track.since is not None else -1.0
        if not track.begins(idle and lasted >= self.seconds):
            return None
        reason = f"{point.metric} has been under {self.below:g} for {lasted:.0f} s"
        return Firing.of(point, point.value, reason, self.below)


@dataclass(frozen=True, slots=True)
class StateChange(Condition):
    """The run enters a state. `started` is a new run's beginning."""

    kind: ClassVar[str] = "state"
    states: Sequence[str]

    def entered(self, state: str, previous: str | None) -> str | None:
        """The state in the rule's words, if it is one of them."""
        name = state
        if state == "running":
            name = "started" if previous in (None, "pending") else ""
        return name if name in self.states else None


@dataclass(frozen=True, slots=True)
class Scripted(Condition):
    """The script says it itself."""

    kind: ClassVar[str] = "alert"
    levels: Sequence[str] = field(default_factory=tuple)

    def hears(self, level: str) -> bool:
        """Without levels, every one."""
        return not self.levels or level in self.levels


def directed(delta: float, direction: str) -> float:
    """How far it went the way that counts; negative for the other way."""
    if direction == "any":
        return abs(delta)
    return delta if direction == "increase" else -delta


def _compares(found: float, sign: str, value: float) -> bool:
    if sign == "<":
        return found < value
    if sign == "<=":
        return found <= value
    return found > value if sign == ">" else found >= value

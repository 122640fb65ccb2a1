"""What a rule remembers of one run, and how often it may speak up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from services.alerts.domain.condition import Condition, Silence
from services.alerts.domain.rule import Rule
from services.alerts.domain.track import Firing, Point, Track

MOST_TRACKS = 256
MOST_VALUES = 32_768
"""Of all metrics of one run together that one rule remembers."""
_TRACK_WEIGHT = 160
FLAPPING = 5
FLAPPING_WITHIN = timedelta(minutes=10)
MUTED_FOR = timedelta(hours=1)
DEAF_FOR = timedelta(seconds=60)
"""How long a run that a rule's filter leaves out is not asked about again."""


Fits = Callable[[int], bool]
"""Whether so many bytes more may be remembered of the run."""


class Voice(StrEnum):
    """What becomes of a firing."""

    SPEAK = "speak"
    NOTICE = "notice"
    """Say that it flaps and is muted now."""
    QUIET = "quiet"


@dataclass(slots=True)
class Memory:
    """`revision` is the rule's: a rule that was changed starts from nothing.

    Only metrics of which there is something to remember have a track; `full` says that one was
    left out. `weight` is about how many bytes the tracks may come to take. `heard_of` is the metric
    that was heard at `heard_at`.
    """

    rule_id: str
    revision: int
    tracks: dict[str, Track] = field(default_factory=dict)
    fired: list[str] = field(default_factory=list)
    recent: list[datetime] = field(default_factory=list)
    muted_until: datetime | None = None
    deaf_until: datetime | None = None
    heard_at: datetime | None = None
    heard_of: str | None = None
    silent: bool = False
    weight: int = 0
    full: bool = False

    def observe(
        self, condition: Condition, point: Point, now: datetime, fits: Fits | None = None
    ) -> Firing | None:
        """Take one point in, in constant time."""
        if isinstance(condition, Silence):
            self.hear(condition, now)
            return None
        metric = point.metric
        known = self.tracks.get(metric)
        if known is not None:
            firing = condition.observe(known, point)
            if known.is_blank:
                del self.tracks[metric]
                self.weight -= _weight(condition, metric)
            return firing
        fresh = Track(metric)
        firing = condition.observe(fresh, point)
        if fresh.is_blank or self._takes_in(fresh, condition, fits):
            return firing
        self.full = True  # told now, it would be told again at every point
        return None

    def track_of(self, metric: str) -> Track:
        """What is remembered of one metric, for a condition that looks at no other."""
        return self.tracks.setdefault(metric, Track(metric))

    def hear(self, condition: Silence, now: datetime) -> None:
        """The run is not silent."""
        self.heard_at, self.heard_of, self.silent = now, condition.metric, False

    def after_change(self, rule: Rule) -> Memory:
        """What is left of it once the rule was changed: when the run was last heard.

        A run that hung before the change is never heard again, and would not be told of.
        """
        left = Memory(rule.id, rule.revision)
        if isinstance(rule.when, Silence) and rule.when.metric == self.heard_of:
            left.heard_at, left.heard_of, left.silent = self.heard_at, self.heard_of, self.silent
        return left

    def _takes_in(self, track: Track, condition: Condition, fits: Fits | None) -> bool:
        most = min(MOST_TRACKS, MOST_VALUES // max(1, condition.keeps))
        weight = _weight(condition, track.metric)
        if len(self.tracks) >= most or (fits is not None and not fits(weight)):
            return False
        self.tracks[track.metric] = track
        self.weight += weight
        return True

    def tick(self, condition: Condition, now: datetime) -> Firing | None:
        """Nothing was heard until now: was that too long?"""
        due = self.due_at(condition)
        if due is None or due > now or self.heard_at is None:
            return None
        self.silent = True
        silent_for = (now - self.heard_at).total_seconds()
        reason = f"no new point for {silent_for:.0f} s"
        return Firing(reason, None, silent_for, getattr(condition, "seconds", None))

    def due_at(self, condition: Condition) -> datetime | None:
        """When the clock has to look again; None while it need not."""
        if not isinstance(condition, Silence) or self.heard_at is None or self.silent:
            return None
        return self.heard_at + timedelta(seconds=condition.seconds)

    def forget_holding(self, metric: str | None) -> None:
        """The firing did not count: let the next point begin it again."""
        if metric is not None and metric in self.tracks:
            self.tracks[metric].holding = False

    def is_deaf(self, now: datetime) -> bool:
        """Whether the rule's filter left the run out a moment ago."""
        return self.deaf_until is not None and self.deaf_until > now

    def voice(self, rule: Rule, firing: Firing, now: datetime) -> Voice:
        """Whether this firing is to be heard; asked before anybody is."""
        if any(until is not None and until > now for until in (self.muted_until, self.deaf_until)):
            return Voice.QUIET
        if rule.snoozed_until is not None and rule.snoozed_until > now:
            return Voice.QUIET
        if rule.once_per_run and firing.key in self.fired:
            return Voice.QUIET
        if self.recent and now - self.recent[-1] < timedelta(seconds=rule.cooldown_s):
            return Voice.QUIET
        lately = [at for at in self.recent if now - at < FLAPPING_WITHIN]
        return Voice.NOTICE if len(lately) >= FLAPPING else Voice.SPEAK

    def spoke(self, firing: Firing, voice: Voice, now: datetime) -> None:
        """Remember that it was heard."""
        if firing.key not in self.fired:
            self.fired.append(firing.key)
        self.recent = [*self.recent[-FLAPPING:], now]
        if voice is Voice.NOTICE:
            self.muted_until = now + MUTED_FOR


def _weight(condition: Condition, metric: str) -> int:
    return _TRACK_WEIGHT + len(metric.encode()) + 8 * condition.keeps

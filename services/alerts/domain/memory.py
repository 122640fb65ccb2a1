"""What a rule remembers of one run, and how often it may speak up."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from services.alerts.domain.condition import Condition, Silence
from services.alerts.domain.rule import Rule
from services.alerts.domain.track import Firing, Point, Track

MOST_TRACKS = 256
FLAPPING = 5
FLAPPING_WITHIN = timedelta(minutes=10)
MUTED_FOR = timedelta(hours=1)
DEAF_FOR = timedelta(seconds=60)
"""How long a run that a rule's filter leaves out is not asked about again."""


class Voice(StrEnum):
    """What becomes of a firing."""

    SPEAK = "speak"
    NOTICE = "notice"
    """Say that it flaps and is muted now."""
    QUIET = "quiet"


@dataclass(slots=True)
class Memory:
    """`revision` is the rule's: a rule that was changed starts from nothing."""

    rule_id: str
    revision: int
    tracks: dict[str, Track] = field(default_factory=dict)
    fired: list[str] = field(default_factory=list)
    recent: list[datetime] = field(default_factory=list)
    muted_until: datetime | None = None
    deaf_until: datetime | None = None
    heard_at: datetime | None = None
    silent: bool = False

    def observe(self, condition: Condition, point: Point, now: datetime) -> Firing | None:
        """Take one point in, in constant time."""
        if isinstance(condition, Silence):
            self.heard_at, self.silent = now, False
            return None
        track = self.tracks.get(point.metric)
        if track is None:
            if len(self.tracks) >= MOST_TRACKS:
                return None
            track = self.tracks[point.metric] = Track(point.metric)
        return condition.observe(track, point)

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

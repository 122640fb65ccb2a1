"""A delivery: one message to one place, tried over three days until it arrives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.alerts.domain.alert import alert_id
from services.alerts.domain.channel import Channel

SCHEDULE: Sequence[timedelta] = (
    timedelta(),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""How long after the try before each try comes."""

LEASE, MAIL_LEASE = timedelta(seconds=30), timedelta(minutes=3)
"""Longer than any try lasts."""
JITTER = 0.1
LONGEST_WAIT = timedelta(hours=24)
GONE = 410
_KEPT_ATTEMPTS = 50


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try. `status` is the receiver's, 0 where it gave none; `final` says never again."""

    at: datetime
    status: int = 0
    error: str | None = None
    ms: int = 0
    response: str = ""
    retry_after: float | None = None
    final: bool = False

    @property
    def arrived(self) -> bool:
        """Whether the receiver took it."""
        return self.error is None


@dataclass(slots=True)
class Delivery:
    """`tries` counts towards the schedule; probes through an open breaker do not count.

    `payload` is a rule's own template of what is posted, which comes before the channel's.
    `claim` is whose try is under way; while there is one, `due_at` is when it is given up.
    """

    id: str
    team: str
    channel_id: str
    kind: str
    event: str
    facts: str
    created_at: datetime
    due_at: datetime | None
    alert_id: str | None = None
    recipient: str | None = None
    payload: str | None = None
    state: str = "pending"
    tries: int = 0
    delivered_at: datetime | None = None
    claim: str | None = None
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def webhook_id(self) -> str:
        """What a receiver tells repeats by."""
        return f"msg_{self.id}"

    def lease(self) -> timedelta:
        """How long a try counts as under way: a try that is not heard of again waits like others.

        After a crash it comes soon, but what makes every try end so is tried ever less often.
        """
        shortest = MAIL_LEASE if self.kind == "email" else LEASE
        return max(shortest, SCHEDULE[min(self.tries, len(SCHEDULE) - 1)])

    def end(self, *attempts: Attempt) -> None:
        """It is not sent, and not tried again."""
        self.state, self.due_at = "failed", None
        self._note(*attempts)

    def tried(self, attempt: Attempt, channel: Channel, chance: Callable[[], float]) -> None:
        """What an attempt means for it and for its channel. `chance` is between 0 and 1."""
        probe = channel.health.broken
        self._note(attempt)
        if attempt.arrived:
            channel.health.succeeded()
            self.state, self.due_at, self.delivered_at = "delivered", None, attempt.at
            return
        if attempt.status == GONE:
            channel.health.disable(attempt.at, "The receiver answered 410 Gone.")
        elif not attempt.final:
            channel.health.failed(attempt.at)
        if attempt.final or channel.health.disabled_at is not None:
            self.state, self.due_at = "failed", None
            return
        if not probe:
            self.tries += 1
        self._again(attempt, channel, chance)

    def follow(self, first: Delivery) -> None:
        """It went along in one message, and became what that became."""
        self.state, self.due_at, self.delivered_at = first.state, first.due_at, first.delivered_at
        self.tries = first.tries
        self._note(first.attempts[-1])

    def replay(self, at: datetime) -> None:
        """Send it again, from the beginning of the schedule."""
        self.state, self.due_at, self.tries, self.delivered_at = "pending", at, 0, None
        self.claim = None

    def _note(self, *attempts: Attempt) -> None:
        self.attempts = [*self.attempts, *attempts][-_KEPT_ATTEMPTS:]

    def _again(self, attempt: Attempt, channel: Channel, chance: Callable[[], float]) -> None:
        if self.tries < len(SCHEDULE):
            wait = SCHEDULE[self.tries] * (1 + JITTER * (2 * chance() - 1))
        elif channel.health.broken:
            wait = timedelta()  # the breaker says when: nothing is lost while it is open
        else:
            self.state, self.due_at = "failed", None
            return
        asked = timedelta(seconds=min(attempt.retry_after or 0.0, LONGEST_WAIT.total_seconds()))
        self.due_at = attempt.at + max(wait, asked)


def delivery_id(cause: str, channel_id: str, recipient: str | None) -> str:
    """One per alert, channel and recipient, however often the alert is told of."""
    return alert_id("delivery", cause, channel_id, recipient or "")


def deliveries_for(
    channel: Channel,
    cause: str,
    event: str,
    facts: str,
    at: datetime,
    *,
    of_alert: bool = True,
    payload: str | None = None,
) -> list[Delivery]:
    """What goes to one channel: a mail for each recipient, else one request."""
    recipients: Sequence[str | None] = channel.recipients if channel.kind == "email" else (None,)
    return [
        Delivery(
            id=delivery_id(cause, channel.id, recipient),
            team=channel.team,
            channel_id=channel.id,
            kind=channel.kind,
            event=event,
            facts=facts,
            created_at=at,
            due_at=at,
            alert_id=cause if of_alert else None,
            recipient=recipient,
            payload=payload if channel.kind == "webhook" else None,
        )
        for recipient in recipients
    ]

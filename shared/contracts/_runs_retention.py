"""Retention: how long a team or a project keeps what of its runs; and legal hold."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from shared.contracts._kinds import Call, Message


class RetentionRule(Message):
    """Days after a run was last logged to or edited; None says nothing about it.

    After `thin_days` a history of more rows is cut down to `thin_rows`, spread over the run.
    """

    runs_days: int | None = None
    console_days: int | None = None
    thin_days: int | None = None
    thin_rows: int | None = None


class HoldView(Message):
    """Why nothing goes for good, who said so, and since when."""

    reason: str
    by: str
    since: datetime


class RetentionView(Message):
    """`own` is what was said here, `effective` what holds: a team's word counts where a project
    has none. A hold of the team holds in every project of it."""

    own: RetentionRule
    effective: RetentionRule
    own_hold: HoldView | None = None
    hold: HoldView | None = None


class GetRetention(Message):
    """Of a project; of the whole entity without one. For those who manage it."""

    entity: str
    project: str | None = None


class SetRetention(Message):
    """All of what is said there."""

    entity: str
    project: str | None = None
    rule: RetentionRule


class SetHold(Message):
    """With a reason the hold begins, without one it ends."""

    entity: str
    project: str | None = None
    reason: str | None = Field(default=None, max_length=1_000)


class ApplyRetention(Message):
    """Now, instead of within the hour; a dry run only tells."""

    entity: str
    project: str
    dry_run: bool = True


class RetentionOutcome(Message):
    """Names of runs that went, whose console went, whose history was cut down.

    Of a dry run at most a hundred of each. On hold nothing is done.
    """

    runs: list[str]
    consoles: list[str]
    histories: list[str]
    held: bool


GET_RETENTION = Call("runs.retention.get", GetRetention, RetentionView)
SET_RETENTION = Call("runs.retention.set", SetRetention, RetentionView)
SET_HOLD = Call("runs.retention.hold", SetHold, RetentionView)
APPLY_RETENTION = Call("runs.retention.apply", ApplyRetention, RetentionOutcome)

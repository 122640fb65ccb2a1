"""What may be asked of alerts (rules, alerts, deliveries), and what it announces."""

from __future__ import annotations

from pydantic import Field

from shared.contracts._kinds import Call, Event, Message


class Watch(Message):
    """What rules want to see of a project's runs while they log.

    `metrics` and `system` are names or globs (`val/*`) of history and of system metrics.
    """

    project_id: str
    metrics: list[str] = Field(default_factory=list)
    system: list[str] = Field(default_factory=list)


class ListWatches(Message):
    """Asked by runs when it starts, and now and then."""


class Watches(Message):
    """Everything that is watched anywhere; a project that is not named is not watched."""

    items: list[Watch]


LIST_WATCHES = Call("alerts.watch.list", ListWatches, Watches)
WATCH_CHANGED = Event("events.alerts.watch.changed", Watch)

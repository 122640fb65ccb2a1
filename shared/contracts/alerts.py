"""What may be asked of alerts (rules, the gate, channels, alerts, deliveries), and its news."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from shared.contracts._alerts_channels import *  # noqa: F403 - one name for a service's contracts
from shared.contracts._alerts_gate import *  # noqa: F403
from shared.contracts._alerts_maintenance import *  # noqa: F403
from shared.contracts._alerts_rules import *  # noqa: F403
from shared.contracts._alerts_whens import Severity as _Severity
from shared.contracts._kinds import Call, Event, Message

AlertState = Literal["open", "acknowledged", "noise"]


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


class AlertView(Message):
    """Something that has fired. `rule` is None for a `run.alert()` that no rule asked for.

    What an artifact fired has that `artifact`, and a run only if one logged it. `quiet_because`
    says why nobody was told.
    """

    id: str
    entity: str
    project: str
    artifact: str | None = None
    artifact_type: str | None = None
    alias: str | None = None
    tag: str | None = None
    run_id: str
    run: str
    run_name: str
    username: str | None = None
    rule_id: str | None = None
    rule: str | None = None
    kind: str
    severity: _Severity
    title: str
    text: str
    metric: str | None = None
    value: float | None = None
    threshold: float | None = None
    baseline: float | None = None
    step: int | None = None
    run_state: str | None = None
    state: AlertState = "open"
    snoozed_until: datetime | None = None
    handled_by: str | None = None
    notified: list[str] = Field(default_factory=list)
    quiet_because: str | None = None
    fired_at: datetime


class ListAlerts(Message):
    """Alerts of a project, newest first, for whoever may read it."""

    entity: str
    project: str
    run: str | None = None
    rule_id: str | None = None
    state: AlertState | None = None
    limit: int = Field(default=50, ge=1, le=1000)
    cursor: str | None = None


class AlertPage(Message):
    """`next` goes into the following question; absent at the end."""

    items: list[AlertView]
    next: str | None = None


class HandleAlert(Message):
    """Say what was made of it. `snooze_s` also quiets its rule for that run so long."""

    id: str
    state: AlertState | None = None
    snooze_s: float | None = Field(default=None, ge=0, le=30 * 86_400)


class RaiseScripted(Message):
    """`run.alert()`: by whoever may log to the run; repeated within `wait_ms` it is not raised."""

    entity: str
    project: str
    run: str
    title: str = Field(max_length=1_024)
    text: str = Field(default="", max_length=65_536)
    severity: _Severity = "info"
    wait_ms: int = Field(default=60_000, ge=0)


class Raised(Message):
    """False when it was said a moment ago."""

    raised: bool


class DrawChart(Message):
    """For whoever has the link from a message."""

    ticket: str = Field(max_length=2048)


class Chart(Message):
    """`png` is base64."""

    png: str


class AlertFired(Message):
    """For those who look at the project right now."""

    alert_id: str
    entity: str
    project: str
    project_id: str
    run_id: str
    severity: _Severity
    title: str
    at: datetime


LIST_WATCHES = Call("alerts.watch.list", ListWatches, Watches)
LIST_ALERTS = Call("alerts.alert.list", ListAlerts, AlertPage)
HANDLE_ALERT = Call("alerts.alert.handle", HandleAlert, AlertView)
DRAW_CHART = Call("alerts.chart.draw", DrawChart, Chart)
RAISE_SCRIPTED = Call("alerts.alert.raise_scripted", RaiseScripted, Raised)

WATCH_CHANGED = Event("events.alerts.watch.changed", Watch)
ALERT_FIRED = Event("events.alerts.alert.fired", AlertFired)

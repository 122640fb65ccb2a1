"""An alert: something that fired, with everything that is said about it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from services.alerts.domain.artifact import ArtifactFacts
from services.alerts.domain.condition import Scripted
from services.alerts.domain.rule import Rule
from services.alerts.domain.template import filled
from services.alerts.domain.track import Firing


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What is known of a run at the moment when something fires."""

    id: str
    name: str
    display_name: str
    entity: str
    project: str
    project_id: str
    state: str
    username: str | None = None


@dataclass(slots=True)
class Alert:
    """`rule_id` is None for what a script said and no rule asked for.

    What an artifact fired has a run only if one logged it.
    """

    id: str
    project_id: str
    entity: str
    project: str
    run_id: str
    run: str
    run_name: str
    kind: str
    severity: str
    title: str
    text: str
    fired_at: datetime
    username: str | None = None
    rule_id: str | None = None
    rule: str | None = None
    artifact: str | None = None
    artifact_type: str | None = None
    alias: str | None = None
    tag: str | None = None
    metric: str | None = None
    value: float | None = None
    threshold: float | None = None
    baseline: float | None = None
    step: int | None = None
    run_state: str | None = None
    state: str = "open"
    snoozed_until: datetime | None = None
    handled_by: str | None = None
    notified: list[str] = field(default_factory=list)
    quiet_because: str | None = None

    def handle(self, by: str, state: str | None, snoozed_until: datetime | None) -> None:
        """What somebody made of it."""
        self.handled_by = by
        self.state = state or self.state
        self.snoozed_until = snoozed_until or self.snoozed_until


def alert_id(*what: object) -> str:
    """The same for the same cause, however often it is told: that is what makes it one alert."""
    text = "\x1f".join(str(part) for part in what)
    return hashlib.sha256(text.encode()).hexdigest()[:26]


def fired(
    rule: Rule | None,
    run: RunFacts,
    firing: Firing,
    own_id: str,
    at: datetime,
    *,
    flapping: bool = False,
) -> Alert:
    """The alert that a firing becomes; without a rule, what a script said and none asked for."""
    text = firing.reason
    if flapping:
        text += "; it fires too often and is muted for an hour in this run"
    return Alert(
        id=own_id,
        project_id=run.project_id,
        entity=run.entity,
        project=run.project,
        run_id=run.id,
        run=run.name,
        run_name=run.display_name,
        username=run.username,
        rule_id=rule.id if rule else None,
        rule=rule.name if rule else None,
        kind=rule.when.kind if rule else Scripted.kind,
        severity=firing.severity or (rule.severity if rule else "info"),
        title=firing.title or (f"{rule.name}: {run.display_name}" if rule else ""),
        text=text,
        metric=firing.metric,
        value=firing.value,
        threshold=firing.threshold,
        baseline=firing.baseline,
        step=firing.step,
        run_state=run.state,
        fired_at=at,
    )


def happened(rule: Rule, facts: ArtifactFacts, run: RunFacts | None, at: datetime) -> Alert:
    """The alert that an artifact's event becomes."""
    return Alert(
        id=alert_id(rule.id, *facts.cause),
        project_id=facts.project_id,
        entity=facts.entity,
        project=facts.project,
        run_id=run.id if run else "",
        run=run.name if run else "",
        run_name=run.display_name if run else "",
        username=facts.by or None,
        rule_id=rule.id,
        rule=rule.name,
        kind=rule.when.kind,
        severity=rule.severity,
        title=f"{rule.name}: {facts.name}",
        text=facts.said,
        artifact=facts.name,
        artifact_type=facts.type,
        alias=", ".join(facts.aliases) or None,
        tag=", ".join(facts.tags) or None,
        run_state=run.state if run else None,
        fired_at=at,
    )


def speak_as(alert: Alert, rule: Rule, public_url: str) -> None:
    """Say what the rule's author wrote instead of our own words."""
    facts = told(alert, public_url, "")
    if rule.text:
        alert.text = filled(rule.text, facts)
    if rule.title:
        alert.title = filled(rule.title, facts)


def link(alert: Alert, public_url: str) -> str:
    """Where the run or the artifact is looked at."""
    parts = [alert.entity, alert.project]
    if alert.artifact is None:
        parts += ["runs", alert.run]
    else:
        parts += ["artifacts", alert.artifact_type or "", *alert.artifact.split(":", 1)]
    path = "/".join(quote(part, safe="") for part in parts)
    return f"{public_url.rstrip('/')}/{path}"


def told(alert: Alert, public_url: str, at: str) -> dict[str, Any]:
    """What a receiver is told of it, and the variables of a template. Plain JSON values only."""
    return {
        "alert_id": alert.id,
        "kind": alert.kind,
        "severity": alert.severity,
        "title": alert.title,
        "text": alert.text,
        "rule": alert.rule,
        "entity": alert.entity,
        "project": alert.project,
        "run": alert.run,
        "run_id": alert.run_id,
        "run_name": alert.run_name,
        "run_state": alert.run_state,
        "username": alert.username,
        "metric": alert.metric,
        "value": plain(alert.value),
        "threshold": plain(alert.threshold),
        "baseline": plain(alert.baseline),
        "step": alert.step,
        "artifact": alert.artifact,
        "artifact_collection": (alert.artifact or "").partition(":")[0] or None,
        "artifact_version": (alert.artifact or "").partition(":")[2] or None,
        "artifact_type": alert.artifact_type,
        "alias": alert.alias,
        "tag": alert.tag,
        "link": link(alert, public_url),
        "timestamp": at,
    }


def plain(value: float | None) -> float | str | None:
    """JSON has no NaN and no infinities: they are told as words."""
    if value is None or value - value == 0:
        return value
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"

"""Rules, points, channels and deliveries with dull defaults: a test names only what matters."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from services.alerts.domain.channel import Channel
from services.alerts.domain.condition import Condition
from services.alerts.domain.delivery import Delivery
from services.alerts.domain.kinds import condition_of
from services.alerts.domain.memory import Memory
from services.alerts.domain.rule import Rule
from services.alerts.domain.track import Firing, Point

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def a_condition(kind: str, **given: Any) -> Condition:
    """A condition as a rule's author says it."""
    return condition_of({"kind": kind, **given})


def a_rule(when: Condition | None = None, **given: Any) -> Rule:
    """A rule about a loss."""
    fields: dict[str, Any] = {
        "id": "rule",
        "project_id": "project",
        "entity": "team",
        "project": "demo",
        "name": "too high",
        "when": when or a_condition("threshold", metric="loss", op=">", value=1.0),
        "notify": [],
        "severity": "warn",
        "cooldown_s": 0.0,
        "once_per_run": True,
        "enabled": True,
        "created_by": "alice",
        "created_at": NOON,
        "updated_at": NOON,
    }
    return Rule(**{**fields, **given})


def a_channel(**given: Any) -> Channel:
    """A webhook."""
    fields: dict[str, Any] = {
        "id": "channel",
        "team": "team",
        "name": "hook",
        "kind": "webhook",
        "created_by": "alice",
        "created_at": NOON,
        "url": "https://example.com/hook",
    }
    return Channel(**{**fields, **given})


def a_delivery(**given: Any) -> Delivery:
    """Due at noon."""
    fields: dict[str, Any] = {
        "id": "delivery",
        "team": "team",
        "channel_id": "channel",
        "kind": "webhook",
        "event": "alert.fired",
        "facts": "{}",
        "created_at": NOON,
        "due_at": NOON,
    }
    return Delivery(**{**fields, **given})


def fired_at(when: Condition, values: list[float], metric: str = "loss") -> list[int]:
    """The steps at which a condition fires when these are logged, one a second."""
    memory = Memory("rule", 1)
    found: list[Firing | None] = []
    for step, value in enumerate(values):
        found.append(memory.observe(when, Point(metric, value, step, float(step)), NOON))
    return [step for step, firing in enumerate(found) if firing is not None]

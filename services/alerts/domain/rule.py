"""A rule: what it waits for in which project, and whom it tells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.alerts.domain.condition import Condition, Scripted


@dataclass(slots=True)
class Rule:
    """`revision` rises with every change, so that what is remembered of runs starts anew."""

    id: str
    project_id: str
    entity: str
    project: str
    name: str
    when: Condition
    notify: list[str]
    severity: str
    cooldown_s: float
    once_per_run: bool
    enabled: bool
    created_by: str
    created_at: datetime
    updated_at: datetime
    filters: str | None = None
    snoozed_until: datetime | None = None
    revision: int = 1

    def change(self, at: datetime, **given: Any) -> None:
        """What is None stays. What it waits for is looked for from now on."""
        for name, value in given.items():
            if value is not None:
                setattr(self, name, value)
        self.revision += 1
        self.updated_at = at


def once_by_default(when: Condition) -> bool:
    """A script that says something twice means it twice."""
    return not isinstance(when, Scripted)


@dataclass(frozen=True, slots=True)
class Watched:
    """What a project's rules want to see of its runs while they log."""

    project_id: str
    metrics: Sequence[str] = ()
    system: Sequence[str] = ()


def watched(project_id: str, rules: Iterable[Rule]) -> Watched:
    """What enabled rules look at, each glob once."""
    metrics: set[str] = set()
    system: set[str] = set()
    for rule in rules:
        if rule.enabled and rule.when.glob is not None:
            (system if rule.when.stream == "events" else metrics).add(rule.when.glob)
    return Watched(project_id, sorted(metrics), sorted(system))

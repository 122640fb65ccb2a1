"""A rule: what it waits for in which project, and whom it tells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.alerts.domain.artifact import ArtifactChange
from services.alerts.domain.condition import Condition, Scripted
from shared.errors import Invalid

_TAKEN_AWAY = ("title", "text", "payload", "filters")
"""What an empty text takes away."""


@dataclass(slots=True)
class Rule:
    """`revision` rises with every change, so that what is remembered of runs starts anew.

    A rule without a `project` is its team's, and stands under the team's own key. `title` and
    `text` are said instead of our own words, `payload` is what a webhook is sent.
    """

    id: str
    project_id: str
    entity: str
    project: str | None
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
    description: str = ""
    title: str | None = None
    text: str | None = None
    payload: str | None = None
    filters: str | None = None
    snoozed_until: datetime | None = None
    revision: int = 1

    def __post_init__(self) -> None:
        """Nothing happens to an artifact once a run: each of its events is another."""
        if isinstance(self.when, ArtifactChange):
            self.once_per_run = False

    def covers(self, entity: str, project_id: str) -> bool:
        """Whether a project's runs are its business."""
        return self.project_id in (project_id, key_of_team(entity))

    def change(self, at: datetime, **given: Any) -> None:
        """What is None stays. What it waits for is looked for from now on."""
        for name, value in given.items():
            if value is not None:
                setattr(self, name, None if value == "" and name in _TAKEN_AWAY else value)
        self.__post_init__()
        self.revision += 1
        self.updated_at = at


def key_of_team(entity: str) -> str:
    """Under what the rules of a whole team stand: no project has such an id."""
    return f"team:{entity}"


def checked_once(when: Condition, wish: bool | None) -> bool:
    """What was wished, if it can be kept. A script that says something twice means it twice."""
    if isinstance(when, ArtifactChange) and wish:
        raise Invalid(
            "once_per_run: each event of an artifact is told; cooldown_s leaves some out.",
            field="once_per_run",
        )
    return not isinstance(when, Scripted | ArtifactChange) if wish is None else wish


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

"""Forks: a run that begins with the history of another one, up to a step."""

from __future__ import annotations

from dataclasses import dataclass

from services.runs.domain.searchable import checked_object


@dataclass(frozen=True, slots=True)
class BranchPoint:
    """The parent's name in the same project, and the last step to take over."""

    run: str
    step: int

    def __str__(self) -> str:
        return f"{self.run}@{self.step}"


@dataclass(frozen=True, slots=True)
class Inherited:
    """What a branch has taken over: so many lines, the last step and the summary as of then."""

    lines: int
    last_step: int
    summary: str


def branch_point(config: str, name: str) -> BranchPoint | None:
    """Where the config says that the run `name` forks off (wire-protocol §2.7).

    A rewound run names itself there; that has been seen to when its config comes.
    """
    own = checked_object(config, "config").get("_wandb")
    value = own.get("value") if isinstance(own, dict) else None
    point = value.get("branch_point") if isinstance(value, dict) else None
    if not isinstance(point, dict):
        return None
    run, step = point.get("run_id"), point.get("step")
    if isinstance(step, float) and step.is_integer():
        step = int(step)
    if not isinstance(run, str) or not isinstance(step, int) or run == name:
        return None
    return BranchPoint(run, step)

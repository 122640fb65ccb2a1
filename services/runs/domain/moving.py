"""Moving and copying runs: a job that remembers what is left to do, and can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from services.runs.domain.run import Run, State
from shared.errors import Conflict

UNDO_FOR = timedelta(days=7)
TAKEN = "A run of this name is already there."
_LIVE = frozenset({State.RUNNING, State.PREEMPTING, State.PENDING})


class MoveState(StrEnum):
    """Where a move is."""

    RUNNING = "running"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"


@dataclass(slots=True)
class Move:
    """`waiting` holds run ids still to go, `moved` those that went (copied: the new ids).

    `revision` counts the times it was kept: of two processes that carry the same move, one finds
    that it is no longer its turn.
    """

    id: str
    source: str
    target: str
    by: str
    at: datetime
    copies: bool = False
    state: MoveState = MoveState.RUNNING
    waiting: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    followed: list[str] = field(default_factory=list)
    """Runs that have gone and whose artifacts are still to follow (copied: `old:new`, where the
    new one may still be to be made)."""
    revision: int = 0
    freely: bool = False
    """Whoever asked manages both projects: protected aliases of artifacts go along."""

    @property
    def undo_until(self) -> datetime:
        """After this the move stands."""
        return self.at + UNDO_FOR

    def turn_back(self, now: datetime) -> None:
        """Begin to undo; raises Conflict when it is too late, too early or done already."""
        if self.copies:
            raise Conflict("Copies are not undone; delete the copied runs instead.")
        if self.state is not MoveState.DONE:
            raise Conflict(f"This move is {self.state}; only a finished one can be undone.")
        if now > self.undo_until:
            raise Conflict("This move is older than seven days and can no longer be undone.")
        self.state = MoveState.UNDOING
        self.waiting, self.moved, self.skipped = self.moved, [], []


def sort_out(
    runs: Sequence[Run], taken: frozenset[str], *, copies: bool
) -> tuple[list[Run], list[tuple[str, str]]]:
    """Which of the runs can go where the names `taken` are used, and why the others cannot."""
    going: list[Run] = []
    skipped: list[tuple[str, str]] = []
    names = set(taken)
    for run in runs:
        if run.name in names:
            skipped.append((run.name, TAKEN))
        elif copies and run.state in _LIVE:
            skipped.append((run.name, "It is still running; copy it when it has ended."))
        else:
            names.add(run.name)
            going.append(run)
    return going, skipped

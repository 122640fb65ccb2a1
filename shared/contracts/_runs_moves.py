"""Moving and copying runs."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from shared.contracts._kinds import Call, Event, Message


class MoveRuns(Message):
    """Move, or copy, runs to another project: the named ones, or those that match `filters`.

    The caller must be allowed to move runs out of the one project and into the other, which is
    made if it is absent. With `dry_run` nothing changes and the answer says what would. Without
    `wait` the answer comes at once, and GET_MOVE tells how far it has come.
    """

    entity: str
    project: str
    runs: list[str] | None = None
    filters: str | None = None
    to_entity: str
    to_project: str
    copy_them: bool = False
    dry_run: bool = False
    wait: bool = True


class SkippedRun(Message):
    """A run that stayed where it is, or of which something stayed, and why."""

    run: str
    reason: str


class MoveView(Message):
    """`done` of `total` runs have gone; `state` is running, done, undoing or undone.

    Only a dry run tells who could read the runs before and could not afterwards: `loses_access`
    names members of the two entities as far as the caller may see them, `loses_everyone` says
    that people outside both would.
    """

    id: str | None = None
    state: str
    entity: str
    project: str
    to_entity: str
    to_project: str
    total: int
    done: int
    skipped: list[SkippedRun] = Field(default_factory=list)
    undo_until: datetime | None = None
    by: str | None = None
    at: datetime | None = None
    loses_access: list[str] = Field(default_factory=list)
    loses_everyone: bool = False


class GetMove(Message):
    """How far a move has come."""

    id: str


class UndoMove(Message):
    """Bring the runs back, within seven days and with the same rights the other way round."""

    id: str


class RunsMoved(Message):
    """Runs went to another project; what refers to them by path should follow."""

    run_ids: list[str]
    from_project_id: str
    to_project_id: str
    by: str
    at: datetime


MOVE_RUNS = Call("runs.run.move", MoveRuns, MoveView)
GET_MOVE = Call("runs.move.get", GetMove, MoveView)
UNDO_MOVE = Call("runs.move.undo", UndoMove, MoveView)
RUNS_MOVED = Event("events.runs.run.moved", RunsMoved)

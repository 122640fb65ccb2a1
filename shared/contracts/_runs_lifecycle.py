"""What is done to a run that exists: stop, judge, rewind, throw away, bring back."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from shared.contracts._kinds import Call, Event, Message, Whole
from shared.contracts._runs_runs import RunPath, RunView


class StopRun(Message):
    """Ask the run's process to end; it learns so with its next file_stream answer."""

    path: RunPath


class SetRunState(Message):
    """To `pending` or `failed` as the SDK may (wire-protocol §2.8).

    With `override` those who manage the project set any state in which a run can end.
    """

    path: RunPath
    state: str
    override: bool = False


class RewindRun(Message):
    """Forget every history row after `step`; the run goes on from there."""

    path: RunPath
    step: Whole


class DeleteRun(Message):
    """Into the trash, from where it can be brought back for seven days."""

    path: RunPath
    delete_artifacts: bool = False


class UndeleteRun(Message):
    """Out of the trash; Gone once the seven days are over."""

    path: RunPath


class TagRuns(Message):
    """Put tags on runs of a project, by name, and take others off; their other tags stay."""

    entity: str
    project: str
    runs: list[str] = Field(max_length=1_000)
    add: list[str] = Field(default_factory=list, max_length=64)
    remove: list[str] = Field(default_factory=list, max_length=64)


class RetaggedRun(Message):
    """What was new to it: the same the other way round undoes it."""

    run: str
    added: list[str]
    removed: list[str]


class RetaggedRuns(Message):
    """Only those that were changed."""

    items: list[RetaggedRun]


class RunDeleted(Message):
    """A run went into the trash; with `delete_artifacts` what it made is to go, too."""

    run_id: str
    project_id: str
    entity: str
    project: str
    name: str
    delete_artifacts: bool
    by: str
    at: datetime


class RunUndeleted(Message):
    """A run came back."""

    run_id: str
    project_id: str
    entity: str
    project: str
    name: str
    by: str
    at: datetime


STOP_RUN = Call("runs.run.stop", StopRun, RunView)
SET_RUN_STATE = Call("runs.run.set_state", SetRunState, RunView)
REWIND_RUN = Call("runs.run.rewind", RewindRun, RunView)
DELETE_RUN = Call("runs.run.delete", DeleteRun, RunView)
UNDELETE_RUN = Call("runs.run.undelete", UndeleteRun, RunView)
TAG_RUNS = Call("runs.run.tag", TagRuns, RetaggedRuns)
RUN_DELETED = Event("events.runs.run.deleted", RunDeleted)
RUN_UNDELETED = Event("events.runs.run.undeleted", RunUndeleted)

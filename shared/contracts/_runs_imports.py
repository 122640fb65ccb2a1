"""Runs that were logged elsewhere and come in with their ids, their times and their authors."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from shared.contracts._kinds import Call, Count, Message
from shared.contracts._runs_runs import RunPath, RunView


class ForeignRun(Message):
    """What is known of a run where it was logged. `config` is text in the SDK's JSON dialect, so
    that NaN and long integers come in as they are."""

    name: str
    source: str = Field(min_length=1, max_length=2_048)
    """Where it comes from, as an address: an import is gone on with only from there."""
    state: Literal["finished", "failed", "crashed", "killed", "preempted"]
    created_at: datetime
    ended_at: datetime
    username: str | None = None
    """Who logged it; theirs again where somebody of that name is in the team."""
    exit_code: int | None = None
    display_name: str | None = None
    description: str | None = None
    notes: str | None = None
    tags: list[str] = Field(default_factory=list)
    config: str = "{}"
    group: str | None = None
    job_type: str | None = None
    commit: str | None = None
    repo: str | None = None
    host: str | None = None
    program: str | None = None


class ImportRun(ForeignRun):
    """Make room for a run that ended elsewhere; its lines and files follow like anybody's.

    Until it is sealed the run counts as being imported: what arrives neither revives it nor is
    told to anybody as news. Asking again finds it, and how far it has come. For those who manage
    the project. Conflict where the name belongs to a run that did not come from `source`.
    """

    entity: str
    project: str


class SentLines(Message):
    """How many lines of each stream were sent, and the summary they end in."""

    history: Count
    events: Count = 0
    log: Count = 0
    summary: str = "{}"


class SealRun(SentLines):
    """Everything of an imported run has been sent.

    Unavailable as long as lines are on their way: ask again. A sealed run stays as it is.
    """

    path: RunPath


class ImportedRun(Message):
    """`sealed` says that nothing of it is left to do."""

    run: RunView
    sealed: bool


IMPORT_RUN = Call("runs.run.import", ImportRun, ImportedRun)
SEAL_RUN = Call("runs.run.seal", SealRun, ImportedRun)

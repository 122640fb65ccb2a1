"""A run: what it is called, what state it is in, and how chunks and edits move it on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from shared.errors import Conflict, Gone, Invalid, Unavailable

_NAME_FORBIDDEN = re.compile(r"[:;,#?/'\x00-\x1f\x7f]")


class State(StrEnum):
    """Where a run is in its life (wire-protocol §2.8)."""

    PENDING = "pending"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CRASHED = "crashed"
    KILLED = "killed"
    PREEMPTING = "preempting"
    PREEMPTED = "preempted"


ENDED = frozenset({State.FINISHED, State.FAILED, State.CRASHED, State.KILLED, State.PREEMPTED})
TRASH_FOR = timedelta(days=7)
"""How long a deleted run can be brought back."""


@dataclass(slots=True)
class Progress:
    """How far the streams of a run have come: one past the highest line received."""

    history: int = 0
    events: int = 0
    log: int = 0


@dataclass(slots=True)
class Run:
    """`generation` rises when the id is used afresh; `position` is that of the last chunk applied.

    `compacted` is the history line up to which segments hold everything.
    `fingerprint` is of config and commit at birth, `duplicate_of` names an earlier run that has
    the same one; `forked_from` is another run and a step in it ("abc@100").
    `origin` is where an imported run comes from; `importing` lasts until all of it is here.
    `ci` is what the provider of a CI job said of it: actor, commit, pull request and the like.
    `config`, `summary` and `system` are texts in the SDK's JSON dialect, kept as they came.
    `writers` are those that share the run, each with how many lines of a stream it has said.
    """

    id: str
    project_id: str
    name: str
    display_name: str
    state: State
    created_at: datetime
    updated_at: datetime
    heartbeat_at: datetime
    user_id: str | None = None
    username: str | None = None
    service_account: str | None = None
    attribution_note: str | None = None
    key_id: str | None = None
    ci: dict[str, str] = field(default_factory=dict)
    reason: str | None = None
    group: str | None = None
    job_type: str | None = None
    sweep: str | None = None
    commit: str | None = None
    repo: str | None = None
    host: str | None = None
    program: str | None = None
    description: str | None = None
    notes: str | None = None
    tags: list[str] = field(default_factory=list)
    config: str = "{}"
    summary: str = "{}"
    system: str = "{}"
    exit_code: int | None = None
    stop_requested: bool = False
    generation: int = 0
    position: int = 0
    last_step: int = -1
    compacted: int = 0
    progress: Progress = field(default_factory=Progress)
    fingerprint: str | None = None
    duplicate_of: str | None = None
    forked_from: str | None = None
    origin: str | None = None
    importing: bool = False
    deleted_at: datetime | None = None
    writers: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def has_data(self) -> bool:
        """Whether this generation has received anything that starting afresh would hide."""
        return any((self.progress.history, self.progress.events, self.progress.log))

    def start_afresh(self, at: datetime) -> None:
        """The same id used again without `resume`: an empty run under a new generation.

        What the earlier generation logged stays stored, out of sight.
        """
        self.generation += 1
        self.progress, self.writers = Progress(), {}
        self.last_step, self.compacted = -1, 0
        self.summary, self.system = "{}", "{}"
        self.created_at = at
        self.revive(at)

    def rewind(self, lines: int, step: int, summary: str, at: datetime) -> None:
        """Under a new generation that has inherited the first `lines` lines, up to `step`."""
        self.start_afresh(at)
        self.progress = Progress(history=lines)
        self.last_step, self.summary = step, summary

    def revive(self, at: datetime) -> None:
        """Somebody writes to the run again."""
        self.state, self.reason, self.exit_code = State.RUNNING, None, None
        self.stop_requested = False
        self.heartbeat_at = self.updated_at = at

    def heard_from(self, at: datetime, *, only_completes: bool) -> None:
        """A chunk arrived: the writer lives. A bare completion does not revive an ended run.

        What arrives of a run that is being imported was logged long ago, and elsewhere.
        """
        if self.importing:
            return
        self.heartbeat_at = max(self.heartbeat_at, at)
        self.updated_at = max(self.updated_at, at)
        if self.state is State.PENDING or (self.state in ENDED and not only_completes):
            stop = self.stop_requested
            self.revive(self.heartbeat_at)
            self.stop_requested = stop and not only_completes

    def preempt(self) -> None:
        """The machine said that it will be taken away."""
        self.state, self.reason = State.PREEMPTING, "The machine is being taken away."

    def complete(self, exit_code: int) -> None:
        """The client said that it is done, and how it ended. How an import ended is known."""
        if self.importing:
            return
        self.exit_code = exit_code
        if exit_code == 0:
            self.state, self.reason = State.FINISHED, None
        elif self.state is State.PREEMPTING:
            self.state, self.reason = State.PREEMPTED, "The machine was taken away."
        elif self.stop_requested:
            self.state, self.reason = State.KILLED, "Stopped on request."
        else:
            self.state, self.reason = State.FAILED, f"The program ended with exit code {exit_code}."

    def lost(self, at: datetime, after: timedelta) -> None:
        """Nothing was heard of it for too long."""
        preempting = self.state is State.PREEMPTING
        self.state = State.PREEMPTED if preempting else State.CRASHED
        self.reason = f"No heartbeat for {after.total_seconds():.0f} seconds."
        self.updated_at = at

    def seal(self, history: int, events: int, log: int, summary: str, at: datetime) -> None:
        """All of an import has been sent. Unavailable while some of it is still on its way."""
        here = self.progress
        for name, wanted, found in (
            ("history", history, here.history),
            ("events", events, here.events),
            ("log", log, here.log),
        ):
            if found < wanted:
                raise Unavailable(
                    f"{name}: {found} of {wanted} lines are written down.", retry_after=1
                )
        self.summary, self.importing, self.updated_at = summary, False, at

    def request_stop(self, at: datetime) -> bool:
        """The client is told with its next answer; an ended run has none, and stays as it is."""
        if self.state in ENDED or self.stop_requested:
            return False
        self.stop_requested, self.updated_at = True, at
        return True

    def delete(self, at: datetime) -> None:
        """Into the trash."""
        self.deleted_at = self.updated_at = at

    def undelete(self, at: datetime) -> None:
        """Out of the trash; Gone once the seven days are over."""
        if self.deleted_at is not None and at > self.deleted_at + TRASH_FOR:
            raise Gone(f"run {self.name} was deleted more than {TRASH_FOR.days} days ago.")
        self.deleted_at, self.updated_at = None, at

    def set_state(self, wanted: str, at: datetime) -> None:
        """The moves that the public API allows (wire-protocol §2.8)."""
        allowed = {
            State.PENDING: {State.RUNNING, State.FAILED, State.CRASHED, State.PREEMPTED},
            State.FAILED: {State.PENDING, State.RUNNING},
        }
        targets = [target for target in allowed if target == wanted]
        if not targets or self.state not in allowed[targets[0]]:
            raise Invalid(
                f"state: a run that is {self.state} cannot become {wanted!r}.", field="state"
            )
        if self.sweep is not None:
            raise Conflict(
                "state: the state of a sweep's run is the sweep's to set.", field="state"
            )
        self.state, self.updated_at = targets[0], at
        self.reason = "Set by hand." if targets[0] is State.FAILED else None

    def override_state(self, wanted: str, by: str, at: datetime) -> None:
        """What an administrator says of a run whose own words cannot be had any more."""
        targets = [state for state in ENDED if state == wanted]
        if not targets:
            raise Invalid(f"state: must be one of {', '.join(sorted(ENDED))}.", field="state")
        self.state, self.updated_at = targets[0], at
        self.reason = f"Set to {wanted} by {by}."


def checked_run_name(name: str) -> str:
    """The run's id as the client chose it, or Invalid saying what would be right."""
    if not name or len(name) > 128 or name != name.strip() or _NAME_FORBIDDEN.search(name):
        raise Invalid(
            "name: a run id has 1 to 128 characters, none of : ; , # ? / ' or control "
            "characters, and no blank at either end.",
            field="name",
        )
    return name


def checked_tags(tags: Sequence[str]) -> list[str]:
    """Tags in their order, each once."""
    for tag in tags:
        if not 1 <= len(tag) <= 64:
            raise Invalid("tags: a tag has 1 to 64 characters.", field="tags")
    return list(dict.fromkeys(tags))

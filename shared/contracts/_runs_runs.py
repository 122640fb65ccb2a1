"""Runs: what they are, how they are made, changed, found and logged to."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from shared.contracts._kinds import Call, Event, Feed, Message, Nothing
from shared.contracts.identity import Caller


class RunPath(Message):
    """Where a run is; `id` alone is enough where the path is not known."""

    entity: str = ""
    project: str = ""
    run: str = ""
    id: str | None = None


class RunView(Message):
    """A run as the caller may see it; the JSON texts keep the SDK's dialect (bare NaN).

    `config`, `summary` and `system_metrics` are None where the question did not ask for them.
    """

    id: str
    name: str
    entity: str
    project: str
    project_id: str
    project_number: int
    display_name: str
    state: str
    reason: str | None = None
    duplicate_of: str | None = None
    """The name of an earlier run of the project with the same config and git commit."""
    forked_from: str | None = None
    origin: str | None = None
    """Where an imported run comes from."""
    deleted_at: datetime | None = None
    read_only: bool
    username: str | None = None
    service_account: str | None = None
    attribution_note: str | None = None
    ci: dict[str, str] = Field(default_factory=dict)
    group: str | None = None
    job_type: str | None = None
    sweep: str | None = None
    commit: str | None = None
    repo: str | None = None
    host: str | None = None
    program: str | None = None
    description: str | None = None
    notes: str | None = None
    tags: list[str] = Field(default_factory=list)
    config: str | None = None
    summary: str | None = None
    system_metrics: str | None = None
    created_at: datetime
    updated_at: datetime
    heartbeat_at: datetime | None = None
    exit_code: int | None = None
    stop_requested: bool = False
    history_lines: int = 0
    events_lines: int = 0
    log_lines: int = 0
    last_step: int = -1
    file_count: int = 0


class UpsertRun(Message):
    """Create a run or change what is given (wire-protocol §2.2); None never erases.

    `id` alone addresses a known run; else entity (default: the caller's), project and name do.
    `several_writers` marks the SDK's shared mode, where nobody may start the run afresh.
    """

    id: str | None = None
    entity: str | None = None
    project: str | None = None
    name: str | None = None
    display_name: str | None = None
    description: str | None = None
    notes: str | None = None
    tags: list[str] | None = None
    config: str | None = None
    summary: str | None = None
    group: str | None = None
    job_type: str | None = None
    commit: str | None = None
    repo: str | None = None
    host: str | None = None
    program: str | None = None
    sweep: str | None = None
    state: str | None = None
    several_writers: bool = False


class UpsertedRun(Message):
    """`resume_at` is the history line the client must continue at; zero for a fresh start."""

    run: RunView
    inserted: bool
    resume_at: int


class GetRun(Message):
    """One run with whatever of its texts `fields` names: config, summary, system_metrics."""

    path: RunPath
    fields: list[str] = Field(default_factory=list)


class ListRuns(Message):
    """A page of a project's runs. `filters` is the SDK's JSON filter text, `order` its order.

    Raises Invalid for a filter outside the closed list of operators and fields.
    """

    entity: str
    project: str
    filters: str | None = None
    order: str | None = None
    limit: int = 50
    cursor: str | None = None
    fields: list[str] = Field(default_factory=list)
    trash: bool = False
    """Those that were deleted and can be brought back, instead of the others."""
    keys: list[str] | None = None
    """Of config and summary these values alone, under their dotted names: `config.model.depth`,
    `summary.val/loss`. Whatever else a run's texts hold is neither read nor sent."""


class RunPage(Message):
    """`cursors` has one per run, so that a client can continue after any of them."""

    items: list[RunView]
    cursors: list[str]
    next: str | None = None


class CountRuns(Message):
    """How many runs of the project match; the filter as in ListRuns."""

    entity: str
    project: str
    filters: str | None = None


class RunCount(Message):
    """Exact, among the runs that the caller may see."""

    count: int


class OpenStream(Message):
    """May the caller log to this run, and where do its chunks go?"""

    entity: str
    project: str
    run: str


class StreamGrant(Message):
    """Where the chunks of a run go. `generation` rises when a run is started afresh."""

    run_id: str
    generation: int
    stop_requested: bool


class StreamAsk(OpenStream):
    """The same on somebody's behalf, among the questions of others."""

    caller: Caller


class OpenStreams(Message):
    """Many at once: what waits together at a gateway is asked together."""

    asks: list[StreamAsk]


class StreamAnswer(Message):
    """A grant, or the word and the message of the failure."""

    grant: StreamGrant | None = None
    error: str | None = None
    message: str = ""


class StreamAnswers(Message):
    """One for each question, in their order."""

    answers: list[StreamAnswer]


class SettleShard(Message):
    """Answered once everything of the shard up to this stream sequence can be read back."""

    shard: int
    sequence: int


class RunStateChanged(Message):
    """A run went from one state to another; `previous` is None for a new run."""

    run_id: str
    entity: str
    project: str
    project_id: str
    name: str
    display_name: str
    state: str
    previous: str | None
    reason: str | None
    at: datetime


class StreamClosed(Message):
    """Grants for this run are void: it was moved, deleted, stopped or started afresh."""

    run_id: str


UPSERT_RUN = Call("runs.run.upsert", UpsertRun, UpsertedRun)
GET_RUN = Call("runs.run.get", GetRun, RunView)
LIST_RUNS = Call("runs.run.list", ListRuns, RunPage)
COUNT_RUNS = Call("runs.run.count", CountRuns, RunCount)
OPEN_STREAM = Call("runs.stream.open", OpenStream, StreamGrant)
OPEN_STREAMS = Call("runs.stream.open_many", OpenStreams, StreamAnswers)
SETTLE_SHARD = Call("runs.shard.settle", SettleShard, Nothing)
RUN_STATE_CHANGED = Event("events.runs.run.state_changed", RunStateChanged)
STREAM_CLOSED = Event("events.runs.stream.closed", StreamClosed)
INGEST = Feed("ingest", owner="runs", form="shared.messaging.ingest")

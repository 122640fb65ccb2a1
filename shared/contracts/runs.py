"""What may be asked of runs (projects, runs, histories, files), and what it announces."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from shared.contracts._kinds import Call, Event, Feed, Message, Nothing


class RunPath(Message):
    """Where a run is; `id` alone is enough where the path is not known."""

    entity: str = ""
    project: str = ""
    run: str = ""
    id: str | None = None


class ProjectView(Message):
    """A project as the caller may see it. `number` is a decimal id that never changes."""

    id: str
    number: int
    entity: str
    name: str
    description: str | None = None
    visibility: str
    read_only: bool
    created_by: str | None = None
    created_at: datetime
    updated_at: datetime
    members: dict[str, str] = Field(default_factory=dict)
    """Whom a restricted project names, told to those who manage it."""


class SetProjectMember(Message):
    """Name somebody in a restricted project as member or viewer; without a role, no longer."""

    entity: str
    project: str
    username: str
    role: str | None = None


class GetProject(Message):
    """Hidden and absent are the same NotFound."""

    entity: str
    project: str


class ListProjects(Message):
    """Projects of an entity that the caller may see, newest first."""

    entity: str
    limit: int = 50
    cursor: str | None = None


class ProjectPage(Message):
    """`next` goes into the following question; absent at the end."""

    items: list[ProjectView]
    next: str | None = None


class UpsertProject(Message):
    """Create it, or change what is given; None leaves a thing as it is."""

    entity: str | None = None
    project: str
    visibility: str | None = None
    description: str | None = None


class UpsertedProject(Message):
    """`inserted` tells whether it is new."""

    project: ProjectView
    inserted: bool


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
    read_only: bool
    username: str | None = None
    service_account: str | None = None
    attribution_note: str | None = None
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


class SettleShard(Message):
    """Answered once everything of the shard up to this stream sequence can be read back."""

    shard: int
    sequence: int


class ReadTails(Message):
    """The last lines of history and events: what a resuming client continues from."""

    path: RunPath


class Tails(Message):
    """Raw lines, oldest first."""

    history: list[str]
    events: list[str]


class ReadHistory(Message):
    """Whole rows. With steps: all of `[min_step, max_step)`; else at most `samples`, spread."""

    path: RunPath
    stream: str = "history"
    min_step: int | None = None
    max_step: int | None = None
    samples: int = 500


class HistoryLines(Message):
    """One JSON text a row, in the SDK's dialect."""

    lines: list[str]


class ReadPoints(Message):
    """Rows that have all of `keys`; `max_step` is exclusive; `samples` None means every row."""

    path: RunPath
    keys: list[str]
    min_step: int | None = None
    max_step: int | None = None
    samples: int | None = None
    partial: bool = False
    """Keep rows that have some of the keys; what is missing is null."""


class Points(Message):
    """`text` is one JSON array of objects, in the SDK's dialect."""

    text: str


class ReadKeys(Message):
    """Which keys a history has, with counts and last values."""

    path: RunPath


class HistoryKeys(Message):
    """`text` is the JSON object of wire-protocol §5.3."""

    text: str


class ReadLog(Message):
    """A page of console lines: the `last` of them, or `first` lines from number `after + 1`."""

    path: RunPath
    first: int | None = None
    after: int | None = None
    last: int | None = None


class LogLine(Message):
    """A console line; `number` counts from zero."""

    number: int
    timestamp: str | None = None
    level: str | None = None
    label: str | None = None
    line: str = ""


class LogPage(Message):
    """`total` is the number of lines in the whole log."""

    items: list[LogLine]
    total: int


class FileView(Message):
    """A file of a run. `md5` is base64; "0" marks one that was never uploaded."""

    id: str
    run_id: str
    name: str
    blob: str
    size: int = 0
    md5: str = "0"
    mimetype: str | None = None
    updated_at: datetime | None = None


class CreateFiles(Message):
    """Announce uploads; the answer has one entry per name, in order."""

    path: RunPath
    names: list[str]


class Files(Message):
    """Files with their run, and whether more follow after `next`."""

    run_id: str
    items: list[FileView]
    total: int
    next: str | None = None


class FileStored(Message):
    """The gateway has written the bytes; said before the client is told so."""

    run_id: str
    name: str
    size: int
    md5: str
    mimetype: str | None = None


class ListFiles(Message):
    """Files by name (a placeholder for each unknown one), by SQL LIKE pattern, or all."""

    path: RunPath
    names: list[str] = Field(default_factory=list)
    pattern: str | None = None
    limit: int = 50
    cursor: str | None = None


class DeleteFiles(Message):
    """By id; unknown ids are ignored so that a repeated call succeeds."""

    ids: list[str]


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


GET_PROJECT = Call("runs.project.get", GetProject, ProjectView)
LIST_PROJECTS = Call("runs.project.list", ListProjects, ProjectPage)
UPSERT_PROJECT = Call("runs.project.upsert", UpsertProject, UpsertedProject)
SET_PROJECT_MEMBER = Call("runs.project.set_member", SetProjectMember, ProjectView)
UPSERT_RUN = Call("runs.run.upsert", UpsertRun, UpsertedRun)
GET_RUN = Call("runs.run.get", GetRun, RunView)
LIST_RUNS = Call("runs.run.list", ListRuns, RunPage)
COUNT_RUNS = Call("runs.run.count", CountRuns, RunCount)
OPEN_STREAM = Call("runs.stream.open", OpenStream, StreamGrant)
SETTLE_SHARD = Call("runs.shard.settle", SettleShard, Nothing)
READ_TAILS = Call("runs.history.tails", ReadTails, Tails)
READ_HISTORY = Call("runs.history.read", ReadHistory, HistoryLines)
READ_POINTS = Call("runs.history.points", ReadPoints, Points)
READ_KEYS = Call("runs.history.keys", ReadKeys, HistoryKeys)
READ_LOG = Call("runs.log.read", ReadLog, LogPage)
CREATE_FILES = Call("runs.file.create", CreateFiles, Files)
STORE_FILE = Call("runs.file.store", FileStored, FileView)
LIST_FILES = Call("runs.file.list", ListFiles, Files)
DELETE_FILES = Call("runs.file.delete", DeleteFiles, Nothing)

RUN_STATE_CHANGED = Event("events.runs.run.state_changed", RunStateChanged)
STREAM_CLOSED = Event("events.runs.stream.closed", StreamClosed)

INGEST = Feed("ingest", owner="runs", form="shared.messaging.ingest")


class MoveRuns(Message):
    """Move, or copy, runs to another project: the named ones, or those that match `filters`.

    The caller must be allowed to move runs out of the one project and into the other, which is
    made if it is absent. With `dry_run` nothing changes and the answer says what would.
    """

    entity: str
    project: str
    runs: list[str] | None = None
    filters: str | None = None
    to_entity: str
    to_project: str
    copy_them: bool = False
    dry_run: bool = False


class SkippedRun(Message):
    """A run that stayed where it is, and why."""

    run: str
    reason: str


class MoveView(Message):
    """`done` of `total` runs have gone; `state` is running, done, undoing or undone."""

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


class WatchedRow(Message):
    """The watched values of one history line or one line of system metrics; NaN is a value."""

    step: int
    at: float
    """Unix seconds, as the client said."""
    values: dict[str, float]


class PointsLogged(Message):
    """Watched points of a run, in the order in which they were logged.

    Told at least once; `position` rises along a run, and one that was heard before is a repeat.
    """

    run_id: str
    project_id: str
    generation: int
    position: int
    stream: str
    rows: list[WatchedRow]


POINTS_LOGGED = Event("watched.runs.points.logged", PointsLogged)

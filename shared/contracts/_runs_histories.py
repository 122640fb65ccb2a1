"""Histories: rows, points, keys and console lines."""

from __future__ import annotations

from shared.contracts._kinds import Call, Count, Event, Message
from shared.contracts._runs_runs import RunPath


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
    """Rows that have all of `keys`; `max_step` is exclusive; `samples` None means every row.

    Raises Invalid for more than a million values (rows × keys) in one answer.
    """

    path: RunPath
    keys: list[str]
    min_step: int | None = None
    max_step: int | None = None
    samples: int | None = None
    partial: bool = False
    """Keep rows that have some of the keys; what is missing is null."""
    lists: bool = False
    """Lists of values in the order of `keys` and in plain JSON, instead of objects."""
    first_line: int | None = None
    """A page: rows from this line of the history on, each with some of the keys, not sampled."""


class Points(Message):
    """`text` is one JSON array of objects, in the SDK's dialect. The next page has `next_line`."""

    text: str
    next_line: int | None = None


class ReadCurves(Message):
    """Points of numeric metrics over `x`, thinned to some `points` each: lowest and highest stay.

    `low` and `high` bound `x`, both inclusive.
    """

    path: RunPath
    keys: list[str]
    x: str = "_step"
    low: float | None = None
    high: float | None = None
    points: int = 1_000


class Curves(Message):
    """`text` is a JSON object: key → `{x, y, total, odd}`; null in `y` is named in `odd`."""

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
    first: Count | None = None
    after: Count | None = None
    last: Count | None = None


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


class WatchedRow(Message):
    """The watched values of one history line or one line of system metrics; NaN is a value."""

    step: int
    at: float
    """Unix seconds, as the client said."""
    values: dict[str, float]


class PointsLogged(Message):
    """Watched points of a run, in the order in which they were logged.

    Told at least once; `position` rises along a run, and one that was heard before is a repeat.
    `piece` numbers the messages of one position.
    """

    run_id: str
    project_id: str
    generation: int
    position: int
    stream: str
    rows: list[WatchedRow]
    piece: int | None = None


READ_TAILS = Call("runs.history.tails", ReadTails, Tails)
READ_HISTORY = Call("runs.history.read", ReadHistory, HistoryLines)
READ_POINTS = Call("runs.history.points", ReadPoints, Points)
READ_CURVES = Call("runs.history.curves", ReadCurves, Curves)
READ_KEYS = Call("runs.history.keys", ReadKeys, HistoryKeys)
READ_LOG = Call("runs.log.read", ReadLog, LogPage)
POINTS_LOGGED = Event("watched.runs.points.logged", PointsLogged)

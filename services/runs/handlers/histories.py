"""Histories: rows, points, keys, tails and console lines."""

from __future__ import annotations

import json

from faststream.nats import NatsRouter

from services.runs.dependencies import (
    HistoryStore,
    MoveStore,
    ProjectStore,
    RunStore,
    ViewStore,
)
from services.runs.domain.console import parse_console
from services.runs.handlers.finding import find_run
from services.runs.handlers.visiting import charted_run, readable_run
from shared.contracts.runs import (
    READ_CURVES,
    READ_HISTORY,
    READ_KEYS,
    READ_LOG,
    READ_POINTS,
    READ_TAILS,
    Curves,
    HistoryKeys,
    HistoryLines,
    LogLine,
    LogPage,
    Points,
    ReadCurves,
    ReadHistory,
    ReadKeys,
    ReadLog,
    ReadPoints,
    ReadTails,
    Tails,
)
from shared.errors import Invalid
from shared.messaging.answering import TheCaller, serve

router = NatsRouter()

MOST_SAMPLES = 100_000
MOST_LOG_LINES = 10_000
MOST_VALUES, PAGE_VALUES = 3_000_000, 200_000
"""Of rows and columns together: an answer is one text in the memory of whoever passes it on. One
metric of a million steps, with step and time, fits."""
MOST_CURVES = 64
MOST_POINTS = 20_000


@serve(router, READ_HISTORY)
async def read_history(
    ask: ReadHistory,
    caller: TheCaller,
    projects: ProjectStore,
    runs: RunStore,
    moves: MoveStore,
    histories: HistoryStore,
) -> HistoryLines:
    """Whole rows: of a range of steps, or spread over the run."""
    _, run = await find_run(projects, runs, moves, caller, ask.path)
    if ask.stream not in ("history", "events"):
        raise Invalid("stream: must be history or events.", field="stream")
    samples = max(0, min(ask.samples, MOST_SAMPLES))
    if ask.min_step is None and ask.max_step is None:
        return HistoryLines(lines=await histories.spread(run, ask.stream, samples))
    first = ask.min_step or 0
    last = run.last_step + 1 if ask.max_step is None else ask.max_step
    return HistoryLines(lines=await histories.rows(run, first, last, samples))


@serve(router, READ_POINTS)
async def read_points(
    ask: ReadPoints,
    caller: TheCaller,
    projects: ProjectStore,
    runs: RunStore,
    moves: MoveStore,
    histories: HistoryStore,
) -> Points:
    """Chosen columns as one JSON array, or a page of it."""
    _, run = await readable_run(projects, runs, moves, caller, ask.path)
    if ask.first_line is not None:
        text, following = await histories.page(
            run,
            ask.keys,
            min_step=ask.min_step,
            max_step=ask.max_step,
            first=max(0, ask.first_line),
            most=PAGE_VALUES,
        )
        return Points(text=text, next_line=following)
    text = await histories.points(
        run,
        ask.keys,
        min_step=ask.min_step,
        max_step=ask.max_step,
        samples=ask.samples,
        partial=ask.partial,
        lists=ask.lists,
        most=MOST_VALUES,
    )
    return Points(text=text)


@serve(router, READ_CURVES)
async def read_curves(
    ask: ReadCurves,
    caller: TheCaller,
    projects: ProjectStore,
    runs: RunStore,
    moves: MoveStore,
    views: ViewStore,
    histories: HistoryStore,
) -> Curves:
    """What charts draw."""
    _, run = await charted_run(projects, runs, moves, views, caller, ask.path, ask.keys, ask.x)
    if len(ask.keys) > MOST_CURVES:
        raise Invalid(f"keys: at most {MOST_CURVES} at once.", field="keys")
    text = await histories.curves(
        run,
        ask.keys,
        x=ask.x,
        low=ask.low,
        high=ask.high,
        points=max(2, min(ask.points, MOST_POINTS)),
    )
    return Curves(text=text)


@serve(router, READ_KEYS)
async def read_keys(
    ask: ReadKeys,
    caller: TheCaller,
    projects: ProjectStore,
    runs: RunStore,
    moves: MoveStore,
    histories: HistoryStore,
) -> HistoryKeys:
    """Which keys there are."""
    _, run = await readable_run(projects, runs, moves, caller, ask.path)
    return HistoryKeys(text=json.dumps(await histories.keys(run)))


@serve(router, READ_TAILS)
async def read_tails(
    ask: ReadTails,
    caller: TheCaller,
    projects: ProjectStore,
    runs: RunStore,
    moves: MoveStore,
    histories: HistoryStore,
) -> Tails:
    """The last line of each, which is all that a resuming client reads."""
    _, run = await find_run(projects, runs, moves, caller, ask.path)
    return Tails(
        history=await histories.tail(run, "history", 1),
        events=await histories.tail(run, "events", 1),
    )


@serve(router, READ_LOG)
async def read_log(
    ask: ReadLog,
    caller: TheCaller,
    projects: ProjectStore,
    runs: RunStore,
    moves: MoveStore,
    histories: HistoryStore,
) -> LogPage:
    """Console lines after every rewrite."""
    _, run = await find_run(projects, runs, moves, caller, ask.path)
    total = run.progress.log
    if ask.last is not None:
        count = min(ask.last, MOST_LOG_LINES)
        first = max(0, total - count)
    else:
        first = 0 if ask.after is None else ask.after + 1
        count = min(ask.first or 1_000, MOST_LOG_LINES)
    lines = await histories.log_lines(run, first, count)
    return LogPage(
        items=[_log_line(first + index, line) for index, line in enumerate(lines)], total=total
    )


def _log_line(number: int, text: str | None) -> LogLine:
    line = parse_console(text or "")
    return LogLine(
        number=number,
        timestamp=line.timestamp,
        level=line.level,
        label=line.label,
        line=line.text,
    )

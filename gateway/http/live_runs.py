"""`/api/v1/runs/…/history` as a stream: one run's points as they are logged."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

from fastapi import Request
from fastapi.responses import StreamingResponse

from gateway.dependencies import Asker
from gateway.http.live import ALIVE_S, Event, Poller, Watch, answer, live_of
from shared.contracts.runs import GET_RUN, READ_HISTORY, GetRun, ReadHistory, RunPath, RunView
from shared.dialect import decode_row
from shared.errors import CordeeError, RateLimited, Unavailable

AT_ONCE = 2_000
ALIVE = frozenset({"running", "preempting", "pending"})

Row = Mapping[str, Any]


async def follow(
    request: Request, ask: Asker, path: RunPath, keys: list[str], min_step: int | None
) -> StreamingResponse:
    """`points` as they are logged, `run` when its state changes, then `end`.

    Without `min_step` they are those that come from now on.
    """
    found = await ask(GET_RUN, GetRun(path=path))
    watch = Watch(request, ask, time.monotonic(), time.monotonic())
    live_of(request).must_have_room(watch)
    after = found.last_step if min_step is None else min_step - 1
    return answer(_events(watch, found, keys, after))


class RunPoller(Poller):
    """The run as it is, and the rows that its readers ask for: those at its end ask the same."""

    every = 0.25

    def __init__(self, run: RunView) -> None:
        super().__init__()
        self.run = run
        self.path = RunPath(id=run.id)
        self._asked: tuple[object, asyncio.Task[list[Row]]] | None = None

    async def look(self, ask: Asker) -> bool:
        """The texts of a run are no part of it here."""
        before, self.run = self.run, await ask(GET_RUN, GetRun(path=self.path))
        return self.run != before

    async def rows_after(self, watch: Watch, step: int) -> list[Row]:
        """Asked for once by all who are at the same step."""
        wanted = (step, _extent(self.run))
        if self._asked is None or self._asked[0] != wanted or _failed(self._asked[1]):
            work = asyncio.create_task(_rows_after(await watch.asker(), self.path, step))
            work.add_done_callback(_failed)
            self._asked = (wanted, work)
            return await asyncio.shield(work)
        try:
            return await asyncio.shield(self._asked[1])
        except CordeeError:  # that may have been another's refusal
            return await _rows_after(await watch.asker(), self.path, step)


async def _rows_after(ask: Asker, path: RunPath, step: int) -> list[Row]:
    question = ReadHistory(path=path, min_step=step + 1, samples=AT_ONCE)
    lines = (await ask(READ_HISTORY, question)).lines
    return await asyncio.to_thread(lambda: [decode_row(line) for line in lines])


def _failed(work: asyncio.Task[list[Row]]) -> bool:
    """Looks at the failure too, which asyncio otherwise complains that nobody did."""
    return work.done() and (work.cancelled() or work.exception() is not None)


async def _events(
    watch: Watch, first: RunView, keys: list[str], step: int
) -> AsyncIterator[Event | None]:
    with live_of(watch.request).following(
        watch, ("run", first.id), lambda: RunPoller(first)
    ) as poller:
        async for event in _told(watch, poller, keys, step):
            yield event


async def _told(
    watch: Watch, poller: RunPoller, keys: list[str], step: int
) -> AsyncIterator[Event | None]:
    known: RunView | None = None
    said, told_at, whole = "", time.monotonic(), False
    yield None
    while await watch.goes_on():
        version, run = poller.version, poller.run
        if not await watch.still_may(lambda ask: ask(GET_RUN, GetRun(path=poller.path))):
            break
        if known is not None and (kept := _step_in(run, known, step)) != step:
            step, said = kept, ""  # the reader is to know that it went back
        try:
            moved = known is None or not whole or _extent(run) != _extent(known)
            rows = await poller.rows_after(watch, step) if moved else []
        except (Unavailable, RateLimited):
            await asyncio.sleep(1.0)
            continue
        except CordeeError as refusal:
            watch.refusal = refusal
            break
        known, whole = run, len(rows) < AT_ONCE
        if rows:
            step = max([step, *(_step(row) for row in rows)])
            shown = await asyncio.to_thread(_shown, rows, keys)
            yield "points", {"rows": shown, "last_step": step}
        if said != (state := _state(run)) or rows:
            said = state
            yield "run", _facts(run)
        if run.state not in ALIVE and not rows:
            yield "end", {"state": run.state}
            return
        if rows or time.monotonic() - told_at > ALIVE_S:
            told_at = time.monotonic()
            yield None
        if whole and run.state in ALIVE:
            await poller.news(version)
    if watch.refusal is not None:
        yield "gone", {"reason": watch.refusal.message}


def _extent(run: RunView) -> tuple[object, ...]:
    """What changes when lines come, or when they are others."""
    return run.history_lines, run.last_step, run.created_at


def _step_in(run: RunView, known: RunView, step: int) -> int:
    """The last step that was told and that the run still has: it may have begun afresh."""
    if run.created_at != known.created_at:
        return -1
    rewound = run.last_step < known.last_step or run.history_lines < known.history_lines
    return min(step, run.last_step) if rewound else step


def _state(run: RunView) -> str:
    return f"{run.state} {run.reason} {run.stop_requested}"


def _facts(run: RunView) -> dict[str, Any]:
    names = ("state", "reason", "exit_code", "stop_requested", "last_step", "history_lines")
    more = ("events_lines", "log_lines", "file_count", "heartbeat_at", "display_name")
    return {name: getattr(run, name) for name in (*names, *more)}


def _step(row: Row) -> int:
    step = row.get("_step")
    return step if isinstance(step, int) else -1


def _shown(rows: Sequence[Row], keys: list[str]) -> list[dict[str, Any]]:
    """The asked metrics, or every number there is, nested ones by dotted names."""
    found = []
    for row in rows:
        numbers = dict(_numbers("", row))
        if keys:
            numbers = {key: numbers.get(key, row.get(key)) for key in ("_step", *keys)}
        found.append(numbers)
    return found


def _numbers(prefix: str, row: Row) -> Iterator[tuple[str, Any]]:
    for key, value in row.items():
        if isinstance(value, bool):
            continue
        if isinstance(value, int) and -(2**63) <= value < 2**63:
            yield prefix + key, value
        elif isinstance(value, float):
            yield prefix + key, value if math.isfinite(value) else _word(value)
        elif isinstance(value, dict) and "_type" not in value:
            yield from _numbers(f"{prefix}{key}.", value)


def _word(value: float) -> str:
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"

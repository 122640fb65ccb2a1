"""Telling alerts what it watches: only watched columns of watched projects are ever parsed."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import translate
from typing import Any, TypeGuard

import zstandard

from services.runs.domain.run import Run
from services.runs.segments.decoding import decode_lines
from shared.contracts.alerts import LIST_WATCHES, ListWatches, Watch
from shared.contracts.runs import POINTS_LOGGED, PointsLogged, WatchedRow
from shared.dialect import flatten
from shared.errors import CordeeError
from shared.kit import logs
from shared.messaging.bus import Bus
from shared.messaging.ingest import Chunk, Part

log = logs.get(__name__)

REFRESH_S = 30.0
MOST_ROWS = 2_000
"""In one message, so that none comes near the bus's limit."""

_Chooser = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class _Watched:
    history: _Chooser | None
    events: _Chooser | None


class WatchTower:
    """Knows what is watched, and publishes it in the order in which it was logged."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._projects: dict[str, _Watched] = {}

    async def refresh(self) -> None:
        """For ever: news is quick, asking now and then makes up for news that was missed."""
        while True:
            try:
                found = await self._bus.call(LIST_WATCHES, ListWatches())
            except CordeeError as error:
                log.debug("watches not refreshed", error=error.message)
            else:
                self._projects = {watch.project_id: _watched(watch) for watch in found.items}
            await asyncio.sleep(REFRESH_S)

    async def hear(self, message: Any) -> None:
        """One project's rules changed: every process must know, so this is no shared consumer."""
        watch = Watch.model_validate_json(message.data)
        self._projects[watch.project_id] = _watched(watch)

    async def tell(self, run: Run, position: int, chunk: Chunk) -> None:
        """Publish what of a chunk is watched; raises Unavailable, and then all is done again."""
        watched = self._projects.get(run.project_id)
        if watched is None:
            return
        for index, part in enumerate(chunk.parts):
            choose = watched.history if part.stream == "history" else watched.events
            if choose is None or part.stream == "log":
                continue
            for first, rows in _batches(_rows(part, choose)):
                points = PointsLogged(
                    run_id=run.id,
                    project_id=run.project_id,
                    generation=run.generation,
                    position=position,
                    stream=part.stream,
                    rows=rows,
                )
                await self._bus.publish(
                    POINTS_LOGGED.subject,
                    points.model_dump_json().encode(),
                    message_id=f"{position}:{index}:{first}",
                )


def _watched(watch: Watch) -> _Watched:
    return _Watched(history=_chooser(watch.metrics), events=_chooser(watch.system))


def _chooser(globs: Sequence[str]) -> _Chooser | None:
    if not globs:
        return None
    pattern = re.compile("|".join(translate(glob) for glob in globs))
    return lambda name: pattern.match(name) is not None


def _rows(part: Part, choose: _Chooser) -> Iterator[WatchedRow]:
    text = zstandard.ZstdDecompressor().decompress(part.packed).decode()
    for index, row in enumerate(decode_lines(text.split("\n"))):
        if row is None:
            continue
        values = {
            name: float(value) for name, value in flatten(row) if _is_number(value) and choose(name)
        }
        if values:
            step, at = row.get("_step"), row.get("_timestamp")
            yield WatchedRow(
                step=step if isinstance(step, int) else part.first + index,
                at=float(at) if _is_number(at) else 0.0,
                values=values,
            )


def _is_number(value: object) -> TypeGuard[int | float]:
    """One that a float can stand for: an integer may have hundreds of digits."""
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) <= sys.float_info.max
    return isinstance(value, float)


def _batches(rows: Iterable[WatchedRow]) -> Iterator[tuple[int, list[WatchedRow]]]:
    batch: list[WatchedRow] = []
    first = 0
    for row in rows:
        batch.append(row)
        if len(batch) == MOST_ROWS:
            yield first, batch
            first, batch = first + len(batch), []
    if batch:
        yield first, batch

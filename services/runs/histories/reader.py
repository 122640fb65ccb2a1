"""Reading histories: whole rows, chosen columns, keys, and console lines."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from services.runs.domain.lines import Write, overlay
from services.runs.domain.run import Run
from services.runs.histories.curves import Curves
from services.runs.histories.pieces import Piece, Pieces, lines_of
from services.runs.histories.points import Choice, Points, touching
from services.runs.repository.frames import MongoFrames, Segment
from services.runs.segments.columns import table_from_lines
from services.runs.segments.decoding import decode_lines
from services.runs.segments.reading import encode_lists, encode_points, sampled, steps_of
from services.runs.segments.rendering import lines_from_table
from services.runs.segments.stats import ColumnStats, combine, stats_of
from shared.dialect import decode_value

_TYPES = {"int": "number", "float": "number", "bool": "boolean", "str": "string", "json": "map"}
_KEPT_KEYS = 256


class _Step(msgspec.Struct):
    step: int | None = msgspec.field(name="_step", default=None)


_steps = msgspec.json.Decoder(_Step)


class HistoryReader:
    """The port `Histories`, over pieces."""

    def __init__(self, frames: MongoFrames, pieces: Pieces) -> None:
        self._frames = frames
        self._pieces = pieces
        self._points = Points(pieces)
        self._keys: dict[tuple[Any, ...], dict[str, Any]] = {}

    async def tail(self, run: Run, stream: str, count: int) -> list[str]:
        """The last lines, oldest first."""
        found: list[str] = []
        for cut in reversed(await self._pieces.of(run, stream)):
            piece = await self._pieces.load(cut)
            found = _as_lines(_last(piece, count - len(found))) + found
            if len(found) >= count:
                break
        return found

    async def rows(self, run: Run, min_step: int, max_step: int, limit: int) -> list[str]:
        """Every line with `min_step <= _step < max_step`, as JSON text."""
        found: list[str] = []
        for cut in touching(await self._pieces.of(run), min_step, max_step):
            piece = await self._pieces.load(cut)
            found += await asyncio.to_thread(between, piece, min_step, max_step)
            if len(found) >= limit:
                break
        return found[:limit]

    async def spread(self, run: Run, stream: str, samples: int) -> list[str]:
        """Evenly spread lines; only the lines that are picked are ever rendered."""
        cuts = await self._pieces.of(run, stream)
        total = sum(cut.take for cut in cuts)
        wanted = sampled(range(total), samples)
        found: list[str] = []
        at = 0
        for cut in cuts:
            inside = [index - at for index in wanted if at <= index < at + cut.take]
            at += cut.take
            if inside:
                piece = await self._pieces.load(cut)
                found += await asyncio.to_thread(_pick, piece, inside)
        return found

    async def points(
        self,
        run: Run,
        keys: Sequence[str],
        *,
        min_step: int | None,
        max_step: int | None,
        samples: int | None,
        partial: bool,
        lists: bool = False,
        most: int | None = None,
    ) -> str:
        """Chosen columns; which pieces to open the index tells."""
        choice = Choice(list(dict.fromkeys(keys)), min_step, max_step, partial)
        encode = encode_lists if lists else encode_points
        if samples is None:
            return await self._points.every(run, choice, encode, most)
        return await self._points.spread(run, choice, encode, samples, most)

    async def page(
        self,
        run: Run,
        keys: Sequence[str],
        *,
        min_step: int | None,
        max_step: int | None,
        first: int,
        most: int,
    ) -> tuple[str, int | None]:
        """Chosen columns from a line on, and the line to go on at."""
        choice = Choice(list(dict.fromkeys(keys)), min_step, max_step, partial=True)
        return await self._points.page(run, choice, encode_points, first, most)

    async def curves(
        self,
        run: Run,
        keys: Sequence[str],
        *,
        x: str,
        low: float | None,
        high: float | None,
        points: int,
    ) -> str:
        """Numeric points for charts."""
        return await Curves(self._pieces).read(run, keys, x=x, low=low, high=high, points=points)

    async def keys(self, run: Run) -> dict[str, Any]:
        """From the segments' index and the frames' lines."""
        version = (run.id, run.generation, run.compacted, run.progress.history)
        if version not in self._keys:
            stats: list[ColumnStats] = []
            for cut in await self._pieces.of(run):
                if isinstance(cut.source, Segment) and not cut.skip:
                    stats += [ColumnStats(**column) for column in cut.source.columns]
                else:
                    piece = await self._pieces.load(cut)
                    stats += await asyncio.to_thread(_stats_of, piece)
            if len(self._keys) >= _KEPT_KEYS:
                self._keys.clear()
            self._keys[version] = {
                "lastStep": run.last_step,
                "keys": {
                    one.key: _described(one)
                    for one in combine(stats)
                    if one.opened < one.count  # a nested object is listed by its leaves
                },
                "sets": [],
            }
        return self._keys[version]

    async def log_lines(self, run: Run, first: int, count: int) -> list[str | None]:
        """Later rewrites win; a window of the file only."""
        frames = await self._frames.of(run, "log", first, first + count)
        frames.sort(key=lambda frame: frame.position)
        writes = [Write(frame.first, lines_of(frame)) for frame in frames]
        return overlay(writes, first, first + count)


def between(piece: Piece, min_step: int, max_step: int) -> list[str]:
    """Its lines with `min_step <= _step < max_step`."""
    if isinstance(piece, pa.Table):
        steps = steps_of(piece)
        if steps is not None:
            inside = np.flatnonzero((steps >= min_step) & (steps < max_step))
            return lines_from_table(piece.take(inside)) if len(inside) else []
        piece = lines_from_table(piece)
    return [line for line in piece if min_step <= step_of(line) < max_step]


def step_of(line: str) -> int:
    """The line's `_step`, or -1."""
    try:
        step = _steps.decode(line).step
    except msgspec.MsgspecError:
        row = decode_lines([line])[0] or {}
        found = row.get("_step")
        step = found if isinstance(found, int) else None
    return -1 if step is None else step


def _pick(piece: Piece, indexes: Sequence[int]) -> list[str]:
    if isinstance(piece, pa.Table):
        return lines_from_table(piece.take(list(indexes)))
    return [piece[index] for index in indexes]


def _last(piece: Piece, count: int) -> Piece:
    if isinstance(piece, pa.Table):
        return piece.slice(max(0, piece.num_rows - count))
    return piece[-count:]


def _as_lines(piece: Piece) -> list[str]:
    return lines_from_table(piece) if isinstance(piece, pa.Table) else piece


def _stats_of(piece: Piece) -> list[ColumnStats]:
    return stats_of(piece if isinstance(piece, pa.Table) else table_from_lines(piece))


def _described(stats: ColumnStats) -> dict[str, Any]:
    last: object = stats.last
    if isinstance(last, str):
        last = decode_value(last)
    return {
        "typeCounts": [{"type": _TYPES[str(stats.kind)], "count": stats.count}],
        "monotonic": stats.monotonic,
        "previousValue": last,
    }

"""The compactor: frames that have gathered become an immutable Parquet segment.

A crash after the blob is written leaves an orphan, which costs space and nothing else; the
transaction that swaps frames for segments either happens whole or not at all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import asdict

import pyarrow as pa
from pymongo.errors import PyMongoError

from services.runs.domain.lines import Cut, contiguous_end, splice
from services.runs.domain.run import ENDED, Run
from services.runs.histories.pieces import lines_of
from services.runs.repository.frames import Frame, MongoFrames, Segment
from services.runs.repository.runs import MongoRuns
from services.runs.segments.columns import table_from_lines
from services.runs.segments.parquet import write_segment
from services.runs.segments.reading import steps_of
from services.runs.segments.stats import stats_of
from shared.errors import CordeeError, NotFound
from shared.kit import logs
from shared.kit.blobs import Blobs
from shared.kit.ids import new_id

log = logs.get(__name__)

LIVE_LINES = 32_768
"""A running run is compacted whenever so many lines have gathered."""
ENDED_LINES = 1_024
"""An ended run of fewer lines stays in its frames: a file of its own would only cost."""
_AGAIN_S = 1.0
SEGMENT_LINES, SEGMENT_BYTES = 65_536, 8 * 1024 * 1024


class Compactor:
    """Works off runs one after the other, in threads, beside the writer."""

    def __init__(self, frames: MongoFrames, runs: MongoRuns, blobs: Blobs) -> None:
        self._frames = frames
        self._runs = runs
        self._blobs = blobs
        self._waiting: dict[str, None] = {}
        self._news = asyncio.Event()

    def consider(self, runs: Sequence[Run]) -> None:
        """Remember those that have gathered enough."""
        for run in runs:
            waiting = run.progress.history - run.compacted
            ended = run.state in ENDED and run.progress.history >= ENDED_LINES
            if waiting >= LIVE_LINES or (ended and waiting > 0):
                self._waiting[run.id] = None
                self._news.set()

    async def work(self) -> None:
        """For ever. What an earlier life left is found first."""
        await self._find_left()
        while True:
            if not self._waiting:
                self._news.clear()
                await self._news.wait()
            run_id = next(iter(self._waiting))
            del self._waiting[run_id]
            try:
                await self.compact(await self._runs.get(run_id, frozenset()))
            except NotFound:
                continue
            except (CordeeError, PyMongoError) as error:
                log.warning("compaction is retried", run_id=run_id, error=str(error))
                self._waiting[run_id] = None
                await asyncio.sleep(_AGAIN_S)
            except Exception:  # its frames stay readable; nobody else's compaction may end
                log.exception("fault in a compaction", run_id=run_id)

    async def _find_left(self) -> None:
        while True:
            try:
                self.consider(await self._runs.ended_with_frames(ENDED_LINES))
            except PyMongoError as error:
                log.warning("runs to compact not looked for", error=str(error))
                await asyncio.sleep(_AGAIN_S)
            else:
                return

    async def compact(self, run: Run) -> bool:
        """Move what has gathered into segments; False if another compactor was first."""
        frames = await self._frames.of(run, "history", run.compacted)
        if run.state not in ENDED:
            end = contiguous_end(frames, run.compacted)
            frames = [frame for frame in frames if frame.first + frame.count <= end]
        cuts = list(splice(frames, run.compacted))
        if not cuts:
            return True
        segments = [await self._write(run, group) for group in _groups(cuts)]
        upto = cuts[-1].first + cuts[-1].take
        won = await self._frames.replace_with(run, segments, upto)
        if not won:
            for segment in segments:
                await self._blobs.delete(segment.blob)
        return won

    async def _write(self, run: Run, cuts: Sequence[Cut[Frame]]) -> Segment:
        table, data, columns = await asyncio.to_thread(_encode, cuts)
        blob = f"history/{run.id}/{run.generation}/{cuts[0].first:012d}-{new_id()}.parquet"
        await self._blobs.put(blob, data)
        first_step, last_step = _steps(table)
        return Segment(
            run_id=run.id,
            generation=run.generation,
            first=cuts[0].first,
            count=table.num_rows,
            first_step=first_step,
            last_step=last_step,
            blob=blob,
            size=len(data),
            columns=columns,
        )


def _groups(cuts: Sequence[Cut[Frame]]) -> Iterator[list[Cut[Frame]]]:
    """Cuts that follow one another without a hole, up to a segment's size."""
    group: list[Cut[Frame]] = []
    lines = size = 0
    for cut in cuts:
        follows = not group or group[-1].first + group[-1].take == cut.first
        if group and (not follows or lines >= SEGMENT_LINES or size >= SEGMENT_BYTES):
            yield group
            group, lines, size = [], 0, 0
        group.append(cut)
        lines += cut.take
        size += len(cut.source.packed)
    yield group


def _encode(cuts: Sequence[Cut[Frame]]) -> tuple[pa.Table, bytes, list[dict[str, object]]]:
    lines: list[str] = []
    for cut in cuts:
        lines += lines_of(cut.source)[cut.skip : cut.skip + cut.take]
    table = table_from_lines(lines)
    return table, write_segment(table), [asdict(stats) for stats in stats_of(table)]


def _steps(table: pa.Table) -> tuple[int, int]:
    """The lowest and the highest `_step`; where not all rows have one, all that there could be."""
    steps = steps_of(table)
    return (-(2**62), 2**62) if steps is None else (int(steps.min()), int(steps.max()))

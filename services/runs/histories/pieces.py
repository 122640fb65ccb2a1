"""A history's pieces in line order: slices of segments and of frames, loaded when needed."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, TypeAlias

import pyarrow as pa
import zstandard

from services.runs.domain.lines import Cut, splice
from services.runs.domain.run import Run
from services.runs.repository.frames import Frame, MongoFrames, Segment
from services.runs.segments.parquet import read_segment
from shared.kit.blobs import Blobs

Source = Segment | Frame
Piece: TypeAlias = pa.Table | list[str]

CACHE_BYTES = 128 * 1024 * 1024


class Pieces:
    """Finds and loads pieces. Decoded segments are kept a while, because pages come in rows."""

    def __init__(self, frames: MongoFrames, blobs: Blobs) -> None:
        self._frames = frames
        self._blobs = blobs
        self._kept: OrderedDict[tuple[Any, ...], pa.Table] = OrderedDict()
        self._kept_bytes = 0

    async def of(self, run: Run, stream: str = "history") -> list[Cut[Source]]:
        """The cuts that make up the stream; segments go before frames that repeat them."""
        # Frames first: a compaction in between then shows lines twice, which splice settles;
        # the other way round it would show them never.
        sources: list[Source] = [*await self._frames.of(run, stream)]
        if stream == "history":
            sources += await self._frames.segments_of(run)
        return list(splice(sources))

    async def load(self, cut: Cut[Source], keys: Sequence[str] | None = None) -> Piece:
        """The lines of a cut: a table (only `keys` of it, if given) or the lines as they came."""
        if isinstance(cut.source, Segment):
            table = await self._table(cut.source, keys)
            return table.slice(cut.skip, cut.take)
        return lines_of(cut.source)[cut.skip : cut.skip + cut.take]

    async def _table(self, segment: Segment, keys: Sequence[str] | None) -> pa.Table:
        wanted = None if keys is None else tuple(sorted({*keys, "_step"}))
        key = (segment.blob, wanted)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        data = await self._blobs.get(segment.blob)
        table = await asyncio.to_thread(read_segment, data, wanted)
        if key not in self._kept:
            self._kept[key] = table
            self._kept_bytes += table.nbytes
        while self._kept_bytes > CACHE_BYTES and len(self._kept) > 1:
            _, old = self._kept.popitem(last=False)
            self._kept_bytes -= old.nbytes
        return table


def lines_of(frame: Frame) -> list[str]:
    """The frame's lines, exactly as the client sent them."""
    return zstandard.ZstdDecompressor().decompress(frame.packed).decode().split("\n")

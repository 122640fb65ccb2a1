"""Taking over the beginning of a history: for forks, and for runs that are rewound."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import zstandard

from services.runs.domain.branching import Inherited
from services.runs.domain.run import Run
from services.runs.histories.pieces import Pieces
from services.runs.histories.reader import between, step_of
from services.runs.repository.frames import Frame, MongoFrames
from services.runs.segments.decoding import decode_lines
from shared.dialect import encode_row

FRAME_LINES = 4_096
_EARLIEST = -(2**62)


class Branches:
    """The port `Branches`. Rows are copied: a branch outlives its parent."""

    def __init__(self, frames: MongoFrames, pieces: Pieces) -> None:
        self._frames = frames
        self._pieces = pieces

    async def inherit(self, parent: Run, step: int, heir: str, generation: int) -> Inherited:
        """Rows of the parent up to `step`, durable under the heir's id and generation."""
        await self._frames.clear(heir, generation)  # of an attempt that did not come to its end
        lines, last_step = 0, -1
        summary: dict[str, object] = {}
        for cut in await self._pieces.of(parent):
            if cut.source.first_step > step:
                continue
            piece = await self._pieces.load(cut)
            rows = await asyncio.to_thread(between, piece, _EARLIEST, step + 1)
            for at in range(0, len(rows), FRAME_LINES):
                some = rows[at : at + FRAME_LINES]
                frame = await asyncio.to_thread(frame_of_rows, some, heir, generation, lines)
                await self._frames.add([frame])
                for row in await asyncio.to_thread(decode_lines, some):
                    summary.update(row or {})
                lines += frame.count
                last_step = max(last_step, frame.last_step)
        return Inherited(lines, last_step, encode_row(summary))


def frame_of_rows(lines: Sequence[str], heir: str, generation: int, first: int) -> Frame:
    """History lines that stand for themselves, under a run and generation."""
    steps = [step_of(line) for line in lines]
    return Frame(
        run_id=heir,
        stream="history",
        generation=generation,
        first=first,
        count=len(lines),
        first_step=min(steps),
        last_step=max(steps),
        packed=zstandard.ZstdCompressor(level=1).compress("\n".join(lines).encode()),
        position=0,
    )

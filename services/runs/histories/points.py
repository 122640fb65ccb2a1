"""Chosen columns of a history, block by block: no more of it in memory than is answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from services.runs.domain.lines import Cut
from services.runs.domain.run import Run
from services.runs.histories.pieces import Piece, Pieces, Source
from services.runs.segments.decoding import decode_lines
from services.runs.segments.reading import Values, sampled, select, select_partly
from services.runs.segments.rendering import lines_from_table
from services.runs.segments.schema import columns_for
from shared.dialect import MISSING, dig
from shared.errors import Invalid

BLOCK_VALUES = 100_000
KEPT_VALUES = 500_000
"""So many values stay at hand while rows are counted; beyond that they are read again."""

Rows = list[Values]
Encode = Callable[[Sequence[str], Iterable[Values]], bytes]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rows and columns. `partial` keeps rows that lack some; `max_step` is exclusive."""

    keys: Sequence[str]
    min_step: int | None = None
    max_step: int | None = None
    partial: bool = False

    @property
    def block_lines(self) -> int:
        """How many lines are looked at together."""
        return max(1, BLOCK_VALUES // max(1, len(self.keys)))


class Points:
    """Reads points; like all readers, from segments and frames alike."""

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces

    async def every(self, run: Run, choice: Choice, encode: Encode, most: int | None) -> str:
        """All rows. Raises Invalid as soon as they hold more than `most` values."""
        cuts = await self._cuts(run, choice)
        found, values = [], 0
        async for _, _, rows in self._blocks(cuts, choice):
            values += len(rows) * len(choice.keys)
            if most is not None and values > most:
                raise _too_many(choice, most)
            found.append(await asyncio.to_thread(encode, choice.keys, rows))
        return _joined(found)

    async def spread(
        self, run: Run, choice: Choice, encode: Encode, samples: int, most: int | None
    ) -> str:
        """At most `samples` rows, evenly spread. What was counted may have to be read again."""
        cuts = await self._cuts(run, choice)
        counts, kept = [0] * len(cuts), Kept(choice)
        async for index, _, rows in self._blocks(cuts, choice):
            counts[index] += len(rows)
            kept.add(rows)
        picks = sampled(range(sum(counts)), samples)
        if most is not None and len(picks) * len(choice.keys) > most:
            raise _too_many(choice, most)
        if kept.rows is not None:
            rows = [kept.rows[pick] for pick in picks]
            return (await asyncio.to_thread(encode, choice.keys, rows)).decode()
        return await self._again(cuts, counts, picks, choice, encode)

    async def page(
        self, run: Run, choice: Choice, encode: Encode, first: int, most: int
    ) -> tuple[str, int | None]:
        """Rows from line `first` on, some `most` values; and the line to go on at, if any."""
        cuts = [cut for cut in await self._cuts(run, choice) if cut.first + cut.take > first]
        if cuts and cuts[0].first < first:
            cut = cuts[0]
            behind = first - cut.first
            cuts[0] = Cut(cut.source, cut.skip + behind, cut.take - behind, first)
        found, values = [], 0
        async for _, end, rows in self._blocks(cuts, choice):
            found.append(await asyncio.to_thread(encode, choice.keys, rows))
            values += len(rows) * len(choice.keys)
            if values >= most:
                last = cuts[-1]
                return _joined(found), end if end < last.first + last.take else None
        return _joined(found), None

    async def _cuts(self, run: Run, choice: Choice) -> list[Cut[Source]]:
        return touching(await self._pieces.of(run), choice.min_step, choice.max_step)

    async def _blocks(
        self, cuts: Sequence[Cut[Source]], choice: Choice, skip: frozenset[int] = frozenset()
    ) -> AsyncIterator[tuple[int, int, Rows]]:
        """The cut's index, the line behind the block, and its rows."""
        for index, cut in enumerate(cuts):
            if index in skip:
                continue
            piece = await self._pieces.load(cut, choice.keys)
            for at in range(0, cut.take, choice.block_lines):
                count = min(choice.block_lines, cut.take - at)
                rows = await asyncio.to_thread(_chosen, piece, at, count, choice)
                yield index, cut.first + at + count, rows

    async def _again(
        self,
        cuts: Sequence[Cut[Source]],
        counts: Sequence[int],
        picks: Sequence[int],
        choice: Choice,
        encode: Encode,
    ) -> str:
        """Only those cuts that have picked rows in them."""
        inside: list[list[int]] = []
        at = row = 0
        for count in counts:
            begin = at
            while at < len(picks) and picks[at] < row + count:
                at += 1
            inside.append([pick - row for pick in picks[begin:at]])
            row += count
        idle = frozenset(index for index, chosen in enumerate(inside) if not chosen)
        found, passed = [], [0] * len(cuts)
        async for index, _, rows in self._blocks(cuts, choice, idle):
            first = passed[index]
            passed[index] += len(rows)
            some = [rows[pick - first] for pick in inside[index] if 0 <= pick - first < len(rows)]
            found.append(await asyncio.to_thread(encode, choice.keys, some))
        return _joined(found)


class Kept:
    """Rows that are counted, as long as they are few."""

    def __init__(self, choice: Choice) -> None:
        self._most = KEPT_VALUES // max(1, len(choice.keys))
        self.rows: Rows | None = []

    def add(self, rows: Rows) -> None:
        """`rows` is None once they are many."""
        if self.rows is not None:
            self.rows += rows
            if len(self.rows) > self._most:
                self.rows = None


def touching(
    cuts: Iterable[Cut[Source]], min_step: int | None, max_step: int | None
) -> list[Cut[Source]]:
    """Those that may hold lines with `min_step <= _step < max_step`."""
    return [
        cut
        for cut in cuts
        if (min_step is None or cut.source.last_step >= min_step)
        and (max_step is None or cut.source.first_step < max_step)
    ]


def _chosen(piece: Piece, at: int, count: int, choice: Choice) -> Rows:
    some = piece.slice(at, count) if isinstance(piece, pa.Table) else piece[at : at + count]
    if choice.partial:
        return _select_partly(some, choice)
    return select(some, choice.keys, choice.min_step, choice.max_step)


def _select_partly(piece: Piece, choice: Choice) -> Rows:
    """Rows that have at least one of the keys beside `_step`; None for what is missing."""
    keys = choice.keys
    if isinstance(piece, pa.Table):
        plain = select_partly(piece, keys, choice.min_step, choice.max_step)
        if plain is not None:
            return plain
        piece = lines_from_table(piece.select(columns_for(piece.schema, ["_step", *keys])))
    others = [index for index, key in enumerate(keys) if key != "_step"] or [0]
    found: Rows = []
    for row in decode_lines(piece):
        step = (row or {}).get("_step")
        if row is None or not isinstance(step, int):
            continue
        if not _inside(step, choice):
            continue
        values = tuple(dig(row, key) for key in keys)
        if any(values[index] is not MISSING for index in others):
            found.append(tuple(None if value is MISSING else value for value in values))
    return found


def _inside(step: int, choice: Choice) -> bool:
    return (choice.min_step is None or step >= choice.min_step) and (
        choice.max_step is None or step < choice.max_step
    )


def _joined(lists: Iterable[bytes]) -> str:
    """One JSON list of several."""
    inner = [text[1:-1] for text in lists]
    return "[" + b",".join(text for text in inner if text).decode() + "]"


def _too_many(choice: Choice, most: int) -> Invalid:
    count = len(choice.keys)
    if count > most:
        return Invalid(f"keys: more than {most:,} at once.", field="keys")
    return Invalid(
        f"samples: rows of {count:,} metrics that hold more than {most:,} values are not answered "
        f"at once. Ask for samples={most // count} at most, for fewer keys, or for fewer steps.",
        field="samples",
    )

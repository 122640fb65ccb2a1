"""History lines made into a table, from which every line can be had back."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
import orjson
import pyarrow as pa

from services.runs.segments.decoding import (
    Lines,
    bytes_of,
    decode_lines,
    text_of,
    types_of,
)
from services.runs.segments.schema import RAW, TYPES, Kind, field_for
from shared.dialect import EXACT, MISSING, Missing, Row, encode_value

FRAME_LINES = 1_000  # 50,000 at once take twice as long per line: caches and the collector

# Keys that carry the step in their name would fill a table with nothing, quadratically. A frame,
# or a whole table, beyond these limits stays raw: as quick to write, slower to read, no danger.
MAX_COLUMNS = 10_000
FREE_CELLS = 1_000_000  # in each frame
MAX_CELLS_PER_VALUE = 16

_KINDS: dict[frozenset[type], Kind] = {
    frozenset({int}): Kind.INT,
    frozenset({float}): Kind.FLOAT,
    frozenset({int, float}): Kind.FLOAT,
    frozenset({bool}): Kind.BOOL,
    frozenset({str}): Kind.STR,
}


class Chunk(NamedTuple):
    """The values of one key in one frame."""

    kind: Kind
    array: Any


def table_from_lines(lines: bytes | Lines, frame_lines: int = FRAME_LINES) -> pa.Table:
    """The lines, one by one or joined by newlines, as columns."""
    if isinstance(lines, bytes):
        lines = lines.split(b"\n") if lines else []
    frames = [lines[first : first + frame_lines] for first in range(0, len(lines), frame_lines)]
    draft = _Draft()
    for frame in frames:
        draft.add(frame)
    if draft.is_hollow():
        draft = _Draft()
        for frame in frames:
            draft.add_raw(frame)
    return draft.table()


def chunk_of(values: list[Any]) -> Chunk:
    """The values as an array of the narrowest kind that loses none; MISSING becomes null."""
    types = types_of(values)
    if kind := _KINDS.get(frozenset(types - {Missing})):
        present = values
        if Missing in types:
            present = [None if value is MISSING else value for value in values]
        # Arrow refuses an integer that neither 64 bits nor a float can hold.
        with suppress(OverflowError, pa.ArrowInvalid):
            return Chunk(kind, pa.array(present, TYPES[kind]))
    texts = [None if value is MISSING else _text(value) for value in values]
    return Chunk(Kind.JSON, pa.array(texts, TYPES[Kind.JSON]))


class _Draft:
    """A table in the making; a key's kind is settled when all frames have been seen."""

    def __init__(self) -> None:
        self._sizes: list[int] = []
        self._raw: list[Any] = []
        self._chunks: dict[str, dict[int, Chunk]] = {}

    def add(self, lines: Lines) -> None:
        rows = decode_lines(lines)
        chunks = self._chunks_of(rows)
        if chunks is None:
            self.add_raw(lines)
            return
        for key, chunk in chunks.items():
            self._chunks.setdefault(key, {})[len(self._sizes)] = chunk
        self._append(
            [
                bytes_of(text_of(line)) if row is None else None
                for row, line in zip(rows, lines, strict=True)
            ]
        )

    def add_raw(self, lines: Lines) -> None:
        self._append([bytes_of(text_of(line)) for line in lines])

    def is_hollow(self) -> bool:
        values = sum(
            len(chunk.array) - chunk.array.null_count
            for chunks in self._chunks.values()
            for chunk in chunks.values()
        )
        return _is_hollow(len(self._chunks) * sum(self._sizes), values, frames=len(self._sizes))

    def table(self) -> pa.Table:
        fields = [pa.field(RAW, pa.large_binary())]
        columns = [pa.chunked_array(self._raw, pa.large_binary())]
        for key, chunks in self._chunks.items():
            kind, arrays = _unified(chunks)
            type_ = next(iter(arrays.values())).type
            column = [
                arrays[frame] if frame in arrays else _nulls(size, type_)
                for frame, size in enumerate(self._sizes)
            ]
            fields.append(field_for(len(fields) - 1, key, kind, type_))
            columns.append(pa.chunked_array(column, type_))
        return pa.Table.from_arrays(columns, schema=pa.schema(fields))

    def _chunks_of(self, rows: Sequence[Row | None]) -> dict[str, Chunk] | None:
        """The columns of one frame, or None if by the limits it shall have none."""
        columns = _split([row or {} for row in rows])
        if columns is None or len(self._chunks.keys() | columns.keys()) > MAX_COLUMNS:
            return None
        return {key: chunk_of(values) for key, values in columns.items()}

    def _append(self, raw: list[bytes | None]) -> None:
        self._raw.append(pa.array(raw, pa.large_binary()))
        self._sizes.append(len(raw))


def _split(rows: list[Row]) -> dict[str, list[Any]] | None:
    """The values of each key, in order of first appearance; None if most would be missing."""
    if len(set(map(len, rows))) == 1:
        with suppress(KeyError):  # the usual frame: all its rows have the same keys
            return {key: list(map(itemgetter(key), rows)) for key in rows[0]}
    keys = dict.fromkeys(chain.from_iterable(rows))
    if _is_hollow(len(keys) * len(rows), values=sum(map(len, rows))):
        return None
    return {key: _values_of(key, rows) for key in keys}


def _values_of(key: str, rows: list[Row]) -> list[Any]:
    """Most keys are in all rows even where one now and then has some more."""
    with suppress(KeyError):
        return list(map(itemgetter(key), rows))
    return [row.get(key, MISSING) for row in rows]


def _is_hollow(cells: int, values: int, frames: int = 1) -> bool:
    return cells > frames * FREE_CELLS and cells > MAX_CELLS_PER_VALUE * values


def _text(value: object) -> str:
    """The JSON of the value; orjson's if it is exact, and it writes NaN as null."""
    with suppress(orjson.JSONEncodeError):
        text = orjson.dumps(value)
        if b"null" not in text:
            return text.decode()
    return encode_value(value)


def _unified(chunks: dict[int, Chunk]) -> tuple[Kind, dict[int, Any]]:
    """The chunks of one key, all of the one kind that can hold them."""
    kind = _common_kind(list(chunks.values()))
    arrays = {frame: _converted(chunk, kind) for frame, chunk in chunks.items()}
    if kind is Kind.FLOAT and all(map(_is_single, arrays.values())):
        arrays = {frame: array.cast(pa.float32()) for frame, array in arrays.items()}
    return kind, arrays


def _common_kind(chunks: list[Chunk]) -> Kind:
    kinds = {chunk.kind for chunk in chunks}
    if len(kinds) == 1:
        return kinds.pop()
    if kinds == {Kind.INT, Kind.FLOAT} and all(map(_fits_float, chunks)):
        return Kind.FLOAT
    return Kind.JSON


def _fits_float(chunk: Chunk) -> bool:
    if chunk.kind is Kind.FLOAT:
        return True
    numbers = chunk.array.drop_null().to_numpy()
    return bool(numbers.min() >= -EXACT and numbers.max() <= EXACT)


def _converted(chunk: Chunk, kind: Kind) -> Any:
    if chunk.kind is kind:
        return chunk.array
    if kind is Kind.FLOAT:
        return chunk.array.cast(pa.float64())
    texts = [None if value is None else encode_value(value) for value in chunk.array.to_pylist()]
    return pa.array(texts, TYPES[Kind.JSON])


def _is_single(array: Any) -> bool:
    """Whether half the bytes say the same, as for what a GPU computed in single precision."""
    numbers = array.to_numpy(zero_copy_only=False)
    with np.errstate(over="ignore"):
        single = numbers.astype(np.float32)
    return bool(np.all((single == numbers) | np.isnan(numbers)))


@lru_cache(maxsize=64)
def _nulls(size: int, type_: Any) -> Any:
    """Shared, so that a key that most frames lack costs nothing there."""
    return pa.nulls(size, type_)

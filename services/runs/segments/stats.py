"""What can be said about a history without reading it: one `ColumnStats` per key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from services.runs.segments.columns import Chunk, chunk_of
from services.runs.segments.decoding import decode_cells, decode_lines
from services.runs.segments.schema import RAW, Kind, key_of, kind_of
from shared.dialect import encode_value, flatten

BATCH_LINES = 8_192

# Stats live in an index document, which has a limit.
LONGEST_LAST = 4_096  # characters
MAX_LEAVES = 10_000  # derived keys; columns have a limit of their own

Number = int | float


@dataclass(frozen=True, slots=True)
class ColumnStats:
    """The values of one key over consecutive lines.

    `count` is all values; `minimum`, `maximum` and `total` are of the numbers other than NaN, and
    None without one. `last` is a number, or JSON text, or None where that would be very long.
    `monotonic`: all are numbers and none is below the one before. `derived`: the key has no column
    but is a dotted leaf, or comes from raw lines. `opened` of the values are dicts whose leaves
    have entries of their own.
    """

    key: str
    kind: Kind
    count: int
    minimum: Number | None
    maximum: Number | None
    total: float | None
    last: Number | str | None
    monotonic: bool
    derived: bool = False
    opened: int = 0


def stats_of(table: pa.Table) -> list[ColumnStats]:
    """One entry for each key that has a value, the columns before the derived ones.

    A history with more than MAX_LEAVES derived keys is described by so many of them.
    """
    batches = table.to_batches(max_chunksize=BATCH_LINES)
    return combine(stats for batch in batches for stats in _stats_of_batch(batch))


def combine(parts: Iterable[ColumnStats]) -> list[ColumnStats]:
    """One entry per key from the entries of consecutive pieces, given in order."""
    whole: dict[str, ColumnStats] = {}
    leaves = 0
    for part in parts:
        if earlier := whole.get(part.key):
            whole[part.key] = _joined(earlier, part)
        elif not part.derived or leaves < MAX_LEAVES:
            whole[part.key] = part
            leaves += part.derived
    return sorted(whole.values(), key=lambda stats: stats.derived)


class _Leaves:
    """What has no column of its own: dotted leaves of dicts, and all that raw lines hold."""

    def __init__(self, batch: Any) -> None:
        self.values: dict[str, dict[int, object]] = {}
        self.opened: Counter[str] = Counter()
        for field, column in zip(batch.schema, batch.columns, strict=True):
            if field.name == RAW:
                rows = decode_lines(column.drop_null().to_pylist())
                for index, row in zip(_rows_with(column), rows, strict=True):
                    for leaf, value in flatten(row or {}):
                        self._put(index, leaf, value)
            elif kind_of(field) is Kind.JSON:
                cells = decode_cells(column.drop_null().to_pylist())
                for index, cell in zip(_rows_with(column), cells, strict=True):
                    self._open(index, key_of(field), cell)

    def _open(self, index: int, key: str, cell: object) -> None:
        leaves = dict(flatten({key: cell}))
        if leaves.keys() != {key}:
            self.opened[key] += 1
            for leaf, value in leaves.items():
                self._put(index, leaf, value)

    def _put(self, index: int, leaf: str, value: object) -> None:
        if leaf in self.values:
            self.values[leaf][index] = value
        elif len(self.values) < MAX_LEAVES:
            self.values[leaf] = {index: value}


def _stats_of_batch(batch: Any) -> Iterator[ColumnStats]:
    leaves = _Leaves(batch)
    for field, column in zip(batch.schema, batch.columns, strict=True):
        if field.name == RAW:
            continue
        key, chunk = key_of(field), Chunk(kind_of(field), column)
        if also := leaves.values.pop(key, None):
            chunk = _in_order(also | _by_row(chunk))
        if chunk.array.null_count < len(chunk.array):
            yield replace(_stats(key, chunk), opened=leaves.opened[key])
    for key, values in leaves.values.items():
        yield replace(_stats(key, _in_order(values)), derived=True)


def _rows_with(column: Any) -> list[int]:
    rows: list[int] = np.flatnonzero(column.is_valid()).tolist()
    return rows


def _by_row(chunk: Chunk) -> dict[int, object]:
    values = chunk.array.drop_null().to_pylist()
    if chunk.kind is Kind.JSON:
        values = decode_cells(values)
    return dict(zip(_rows_with(chunk.array), values, strict=True))


def _in_order(values: dict[int, object]) -> Chunk:
    return chunk_of([values[row] for row in sorted(values)])


def _stats(key: str, chunk: Chunk) -> ColumnStats:
    values = chunk.array.drop_null()
    last = values[-1].as_py()
    if chunk.kind not in (Kind.INT, Kind.FLOAT):
        text = last if chunk.kind is Kind.JSON else encode_value(last)
        return ColumnStats(key, chunk.kind, len(values), None, None, None, _short(text), False)
    numbers = values.to_numpy()
    real = numbers[~np.isnan(numbers)]
    with np.errstate(invalid="ignore", over="ignore"):
        total = real.sum(dtype=np.float64).item()
    return ColumnStats(
        key,
        chunk.kind,
        len(values),
        minimum=real.min().item() if len(real) else None,
        maximum=real.max().item() if len(real) else None,
        total=total if len(real) else None,
        last=last,
        monotonic=len(real) == len(numbers) and bool(np.all(numbers[1:] >= numbers[:-1])),
    )


def _joined(earlier: ColumnStats, later: ColumnStats) -> ColumnStats:
    both = replace(
        later,
        count=earlier.count + later.count,
        derived=earlier.derived and later.derived,
        opened=earlier.opened + later.opened,
    )
    kinds = {earlier.kind, later.kind}
    if kinds <= {Kind.INT, Kind.FLOAT}:
        return replace(
            both,
            kind=Kind.FLOAT if Kind.FLOAT in kinds else Kind.INT,
            minimum=min(_numbers(earlier.minimum, later.minimum), default=None),
            maximum=max(_numbers(earlier.maximum, later.maximum), default=None),
            total=sum(totals) if (totals := _numbers(earlier.total, later.total)) else None,
            monotonic=earlier.monotonic and later.monotonic and _continues(earlier, later),
        )
    if len(kinds) == 1:
        return both
    last = later.last
    text = last if isinstance(last, str) or last is None else encode_value(last)
    return replace(
        both,
        kind=Kind.JSON,
        minimum=None,
        maximum=None,
        total=None,
        last=None if text is None else _short(text),
        monotonic=False,
    )


def _continues(earlier: ColumnStats, later: ColumnStats) -> bool:
    """For two rising pieces: of the later one the lowest value is the first."""
    last, first = earlier.last, later.minimum
    return isinstance(last, int | float) and first is not None and last <= first


def _numbers(*numbers: Number | None) -> list[Number]:
    return [number for number in numbers if number is not None]


def _short(text: str) -> str | None:
    return text if len(text) <= LONGEST_LAST else None

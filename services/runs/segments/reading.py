"""Questions to a piece of history, be it a table from a segment or lines from frames."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa

from services.runs.segments.columns import FRAME_LINES
from services.runs.segments.decoding import Lines, decode_lines, types_of
from services.runs.segments.rendering import lines_from_table
from services.runs.segments.schema import RAW, Kind, columns_for, key_of, kind_of
from shared.dialect import MISSING, STEP, Row, canonical, dig, strict

Values = tuple[object, ...]
Floats = npt.NDArray[np.float64]
T = TypeVar("T")


def select(
    piece: pa.Table | Lines,
    keys: Sequence[str],
    min_step: int | None = None,
    max_step: int | None = None,
) -> list[Values]:
    """The values of `keys` from each row that has them all, with `min_step <= _step < max_step`.

    A null is a value; a line that cannot be read is no row.
    """
    if not keys:
        return []
    if isinstance(piece, pa.Table):
        columns = _plain_columns(piece, keys, min_step, max_step)
        if columns is not None:
            return list(zip(*(_values(column) for column in columns), strict=True))
        piece = lines_from_table(piece.select(columns_for(piece.schema, [STEP, *keys])))
    return list(_select_from_lines(piece, keys, min_step, max_step))


def series(
    piece: pa.Table | Lines,
    key: str,
    min_step: int | None = None,
    max_step: int | None = None,
    x: str = STEP,
) -> tuple[Floats, Floats]:
    """The points of a curve, from the rows in which both `x` and `key` are numbers."""
    if isinstance(piece, pa.Table):
        columns = _plain_columns(piece, [x, key], min_step, max_step)
        if columns is not None and all(map(_is_numeric, columns)):
            along, up = (column.to_numpy().astype(np.float64) for column in columns)
            return along, up
    rows = select(piece, [x, key], min_step, max_step)
    points = np.array([row for row in rows if all(map(_is_number, row))], dtype=np.float64)
    along, up = points.reshape(-1, 2).T
    return along, up


def select_partly(
    table: pa.Table, keys: Sequence[str], min_step: int | None, max_step: int | None
) -> list[Values] | None:
    """As `select`, but a row needs only one of the keys beside `_step`, and None is what it lacks.

    None if only whole rows tell.
    """
    steps = steps_of(table)
    if steps is None:
        return None
    columns: dict[str, Any] = {}
    for name in columns_for(table.schema, keys)[1:]:
        field = table.schema.field(name)
        if kind_of(field) is Kind.JSON:
            return None
        columns[key_of(field)] = table.column(name)
    others = [columns[key] for key in keys if key != STEP and key in columns]
    if any(key != STEP for key in keys):
        mask = np.zeros(table.num_rows, dtype=np.bool_)
        for column in others:
            mask |= column.is_valid().to_numpy()
    else:
        mask = np.ones(table.num_rows, dtype=np.bool_)
    if min_step is not None:
        mask &= steps >= min_step
    if max_step is not None:
        mask &= steps < max_step
    rows = pa.array(mask)
    found = [
        _values_or_none(columns[key].filter(rows)) if key in columns else [None] * int(mask.sum())
        for key in keys
    ]
    return list(zip(*found, strict=True))


def steps_of(table: pa.Table) -> npt.NDArray[np.int64] | None:
    """The `_step` of every row; None where some row's is no integer, or stands in a raw line."""
    names = columns_for(table.schema, [STEP])[1:]
    if len(names) != 1 or table.column(RAW).null_count < table.num_rows:
        return None
    column = table.column(names[0])
    if column.type != pa.int64() or column.null_count:
        return None
    steps: npt.NDArray[np.int64] = column.to_numpy()
    return steps


def sampled(rows: Sequence[T], samples: int) -> list[T]:
    """At most so many of the rows, evenly spaced, the first and the last among them."""
    if samples >= len(rows):
        return list(rows)
    if samples < 2:
        return list(rows[len(rows) - max(samples, 0) :])  # of one row, the newest says most
    last = len(rows) - 1
    return [rows[pick * last // (samples - 1)] for pick in range(samples)]


def minmax(steps: Floats, values: Floats, buckets: int) -> tuple[Floats, Floats]:
    """At most two points of each of so many equal buckets: the lowest and the highest.

    Spikes are what people look for, so averaging them away would be a lie. NaN is neither low nor
    high, but a bucket of nothing else keeps one, that a gap stays a gap.
    """
    buckets = max(buckets, 1)
    if len(values) <= 2 * buckets:
        return steps, values
    width = -(-len(values) // buckets)
    starts = np.arange(0, len(values), width)
    padding = (0, len(starts) * width - len(values))
    # The padding loses every tie against what stands before it.
    low = np.pad(np.where(np.isnan(values), np.inf, values), padding, constant_values=np.inf)
    high = np.pad(np.where(np.isnan(values), -np.inf, values), padding, constant_values=-np.inf)
    lowest = starts + low.reshape(-1, width).argmin(axis=1)
    highest = starts + high.reshape(-1, width).argmax(axis=1)
    picked = np.unique(np.concatenate([lowest, highest]))
    return steps[picked], values[picked]


def encode_points(keys: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """The rows as a JSON list of objects in the SDK's dialect."""
    # 1 and 1.0 may be the same value in a frame and in a segment, so both print as 1.
    points = [dict(zip(keys, map(canonical, row), strict=True)) for row in rows]
    with suppress(orjson.JSONEncodeError):
        text = orjson.dumps(points)
        if b"null" not in text:
            return text
    return b"[" + b",".join(map(_encode_point, points)) + b"]"


def encode_lists(keys: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """The rows as plain JSON, each a list of its values, in the words of contract.md."""
    columns = [_plain_column(values) for values in zip(*rows, strict=True)]
    return orjson.dumps(list(zip(*columns, strict=True)))


def _plain_column(values: Sequence[object]) -> Sequence[object]:
    """One key's values; of numbers only those are looked at that JSON has other words for."""
    types = types_of(values)
    if types == {int}:
        numbers: Any = values
        if min(numbers) >= -(2**63) and max(numbers) < 2**64:
            return values
    if types == {float}:
        floats = np.array(values, dtype=np.float64)
        found = list(values)
        for index in np.flatnonzero((floats == np.trunc(floats)) | ~np.isfinite(floats)).tolist():
            found[index] = _plain(found[index])
        return found
    return [_plain(value) for value in values]


def _plain(value: object) -> object:
    """JSON has no NaN, no infinity, and no integer that every reader takes beyond 64 bits."""
    value = canonical(value)
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return str(value)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return strict(value)


def _plain_columns(
    table: pa.Table, keys: Sequence[str], min_step: int | None, max_step: int | None
) -> list[Any] | None:
    """The columns of the keys, with the rows that `select` wants; None if only whole rows tell."""
    if table.column(RAW).null_count < table.num_rows:
        return None
    bounded = min_step is not None or max_step is not None
    needed = [*keys, STEP] if bounded else list(keys)
    columns = {}
    for name in columns_for(table.schema, needed)[1:]:
        field = table.schema.field(name)
        if kind_of(field) is Kind.JSON:
            return None
        columns[key_of(field)] = table.column(name)
    if any(key not in columns for key in needed):
        return [pa.chunked_array([], pa.float64())] * len(keys)
    mask = np.ones(table.num_rows, dtype=np.bool_)
    for key in needed:
        mask &= columns[key].is_valid().to_numpy()
    if bounded:
        if not _is_numeric(columns[STEP]):
            return None
        steps = columns[STEP].to_numpy()
        if min_step is not None:
            mask &= steps >= min_step
        if max_step is not None:
            mask &= steps < max_step
    found = [columns[key] for key in keys]
    return found if mask.all() else [column.filter(pa.array(mask)) for column in found]


def _select_from_lines(
    lines: Lines, keys: Sequence[str], min_step: int | None, max_step: int | None
) -> Iterator[Values]:
    for first in range(0, len(lines), FRAME_LINES):
        for row in decode_lines(lines[first : first + FRAME_LINES]):
            if row is not None and _in_range(row, min_step, max_step):
                values = tuple([dig(row, key) for key in keys])
                if MISSING not in values:
                    yield values


def _in_range(row: Row, min_step: int | None, max_step: int | None) -> bool:
    if min_step is None and max_step is None:
        return True
    step = row.get(STEP)
    return (
        isinstance(step, int | float)
        and not isinstance(step, bool)
        and (min_step is None or step >= min_step)
        and (max_step is None or step < max_step)
    )


def _values(column: Any) -> list[object]:
    values: list[object] = column.to_numpy().tolist() if _is_numeric(column) else column.to_pylist()
    return values


def _values_or_none(column: Any) -> list[object]:
    return list(column.to_pylist()) if column.null_count else _values(column)


def _is_numeric(column: Any) -> bool:
    return column.type in (pa.int64(), pa.float64(), pa.float32())


def _is_number(value: object) -> bool:
    """Whether a float can stand for it: no bool, and no integer with hundreds of digits."""
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) <= sys.float_info.max
    return isinstance(value, float)


def _encode_point(point: Mapping[str, object]) -> bytes:
    """Exact where orjson is not: it has no NaN, no infinity, and no integer over 64 bits."""
    return json.dumps(point, ensure_ascii=False, separators=(",", ":")).encode()

"""The way back from columns to lines, a column at a time."""

from __future__ import annotations

from itertools import repeat
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from services.runs.segments.schema import RAW, Kind, key_of, kind_of
from shared.dialect import EXACT, encode_value

BATCH_LINES = 4_096


def lines_from_table(table: pa.Table) -> list[str]:
    """The lines that the table was made from: same keys, same values, raw lines to the letter."""
    lines: list[str] = []
    for batch in table.to_batches(max_chunksize=BATCH_LINES):
        lines.extend(_lines(batch))
    return lines


def _lines(batch: Any) -> list[str]:
    """Each value as `,"key":value`, joined across, without the first comma."""
    parts: list[Any] = [repeat("", batch.num_rows)]
    for field, column in zip(batch.schema, batch.columns, strict=True):
        if field.name == RAW or column.null_count == len(column):
            continue
        label = f",{encode_value(key_of(field))}:"
        values = _values(kind_of(field), column.drop_null())
        if column.null_count:
            parts.append(_sparse(label, values, column))
        else:
            parts += [repeat(label), values]
    lines = ["{" + members[1:] + "}" for members in map("".join, zip(*parts, strict=False))]
    raw = batch.column(RAW)
    for index in np.flatnonzero(raw.is_valid()).tolist():
        lines[index] = raw[index].as_py().decode("utf-8", "surrogatepass")  # as `bytes_of` encodes
    return lines


def _sparse(label: str, values: list[str], column: Any) -> list[str]:
    parts = [""] * len(column)
    for index, value in zip(np.flatnonzero(column.is_valid()).tolist(), values, strict=True):
        parts[index] = label + value
    return parts


def _values(kind: Kind, column: Any) -> list[str]:
    """The JSON of each value of a column without nulls."""
    match kind:
        case Kind.INT:
            return _numbers(column.to_numpy())
        case Kind.FLOAT:
            return _floats(column.to_numpy().astype(np.float64))
        case Kind.BOOL:
            return ["true" if value else "false" for value in column.to_pylist()]
        case Kind.STR:
            return [orjson.dumps(value).decode() for value in column.to_pylist()]
        case Kind.JSON:
            return [str(value) for value in column.to_pylist()]


def _numbers(numbers: np.ndarray[Any, Any]) -> list[str]:
    """All in one text, then cut apart: quicker than a text for each."""
    return orjson.dumps(numbers, option=orjson.OPT_SERIALIZE_NUMPY).decode()[1:-1].split(",")


def _floats(numbers: np.ndarray[Any, Any]) -> list[str]:
    """As `encode_value` writes them; the few that orjson writes otherwise are put right."""
    texts = _numbers(numbers)
    odd = ~np.isfinite(numbers) | ((numbers == np.trunc(numbers)) & (np.abs(numbers) < EXACT))
    for index in np.flatnonzero(odd).tolist():
        texts[index] = encode_value(float(numbers[index]))
    return texts

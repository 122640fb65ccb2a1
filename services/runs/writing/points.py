"""What of logged lines is watched, cut so that every message is one that the bus takes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeGuard

import zstandard

from services.runs.segments.decoding import decode_lines
from shared.contracts.runs import WatchedRow
from shared.kit import logs
from shared.messaging.ingest import Part

log = logs.get(__name__)

MOST_ROWS = 2_000
MOST_BYTES = 512 * 1024
"""Of one message; a line that has more is told in several."""
LONGEST_NAME = 1_024
"""Rules cannot name longer ones. The names within a dict all repeat its own: without a bound a line
of a megabyte could become many gigabytes."""
MOST_OF_A_LINE = 16 * 1024 * 1024
"""For the same reason; the rest of such a line is not told."""

_ROW_BYTES, _VALUE_BYTES = 128, 32

Chooser = Callable[[str], bool]


def watched_rows(part: Part, choose: Chooser) -> Iterator[WatchedRow]:
    """The lines that have watched numbers, each with those alone."""
    text = zstandard.ZstdDecompressor().decompress(part.packed).decode()
    for index, row in enumerate(decode_lines(text.split("\n"))):
        if row is None:
            continue
        values = _numbers(row, choose)
        if values:
            step, at = row.get("_step"), row.get("_timestamp")
            yield WatchedRow(
                step=step if _is_step(step) else part.first + index,
                at=float(at) if _is_number(at) else 0.0,
                values=values,
            )


def messages(rows: Iterable[WatchedRow]) -> Iterator[list[WatchedRow]]:
    """The rows of each message; a row too large for one is split by its names."""
    batch: list[WatchedRow] = []
    size = 0
    for row in rows:
        for piece, weight in _split(row):
            if batch and (size + weight > MOST_BYTES or len(batch) == MOST_ROWS):
                yield batch
                batch, size = [], 0
            batch.append(piece)
            size += weight
    if batch:
        yield batch


def _split(row: WatchedRow) -> Iterator[tuple[WatchedRow, int]]:
    weights = {name: _weight(name) for name in row.values}
    total = _ROW_BYTES + sum(weights.values())
    if total <= MOST_BYTES:
        yield row, total
        return
    values: dict[str, float] = {}
    size = _ROW_BYTES
    for name, value in row.values.items():
        if size + weights[name] > MOST_BYTES:
            yield WatchedRow(step=row.step, at=row.at, values=values), size
            values, size = {}, _ROW_BYTES
        values[name] = value
        size += weights[name]
    yield WatchedRow(step=row.step, at=row.at, values=values), size


def _numbers(row: Mapping[str, object], choose: Chooser) -> dict[str, float]:
    values: dict[str, float] = {}
    size = 0
    for name, value in _leaves(row, ""):
        if _is_number(value) and choose(name):
            size += _weight(name)
            if size > MOST_OF_A_LINE:
                log.warning("the rest of a line is not told", told=len(values))
                break
            values[name] = float(value)
    return values


def _leaves(row: Mapping[str, object], prefix: str) -> Iterator[tuple[str, object]]:
    """As `dialect.flatten`, without what has too long a name."""
    for key, value in row.items():
        name = prefix + key
        if len(name) > LONGEST_NAME:
            continue
        if isinstance(value, dict) and value and "_type" not in value:
            yield from _leaves(value, f"{name}.")
        else:
            yield name, value


def _weight(name: str) -> int:
    """No less than a name and its value take in JSON, where a letter may take six bytes."""
    plain = name.isascii() and name.isprintable()
    return len(name) * (2 if plain else 6) + _VALUE_BYTES


def _is_step(value: object) -> TypeGuard[int]:
    """One that a database can keep."""
    return isinstance(value, int) and abs(value) < 2**63


def _is_number(value: object) -> TypeGuard[int | float]:
    """One that a float can stand for: an integer may have hundreds of digits."""
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) <= sys.float_info.max
    return isinstance(value, float)

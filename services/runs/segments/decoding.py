"""Many lines decoded at the speed of orjson, with the answers of the strict decoder."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np
import orjson

from shared.dialect import (
    MAX_DEPTH,
    MISSING,
    Missing,
    Row,
    decode_row,
    decode_value,
    depth_of,
)
from shared.errors import Invalid

Lines = Sequence[str | bytes]

SCANNED_LINES = 200  # at once, so that the scan stays in the cache


def decode_lines(lines: Lines) -> list[Row | None]:
    """Each line as a row; None for one that `decode_row` refuses."""
    rows = _parse(lines)
    if types_of(rows) == {dict} and not _some_may_be_deep(lines):
        return rows  # type: ignore[return-value]
    return [
        row if isinstance(row, dict) and not _is_deep(row, line) else _decode_strictly(line)
        for row, line in zip(rows, lines, strict=True)
    ]


def decode_cells(cells: Sequence[str]) -> list[object]:
    """Each text of a column of JSON as the value it was written from."""
    return [
        decode_value(cell) if value is MISSING else value
        for value, cell in zip(_parse(cells), cells, strict=True)
    ]


def text_of(line: str | bytes) -> str:
    """The line as text; bytes that are no UTF-8 become lone surrogates, so that none is lost."""
    return line if isinstance(line, str) else line.decode("utf-8", "surrogateescape")


def bytes_of(line: str | bytes) -> bytes:
    """The line as bytes, from which `text_of` or a decoder makes the same line again."""
    return line if isinstance(line, bytes) else line.encode("utf-8", "surrogatepass")


def types_of(values: Sequence[object]) -> set[type]:
    """The types among the values; grouping first is half the price when there is but one."""
    return {kind for kind, _ in groupby(values, type)}


def _parse(texts: Lines) -> list[object]:
    """What orjson reads, and MISSING where it refuses or might round."""
    try:
        values: list[object] = list(map(orjson.loads, texts))
    except orjson.JSONDecodeError:
        values = [_parse_one(text) for text in texts]
    for first in range(0, len(texts), SCANNED_LINES):
        scanned = texts[first : first + SCANNED_LINES]
        if _may_pass_64_bits(scanned):
            for index, text in enumerate(scanned, first):
                if _may_pass_64_bits([text]):
                    values[index] = MISSING
    return values


def _parse_one(text: str | bytes) -> object | Missing:
    try:
        value: object = orjson.loads(text)
    except orjson.JSONDecodeError:
        return MISSING
    return value


def _decode_strictly(line: str | bytes) -> Row | None:
    try:
        return decode_row(text_of(line))
    except Invalid:
        return None


def _some_may_be_deep(lines: Lines) -> bool:
    """Whether, one bracket aside for each line, as many are left as a deep line must have."""
    return _brackets(_joined(lines)) - len(lines) >= MAX_DEPTH


def _joined(texts: Lines) -> bytes:
    """By newlines; encoding them all at once is half the price."""
    try:
        return "\n".join(texts).encode("utf-8", "surrogatepass")  # type: ignore[arg-type]
    except TypeError:  # not all of them are text
        return b"\n".join(map(bytes_of, texts))


def _is_deep(row: Row, line: str | bytes) -> bool:
    return _brackets(bytes_of(line)) > MAX_DEPTH and depth_of(row) > MAX_DEPTH


def _brackets(text: bytes) -> int:
    return text.count(b"{") + text.count(b"[")


def _may_pass_64_bits(texts: Lines) -> bool:
    """Whether some integer could be one that orjson quietly rounds to a float.

    That takes 20 digits in a row, or 19 after a minus, and no decimal point before them. A regular
    expression would take thirty times as long as this.
    """
    letters = np.frombuffer(b"\n%b\n" % _joined(texts), np.uint8)
    digits = run = (letters - np.uint8(ord("0"))) < 10
    for reach in (1, 2, 4, 8, 3):  # digits that begin a run of 2, of 4, 8, 16 and 19
        run = run[:-reach] & run[reach:]
    starts = np.flatnonzero(run)
    before = letters[starts - 1]
    begins = (before != ord(".")) & ~digits[starts - 1]
    return bool(np.any(begins & (digits[starts + 19] | (before == ord("-")))))

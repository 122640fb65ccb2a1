"""Rows of a logged table: found, ordered, cut into pages. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.errors import Invalid

OPERATORS = ("eq", "ne", "gt", "gte", "lt", "lte", "contains")
MOST_CONDITIONS = 20

Condition = tuple[str, str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows, in which order."""

    find: str
    conditions: Sequence[Condition]
    order: str | None
    offset: int
    limit: int


@dataclass(frozen=True, slots=True)
class LoggedTable:
    """As the SDK wrote it: columns have texts or numbers for names."""

    columns: list[str]
    rows: list[list[Any]]

    def page(self, wanted: Wanted) -> dict[str, Any]:
        """The rows that match, each with its place in the whole table."""
        found = list(enumerate(self.rows))
        for column, operator, value in wanted.conditions:
            at = self._index(column, "filters")
            found = [row for row in found if _holds(_cell(row[1], at), operator, value)]
        if wanted.find:
            text = wanted.find.casefold()
            found = [row for row in found if any(text in _text(cell) for cell in row[1])]
        if wanted.order is not None:
            at = self._index(wanted.order[1:], "order")
            # What has no order comes last, either way.
            ranked = [(_rank(_cell(row[1], at)), row) for row in found]
            some = [(rank, row) for rank, row in ranked if rank is not None]
            some.sort(key=lambda pair: pair[0], reverse=wanted.order[0] == "-")
            found = [row for _, row in some] + [row for rank, row in ranked if rank is None]
        page = found[wanted.offset : wanted.offset + wanted.limit]
        return {
            "columns": self.columns,
            "rows": [cells for _, cells in page],
            "numbers": [number for number, _ in page],
            "matching": len(found),
            "total": len(self.rows),
        }

    def _index(self, column: str, field: str) -> int:
        try:
            return self.columns.index(column)
        except ValueError:
            raise Invalid(f"{field}: the table has no column {column!r}.", field=field) from None


def table_of(document: Any) -> LoggedTable:
    """Raises Invalid for what is no table."""
    if not isinstance(document, dict):
        raise Invalid("file: this is no table.", field="file")
    columns, rows = document.get("columns"), document.get("data")
    if not isinstance(columns, list) or not isinstance(rows, list):
        raise Invalid("file: a table has columns and data.", field="file")
    if not all(isinstance(row, list) for row in rows):
        raise Invalid("file: every row of a table is a list.", field="file")
    return LoggedTable([str(column) for column in columns], rows)


def conditions_of(text: str | None) -> list[Condition]:
    """`[["column", "gt", 3], …]`; raises Invalid."""
    if not text:
        return []
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid("filters: must be JSON.", field="filters") from error
    if not isinstance(found, list) or len(found) > MOST_CONDITIONS:
        raise Invalid(f"filters: a list of at most {MOST_CONDITIONS}.", field="filters")
    for one in found:
        if not (isinstance(one, list) and len(one) == 3 and isinstance(one[0], str)):
            raise Invalid("filters: each is [column, operator, value].", field="filters")
        if one[1] not in OPERATORS:
            raise Invalid(f"filters: operators are {', '.join(OPERATORS)}.", field="filters")
        if isinstance(one[2], list | dict):
            raise Invalid("filters: a value is a text, a number or a truth.", field="filters")
    return [(one[0], one[1], one[2]) for one in found]


MOST_MEDIA = 500


def media_paths(rows: Sequence[Sequence[Any]]) -> list[str]:
    """Files that cells name: pictures, sounds, and what lies over pictures."""
    found: dict[str, None] = {}
    for row in rows:
        for cell in row:
            if isinstance(cell, dict) and "_type" in cell:
                over = [*_inner(cell, "boxes"), *_inner(cell, "masks")]
                for path in (one.get("path") for one in (cell, *over)):
                    if isinstance(path, str):
                        found[path] = None
    return list(found)[:MOST_MEDIA]


def _inner(cell: dict[str, Any], name: str) -> list[dict[str, Any]]:
    inside = cell.get(name)
    values = inside.values() if isinstance(inside, dict) else ()
    return [one for one in values if isinstance(one, dict)]


def _cell(row: list[Any], at: int) -> Any:
    return row[at] if at < len(row) else None


def _holds(cell: Any, operator: str, value: Any) -> bool:
    match operator:
        case "eq":
            return bool(cell == value)
        case "ne":
            return bool(cell != value)
        case "contains":
            return str(value).casefold() in _text(cell)
    one, other = _rank(cell), _rank(value)
    if one is None or other is None or one[0] != other[0]:
        return False
    match operator:
        case "gt":
            return bool(one > other)
        case "gte":
            return bool(one >= other)
        case "lt":
            return bool(one < other)
        case _:
            return bool(one <= other)


def _rank(cell: Any) -> tuple[int, Any] | None:
    """Numbers before texts; pictures, lists, nothing and NaN have no order."""
    if isinstance(cell, bool | int | float):
        return None if isinstance(cell, float) and math.isnan(cell) else (0, cell)
    return (1, cell) if isinstance(cell, str) else None


def _text(cell: Any) -> str:
    if isinstance(cell, str):
        return cell.casefold()
    return "" if cell is None else json.dumps(cell, ensure_ascii=False, default=str).casefold()

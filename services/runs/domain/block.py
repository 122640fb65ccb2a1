"""A block: many ended runs of one project, and what can be asked of them column by column."""

from __future__ import annotations

import heapq
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from services.runs.domain.comparing import compares, order_key
from services.runs.domain.filters import Compare, Every, Field, Node, Not, Some

SCALAR_FIELDS = frozenset(
    {
        "state",
        "name",
        "display_name",
        "group",
        "host",
        "job_type",
        "username",
        "sweep",
        "commit",
        "exit_code",
    }
)
"""Of a run itself; the others are asked of the database."""


@dataclass(frozen=True, slots=True)
class Column:
    """Values and the rows that have them, by row; a row may have several, the first orders it."""

    rows: Sequence[int]
    values: Sequence[Any]
    plain: bool
    """Only numbers, none of them NaN, at most one a row."""


_TURNED: Mapping[str, Callable[[Any, Any], bool]] = {
    "gt": operator.lt,
    "gte": operator.le,
    "lt": operator.gt,
    "lte": operator.ge,
}
"""With what is wanted on the left."""
NOTHING = Column((), (), plain=True)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run stands in an order; `last` is 1 for those that have no value to go by."""

    last: int
    value: Any
    run_id: str
    block: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """`run_ids` rise; a field that no run has, has no column."""

    id: str
    run_ids: Sequence[str]
    columns: Mapping[Field, Column]

    def first(
        self, where: Node, by: Field, limit: int, *, descending: bool, after: Place | None
    ) -> list[Place]:
        """The first places of those that match and come after, in no order."""
        rows = None if where == Every(()) else self._matching(where)
        column = self.columns.get(by, NOTHING)
        choose = heapq.nlargest if descending else heapq.nsmallest
        found = [
            Place(0, value, run_id, self.id)
            for _, run_id, value in choose(limit, self._valued(column, rows, after, descending))
        ]
        if len(found) < limit:
            found += self._unvalued(column, rows, after, limit - len(found), descending)
        return found

    def _valued(
        self, column: Column, rows: set[int] | None, after: Place | None, descending: bool
    ) -> Iterable[tuple[Any, str, Any]]:
        if after is not None and after.last == 1:
            return
        beyond = (order_key(after.value), after.run_id) if after is not None else None
        plain = column.plain and (beyond is None or beyond[0][:2] == (1, 1))
        if beyond is not None and plain:
            beyond = (beyond[0][2], beyond[1])
        before = -1
        for row, value in zip(column.rows, column.values, strict=True):
            if row == before or (rows is not None and row not in rows) or value is None:
                before = row
                continue
            before = row
            key, run_id = value if plain else order_key(value), self.run_ids[row]
            if beyond is not None:
                place = (key, run_id)
                if not (place < beyond if descending else place > beyond):
                    continue
            yield key, run_id, value

    def _unvalued(
        self,
        column: Column,
        rows: set[int] | None,
        after: Place | None,
        limit: int,
        descending: bool,
    ) -> list[Place]:
        seen: set[int] = set()
        valued = set()
        for row, value in zip(column.rows, column.values, strict=True):
            if row not in seen and value is not None:
                valued.add(row)
            seen.add(row)
        ids = ((row, run_id) for row, run_id in enumerate(self.run_ids) if row not in valued)
        beyond = after.run_id if after is not None and after.last == 1 else None
        free = [
            run_id
            for row, run_id in ids
            if (rows is None or row in rows)
            and (beyond is None or (run_id < beyond if descending else run_id > beyond))
        ]
        chosen = free[: -limit - 1 : -1] if descending else free[:limit]
        return [Place(1, None, run_id, self.id) for run_id in chosen]

    def _matching(self, node: Node) -> set[int]:
        if isinstance(node, Every):
            found = self._all()
            for term in node.terms:
                found &= self._matching(term)
            return found
        if isinstance(node, Some):
            return set().union(*map(self._matching, node.terms))
        if isinstance(node, Not):
            return self._all() - self._matching(node.term)
        if node.op in ("ne", "nin"):
            positive = Compare(node.field, "eq" if node.op == "ne" else "in", node.value)
            return self._all() - self._matching(positive)
        return self._comparing(node)

    def _comparing(self, term: Compare) -> set[int]:
        column = self.columns.get(_column_of(term.field), NOTHING)
        if term.field.area == "keys":
            return set(column.rows)
        if term.op == "exists":
            there = set(column.rows)
            return there if term.value else self._all() - there
        op, wanted = term.op, term.value
        holds = _quick(op, wanted, plain=column.plain) or partial(_slow, op, wanted)
        pairs = zip(column.rows, column.values, strict=True)
        found = {row for row, value in pairs if holds(value)}
        if compares(op, None, wanted):
            found |= self._all() - set(column.rows)
        return found

    def _all(self) -> set[int]:
        return set(range(len(self.run_ids)))


def _slow(op: str, wanted: Any, value: Any) -> bool:
    return compares(op, value, wanted)


def _quick(op: str, wanted: Any, *, plain: bool) -> Callable[[Any], bool] | None:
    """The same as `compares` where the kinds of values leave no question; None where they do."""
    if type(wanted) not in (int, float, str) or wanted != wanted:
        return None
    if op == "eq" and (plain or isinstance(wanted, str)):
        return partial(operator.eq, wanted)
    if plain and not isinstance(wanted, str) and op in _TURNED:
        return partial(_TURNED[op], wanted)
    return None


def in_order(places: Iterable[Place], limit: int, *, descending: bool) -> list[Place]:
    """Those with a value by it, then the others; ties by run id, the same way."""
    ordered = sorted(
        places, key=lambda place: (order_key(place.value), place.run_id), reverse=descending
    )
    valued = [place for place in ordered if not place.last]
    return [*valued, *(place for place in ordered if place.last)][:limit]


def fields_of(node: Node) -> set[Field]:
    """Whose columns a filter is told by."""
    if isinstance(node, Compare):
        return {_column_of(node.field)}
    if isinstance(node, Not):
        return fields_of(node.term)
    return set().union(*map(fields_of, node.terms))


def _column_of(field: Field) -> Field:
    """Which keys a run has is told by its summary."""
    return Field("summary", field.path) if field.area == "keys" else field


def answerable(node: Node, by: Field) -> bool:
    """Whether blocks can say it: no pattern in it, and no field that they do not have."""
    asked = all(map(_is_kept, {by, *fields_of(node)}))
    return asked and by.area != "keys" and not _has_pattern(node)


def _is_kept(field: Field) -> bool:
    return field.area != "run" or field.path in SCALAR_FIELDS


def _has_pattern(node: Node) -> bool:
    if isinstance(node, Compare):
        return node.op == "regex"
    if isinstance(node, Not):
        return _has_pattern(node.term)
    return any(map(_has_pattern, node.terms))

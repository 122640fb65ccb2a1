"""What filters and orders mean, said plainly: the measure for what MongoDB is asked."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.runs.domain.filters import Compare, Every, Field, Node, Not, Some
from services.runs.domain.run import Run
from services.runs.domain.searchable import config_pairs, summary_pairs
from services.runs.ports import Order
from shared.dialect import decode_row


def rank(value: object) -> int:
    """MongoDB's order of kinds; values of different kinds are never equal nor compared."""
    for place, kinds in enumerate([(bool,), (int, float), (str,), (datetime,)]):
        if isinstance(value, kinds):
            return (3, 1, 2, 4)[place]
    return 0


def is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)


def equal(one: Any, other: Any) -> bool:
    if is_nan(one) or is_nan(other):
        return is_nan(one) and is_nan(other)
    return rank(one) == rank(other) and bool(one == other)


def compares(op: str, value: Any, wanted: Any) -> bool:
    if op == "eq":
        return equal(value, wanted)
    if op == "in":
        return any(equal(value, choice) for choice in wanted)
    if op == "regex":
        return isinstance(value, str) and re.search(wanted, value) is not None
    if value is None or rank(value) != rank(wanted):
        return False
    if is_nan(value) or is_nan(wanted):
        return op in ("gte", "lte") and is_nan(value) and is_nan(wanted)
    return bool(
        {
            "gt": value > wanted,
            "gte": value >= wanted,
            "lt": value < wanted,
            "lte": value <= wanted,
        }[op]
    )


def values_of(run: Run, field: Field) -> list[Any] | None:
    """Every value that the field has; None where it is absent."""
    if field.area == "run":
        if field.path == "duration":
            return [(run.heartbeat_at - run.created_at).total_seconds()]
        found = getattr(run, field.path)
        return found if isinstance(found, list) else None if found is None else [found]
    if field.area == "config":
        pairs = config_pairs(decode_row(run.config))
    else:
        pairs = summary_pairs(decode_row(run.summary))
    found = [value for path, value in pairs if path == field.path]
    return found or None


def holds(node: Node, run: Run) -> bool:
    if isinstance(node, Every):
        return all(holds(term, run) for term in node.terms)
    if isinstance(node, Some):
        return any(holds(term, run) for term in node.terms)
    if isinstance(node, Not):
        return not holds(node.term, run)
    if node.op in ("ne", "nin"):
        op = {"ne": "eq", "nin": "in"}[node.op]
        return not holds(Compare(node.field, op, node.value), run)
    values = values_of(run, node.field)
    if node.field.area == "keys":
        return values is not None
    if node.op == "exists":
        return (values is not None) is node.value
    if values is None:
        return compares(node.op, None, node.value)
    return any(compares(node.op, value, node.value) for value in values)


def sorting(run: Run, field: Field) -> tuple[Any, ...]:
    values = values_of(run, field)
    if not values or values[0] is None:
        return (0, 0, 0)
    value = values[0]
    return (rank(value), 0, 0) if is_nan(value) else (rank(value), 1, value)


def in_order(runs: Sequence[Run], order: Order) -> list[Run]:
    def has_value(run: Run) -> bool:
        return sorting(run, order.field)[0] > 0

    found = sorted(
        runs, key=lambda run: (sorting(run, order.field), run.id), reverse=order.descending
    )
    return [*filter(has_value, found), *[run for run in found if not has_value(run)]]

"""How values compare in filters and orders: the database's rules, said for use beside it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import datetime
from operator import ge, gt, le, lt
from typing import Any

_RANKS: Mapping[type, int] = {int: 1, float: 1, str: 2, bool: 3, datetime: 4}
"""Null, numbers, texts, booleans, dates: values of two kinds are neither equal nor compared."""
_ORDERED: Mapping[str, Callable[[Any, Any], bool]] = {"gt": gt, "gte": ge, "lt": lt, "lte": le}


def rank(value: object) -> int:
    """Of its kind in the order of all values; 0 for null."""
    return _RANKS.get(type(value), 0)


def order_key(value: Any) -> tuple[int, int, Any]:
    """What values are sorted by; NaN is the smallest number."""
    if isinstance(value, float) and math.isnan(value):
        return (1, 0, 0)
    return (rank(value), 1, value)


def compares(op: str, value: Any, wanted: Any) -> bool:
    """Whether one value holds. `op` is one of eq in gt gte lt lte; null stands for absence too."""
    if op == "eq":
        return _equal(value, wanted)
    if op == "in":
        return any(_equal(value, choice) for choice in wanted)
    if value is None or rank(value) != rank(wanted):
        return False
    if value != value or wanted != wanted:  # NaN
        return op in ("gte", "lte") and value != value and wanted != wanted
    return _ORDERED[op](value, wanted)


def _equal(one: Any, other: Any) -> bool:
    if one != one or other != other:
        return bool(one != one and other != other)
    return rank(one) == rank(other) and bool(one == other)

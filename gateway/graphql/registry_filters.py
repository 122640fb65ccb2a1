"""The filters of registries, collections and versions, for what is matched here and not stored.

A registry holds tens of collections, so they are read and matched at the edge. The words are
MongoDB's; a field or an operator that is not listed is Invalid, never ignored.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import re2

from shared.errors import Invalid

LONGEST = 64 * 1024
DEEPEST = 8
LONGEST_PATTERN = 256


def read(text: str | None) -> dict[str, Any]:
    """The filter as it came; an empty one where there is none."""
    if not text:
        return {}
    try:
        found = json.loads(text) if len(text) <= LONGEST else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Invalid("filters: must be a JSON object.", field="filters")
    return found


def matches(wanted: Mapping[str, Any], thing: Mapping[str, Any], depth: int = 0) -> bool:
    """Whether a thing has what is wanted; of a field with several values one is enough."""
    if depth > DEEPEST:
        raise Invalid("filters: nested too deep.", field="filters")
    return all(_term(name, value, thing, depth) for name, value in wanted.items())


def _term(name: str, value: Any, thing: Mapping[str, Any], depth: int) -> bool:
    if name in ("$and", "$or", "$nor"):
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise Invalid(f"filters: {name} takes a list of filters.", field="filters")
        found = [matches(one, thing, depth + 1) for one in value]
        return all(found) if name == "$and" else any(found) is (name == "$or")
    if name == "$not":
        return isinstance(value, dict) and not matches(value, thing, depth + 1)
    if name not in thing:
        raise Invalid(f"filters: {name} is not one of {', '.join(thing)}.", field="filters")
    has = thing[name] if isinstance(thing[name], list) else [thing[name]]
    return _compared(value, has, depth)


def _compared(value: Any, has: list[Any], depth: int) -> bool:
    if not isinstance(value, dict):
        return value in has
    return all(_operator(op, wanted, has, depth) for op, wanted in value.items())


def _operator(op: str, wanted: Any, has: list[Any], depth: int) -> bool:
    if op == "$not":
        return not _compared(wanted, has, depth)
    if op in ("$eq", "$ne"):
        return (wanted in has) is (op == "$eq")
    if op in ("$in", "$nin") and isinstance(wanted, list):
        return any(one in has for one in wanted) is (op == "$in")
    if op == "$exists":
        return bool(has and has != [None]) is bool(wanted)
    if op in ("$regex", "$contains") and isinstance(wanted, str):
        return any(isinstance(one, str) and _found(op, wanted, one) for one in has)
    if op in ("$gt", "$gte", "$lt", "$lte"):
        return any(_ordered(op, one, wanted) for one in has)
    raise Invalid(f"filters: {op} is not known here.", field="filters")


def _found(op: str, wanted: str, text: str) -> bool:
    if op == "$contains":
        return wanted in text
    if len(wanted) > LONGEST_PATTERN:
        raise Invalid("filters: a pattern is too long.", field="filters")
    try:
        return re2.search(wanted, text) is not None
    except re2.error as error:
        raise Invalid("filters: a pattern is malformed.", field="filters") from error


def _ordered(op: str, one: Any, wanted: Any) -> bool:
    numbers = all(isinstance(x, int | float) and not isinstance(x, bool) for x in (one, wanted))
    texts = isinstance(one, str) and isinstance(wanted, str)
    if not (numbers or texts):
        return False
    return bool(
        {"$gt": one > wanted, "$gte": one >= wanted, "$lt": one < wanted, "$lte": one <= wanted}[op]
    )

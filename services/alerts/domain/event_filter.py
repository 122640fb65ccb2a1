"""The SDK's filters of artifact events: its MongoDB-like language over `alias` and `tag`.

A version may have several of either; as in MongoDB a comparison holds when it does for one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from shared.dialect import decode_row
from shared.errors import Invalid

FIELDS = ("alias", "tag")
MOST_CLAUSES, DEEPEST = 64, 8
_LOGICAL = ("$and", "$or", "$nor")
_OPERATORS = ("$eq", "$ne", "$in", "$nin", "$regex", "$contains", "$exists")

Search = Callable[[str, str], bool]
"""Whether a regular expression (first) is found in a text."""
Facts = Mapping[str, Sequence[str]]


def checked(text: str | None, accept_pattern: Callable[[str], bool]) -> str | None:
    """The text, or Invalid saying what cannot be understood."""
    if text:
        _check(decode_row(text), accept_pattern, [0], 0)
    return text


def holds(text: str | None, facts: Facts, search: Search) -> bool:
    """Whether it holds; nothing asked for holds."""
    return not text or _holds(decode_row(text), facts, search)


def _holds(clause: Any, facts: Facts, search: Search) -> bool:
    for key, given in clause.items():
        if key in _LOGICAL:
            found = [_holds(inner, facts, search) for inner in given]
            # The SDK writes "nothing asked for" as an empty list, whichever word is before it.
            true = any(found) if key == "$or" and found else all(found)
            if key == "$nor":
                true = not any(found)
        elif key == "$not":
            true = not _holds(given, facts, search)
        else:
            true = _compares(facts[key], given, search)
        if not true:
            return False
    return True


def _compares(values: Sequence[str], given: Any, search: Search) -> bool:
    if not isinstance(given, dict):
        return given in values
    for op, wanted in given.items():
        if op == "$not":
            true = not _compares(values, wanted, search)
        elif op in ("$eq", "$ne"):
            true = (wanted in values) == (op == "$eq")
        elif op in ("$in", "$nin"):
            true = any(value in wanted for value in values) == (op == "$in")
        elif op == "$exists":
            true = bool(values) == wanted
        elif op == "$contains":
            true = any(wanted in value for value in values)
        else:
            true = any(search(wanted, value) for value in values)
        if not true:
            return False
    return True


def _check(
    clause: Any, accept_pattern: Callable[[str], bool], count: list[int], depth: int
) -> None:
    count[0] += 1
    if count[0] > MOST_CLAUSES or depth > DEEPEST:
        raise _wrong(f"more than {MOST_CLAUSES} clauses, or nested deeper than {DEEPEST} levels.")
    if not isinstance(clause, dict):
        raise _wrong('every clause must be an object such as {"alias": "prod"}.')
    for key, given in clause.items():
        if key in _LOGICAL:
            if not isinstance(given, list):
                raise _wrong(f"{key} takes a list of clauses.")
            for inner in given:
                _check(inner, accept_pattern, count, depth + 1)
        elif key == "$not":
            _check(given, accept_pattern, count, depth + 1)
        elif key in FIELDS:
            _check_value(key, given, accept_pattern, depth)
        else:
            raise _wrong(f"{key!r} is none of {', '.join(FIELDS)}.")


def _check_value(field: str, given: Any, accept_pattern: Callable[[str], bool], depth: int) -> None:
    if not isinstance(given, dict):
        given = {"$eq": given}
    for op, wanted in given.items():
        if op == "$not" and depth < DEEPEST:
            _check_value(field, wanted, accept_pattern, depth + 1)
        elif op not in _OPERATORS:
            raise _wrong(f"{field}: {op} is not one of {', '.join(_OPERATORS)}.")
        elif op in ("$in", "$nin"):
            if not isinstance(wanted, list) or not all(isinstance(one, str) for one in wanted):
                raise _wrong(f"{field}: {op} takes a list of texts.")
        elif op == "$exists":
            if not isinstance(wanted, bool):
                raise _wrong(f"{field}: $exists takes true or false.")
        elif not isinstance(wanted, str):
            raise _wrong(f"{field}: {op} takes a text.")
        elif op == "$regex" and not accept_pattern(wanted):
            raise _wrong(f"{field}: {wanted!r} is not a regular expression in RE2's syntax.")


def _wrong(message: str) -> Invalid:
    return Invalid(f"filters: {message}", field="filters")

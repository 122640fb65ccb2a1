"""The SDK's run filters: MongoDB-like JSON read into a typed tree with a closed vocabulary.

Nothing of a user's filter ever reaches the database as it came. What is not listed here is
Invalid, with the offending part named (wire-protocol §6.2).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from shared.dialect import decode_row
from shared.errors import Invalid

MAX_DEPTH = 8
MAX_CLAUSES = 64
MAX_CHOICES = 1_000
MAX_PATTERNS = 4
MAX_PATTERN = 256

Scalar = str | int | float | bool | datetime | None


@dataclass(frozen=True, slots=True)
class Field:
    """What is compared: a field of the run itself, or a dotted path in its config or summary."""

    area: str
    path: str


@dataclass(frozen=True, slots=True)
class Compare:
    """`op` is one of eq ne gt gte lt lte in nin exists regex."""

    field: Field
    op: str
    value: Scalar | tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Every:
    """All of them hold; true when there are none."""

    terms: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one holds; false when there are none."""

    terms: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """It does not hold."""

    term: Node


Node = Compare | Every | Some | Not

RUN_FIELDS: Mapping[str, str] = {
    "state": "state",
    "name": "name",
    "displayName": "display_name",
    "display_name": "display_name",
    "createdAt": "created_at",
    "created_at": "created_at",
    "updatedAt": "updated_at",
    "updated_at": "updated_at",
    "heartbeatAt": "heartbeat_at",
    "heartbeat_at": "heartbeat_at",
    "group": "group",
    "host": "host",
    "jobType": "job_type",
    "job_type": "job_type",
    "tags": "tags",
    "username": "username",
    "user": "username",
    "user.username": "username",
    "sweep": "sweep",
    "commit": "commit",
    "notes": "notes",
    "description": "description",
    "exitCode": "exit_code",
    "duration": "duration",
}
"""Names that the SDK uses for a run's own fields → ours."""

DATES = frozenset({"created_at", "updated_at", "heartbeat_at"})
_SUMMARY = ("summary_metrics.", "summaryMetrics.", "summary.")
_ORDERED = {"$gt", "$gte", "$lt", "$lte"}
_OPERATORS = _ORDERED | {"$eq", "$ne", "$in", "$nin", "$exists", "$regex", "$contains"}


def parse(text: str | None, accept_pattern: Callable[[str], bool]) -> Node:
    """The tree of a filter's JSON text. `accept_pattern` says whether a regex is in RE2's reach."""
    if text is None or not text.strip():
        return Every(())
    try:
        document = decode_row(text)
    except Invalid as error:
        raise Invalid(f"filters: {error.message}", field="filters") from error
    return _Parser(accept_pattern).node(document, depth=0)


def parse_field(name: str) -> Field:
    """The field that a filter or an order names."""
    if name in RUN_FIELDS:
        return Field("run", RUN_FIELDS[name])
    if name.startswith("config.") and len(name) > len("config."):
        return Field("config", name.removeprefix("config.").removesuffix(".value"))
    for prefix in _SUMMARY:
        if name.startswith(prefix) and len(name) > len(prefix):
            return Field("summary", name.removeprefix(prefix))
    if name.startswith("keys_info.keys.") and len(name) > len("keys_info.keys."):
        return Field("keys", name.removeprefix("keys_info.keys."))
    raise _wrong(
        f"{name!r} is no field that runs can be filtered or ordered by. Use one of "
        f"{', '.join(sorted(RUN_FIELDS))}, config.<key> or summary_metrics.<key>."
    )


class _Parser:
    """One filter; counts what it has seen so that width costs as little as depth."""

    def __init__(self, accept_pattern: Callable[[str], bool]) -> None:
        self._accept_pattern = accept_pattern
        self._clauses = 0
        self._patterns = 0

    def node(self, document: object, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise _wrong(f"nested deeper than {MAX_DEPTH} levels.")
        if not isinstance(document, dict):
            raise _wrong('every clause must be an object such as {"state": "finished"}.')
        terms = tuple(self._clause(str(key), value, depth) for key, value in document.items())
        return terms[0] if len(terms) == 1 else Every(terms)

    def _clause(self, key: str, value: object, depth: int) -> Node:
        self._clauses += 1
        if self._clauses > MAX_CLAUSES:
            raise _wrong(f"more than {MAX_CLAUSES} clauses.")
        if key in ("$and", "$or", "$nor"):
            if not isinstance(value, list):
                raise _wrong(f"{key} takes a list of clauses.")
            terms = tuple(self.node(item, depth + 1) for item in value)
            if key == "$and":
                return Every(terms)
            return Some(terms) if key == "$or" else Not(Some(terms))
        if key == "$not":
            return Not(self.node(value, depth + 1))
        if key.startswith("$"):
            raise _wrong(f"{key} is not an operator that can stand here.")
        return self._field(parse_field(key), value, depth)

    def _field(self, field: Field, value: object, depth: int) -> Node:
        if not isinstance(value, dict):
            return Compare(field, "eq", self._scalar(field, value))
        if not value:
            raise _wrong(f"{field.path}: an empty object compares with nothing.")
        terms = tuple(self._operator(field, str(op), given, depth) for op, given in value.items())
        return terms[0] if len(terms) == 1 else Every(terms)

    def _operator(self, field: Field, op: str, given: object, depth: int) -> Node:
        self._clauses += 1
        if self._clauses > MAX_CLAUSES or depth > MAX_DEPTH:
            raise _wrong(f"more than {MAX_CLAUSES} clauses.")
        if op == "$not":
            return Not(self._field(field, given, depth + 1))
        if op not in _OPERATORS:
            raise _wrong(f"{field.path}: {op} is not one of {', '.join(sorted(_OPERATORS))}.")
        if op in ("$in", "$nin"):
            if not isinstance(given, list) or len(given) > MAX_CHOICES:
                raise _wrong(f"{field.path}: {op} takes a list of at most {MAX_CHOICES} values.")
            return Compare(field, op[1:], tuple(self._scalar(field, item) for item in given))
        if op == "$exists":
            if not isinstance(given, bool):
                raise _wrong(f"{field.path}: $exists takes true or false.")
            return Compare(field, "exists", given)
        if op == "$contains":
            if not isinstance(given, str):
                raise _wrong(f"{field.path}: $contains takes a text.")
            return Compare(field, "regex", self._pattern(field, re.escape(given)))
        if op == "$regex":
            return Compare(field, "regex", self._pattern(field, given))
        scalar = self._scalar(field, given)
        if op in _ORDERED and (scalar is None or isinstance(scalar, bool)):
            raise _wrong(f"{field.path}: {op} takes a number, a text or a date.")
        return Compare(field, op[1:], scalar)

    def _pattern(self, field: Field, given: object) -> str:
        self._patterns += 1
        if not isinstance(given, str) or len(given.encode()) > MAX_PATTERN or "\x00" in given:
            raise _wrong(f"{field.path}: $regex takes a text of at most {MAX_PATTERN} bytes.")
        if self._patterns > MAX_PATTERNS:
            raise _wrong(f"more than {MAX_PATTERNS} regular expressions.")
        if not self._accept_pattern(given):
            raise _wrong(
                f"{field.path}: {given!r} is not a regular expression in RE2's syntax "
                "(no look-around, no back-references)."
            )
        return given

    def _scalar(self, field: Field, value: object) -> Scalar:
        if isinstance(value, dict | list):
            raise _wrong(f"{field.path}: compares with a single value, not with a list or object.")
        if isinstance(value, str) and field.area == "run" and field.path in DATES:
            return _date(field, value)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**63:
            raise _wrong(f"{field.path}: {value} does not fit 64 bits.")
        if value is None or isinstance(value, str | int | float | bool):
            return value
        raise _wrong(f"{field.path}: cannot compare with {value!r}.")


def _date(field: Field, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise _wrong(f"{field.path}: {text[:80]!r} is not an ISO 8601 date.") from error


def _wrong(message: str) -> Invalid:
    return Invalid(f"filters: {message}", field="filters")

"""What of a config or summary can be filtered and ordered by: dotted paths with scalar values."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shared.dialect import decode_row
from shared.errors import Invalid

Scalar = float | int | str | bool | None

MAX_PAIRS = 5_000
_MAX_TEXT = 1_024
_MAX_PATH = 1_024
_LARGEST_INT = 2**63


def checked_object(text: str, field: str) -> dict[str, object]:
    """The object that the text holds, or Invalid naming the field."""
    try:
        return decode_row(text)
    except Invalid as error:
        raise Invalid(f"{field}: {error.message}", field=field) from error


@dataclass(frozen=True, slots=True)
class Searchable:
    """Pairs of dotted paths and scalars, at most MAX_PAIRS of them."""

    pairs: list[tuple[str, Scalar]]
    beyond: list[str] | None
    """Paths of which the pairs do not say all: objects, lists, what was cut, what stands twice.
    Any other path has its value among the pairs, or there is none; None where nobody can say."""


def of_config(config: Mapping[str, object]) -> Searchable:
    """`{"lr": {"value": 0.1}}` stands under `lr`."""
    return of_summary(plain_config(config))


def of_summary(summary: Mapping[str, object]) -> Searchable:
    """Nested objects stand under dotted paths; what the SDK keeps for itself is left out."""
    pairs: list[tuple[str, Scalar]] = []
    beyond: dict[str, None] = {}
    seen: set[str] = set()
    # A path does not tell the empty name apart from none.
    whole = "" not in summary
    for path, value in _walk(summary, ""):
        found = _scalar(value)
        again = path in seen
        seen.add(path)
        if found is None or len(path) > _MAX_PATH:
            beyond[path] = None
            continue
        if len(pairs) == MAX_PAIRS:
            whole = False
            break
        scalar, exact = found
        pairs.append((path, scalar))
        if again or not exact:
            beyond[path] = None
    return Searchable(pairs, list(beyond) if whole and len(beyond) <= MAX_PAIRS else None)


def plain_config(config: Mapping[str, object]) -> dict[str, object]:
    """A config as its author sees it."""
    return {
        key: entry["value"] if isinstance(entry, dict) and "value" in entry else entry
        for key, entry in config.items()
        if key != "_wandb"
    }


def config_pairs(config: dict[str, object]) -> list[tuple[str, Scalar]]:
    """What a config is filtered by."""
    return of_config(config).pairs


def summary_pairs(summary: dict[str, object]) -> list[tuple[str, Scalar]]:
    """What a summary is filtered by."""
    return of_summary(summary).pairs


def _walk(row: Mapping[str, object], path: str) -> Iterator[tuple[str, object]]:
    for key, value in row.items():
        if not path and key == "_wandb":
            continue
        inner = f"{path}.{key}" if path else key
        yield inner, value
        if isinstance(value, dict):
            yield from _walk(value, inner)


def _scalar(value: object) -> tuple[Scalar, bool] | None:
    """What is searched, and whether that is all of the value; None for objects and lists."""
    if isinstance(value, bool | float) or value is None:
        return value, True
    if isinstance(value, int):
        fits = -_LARGEST_INT <= value < _LARGEST_INT
        return (value if fits else _as_float(value)), fits
    if isinstance(value, str):
        return value[:_MAX_TEXT], len(value) <= _MAX_TEXT
    return None


def _as_float(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf

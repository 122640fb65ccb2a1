"""What of a config or summary can be filtered and ordered by: dotted paths with scalar values."""

from __future__ import annotations

import math
from collections.abc import Iterator

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


def config_pairs(config: dict[str, object]) -> list[tuple[str, Scalar]]:
    """Pairs of `{"lr": {"value": 0.1}}` under `lr`; what the SDK keeps for itself is left out."""
    plain = {
        key: entry["value"] if isinstance(entry, dict) and "value" in entry else entry
        for key, entry in config.items()
        if key != "_wandb"
    }
    return summary_pairs(plain)


def summary_pairs(summary: dict[str, object]) -> list[tuple[str, Scalar]]:
    """Pairs of nested objects under dotted paths, at most MAX_PAIRS of them."""
    found: list[tuple[str, Scalar]] = []
    for path, value in _walk(summary, ""):
        if len(found) == MAX_PAIRS:
            break
        if len(path) <= _MAX_PATH:
            found.append((path, value))
    return found


def _walk(value: object, path: str) -> Iterator[tuple[str, Scalar]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if path or key != "_wandb":
                yield from _walk(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, bool) or value is None:
        yield path, value
    elif isinstance(value, int):
        yield path, value if -_LARGEST_INT <= value < _LARGEST_INT else _as_float(value)
    elif isinstance(value, float):
        yield path, value
    elif isinstance(value, str):
        yield path, value[:_MAX_TEXT]


def _as_float(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf

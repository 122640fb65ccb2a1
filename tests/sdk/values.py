"""What was logged and what was read, compared."""

from __future__ import annotations

import math
from typing import Any


def logged_part(row: dict[str, Any]) -> dict[str, Any]:
    """Without what the SDK adds by itself."""
    return {key: value for key, value in row.items() if not key.startswith("_")}


def same(before: Any, after: Any) -> bool:
    """Equal, and NaN equals NaN."""
    if isinstance(before, dict) and isinstance(after, dict):
        return before.keys() == after.keys() and all(same(before[k], after[k]) for k in before)
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(map(same, before, after))
    if isinstance(before, float) and math.isnan(before):
        return isinstance(after, float) and math.isnan(after)
    return bool(before == after)


def differences(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[Any]:
    """The pairs of rows that are not the same."""
    pairs = zip(before, map(logged_part, after), strict=True)
    return [pair for pair in pairs if not same(*pair)]

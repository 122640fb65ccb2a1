"""Connections in the shape that the SDK reads: edges, a cursor for each, and what follows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shared.errors import Invalid

_MOST_DIGITS = 15


def connection(
    nodes: Sequence[Any],
    following: str | None,
    total: int | None = None,
    cursors: Sequence[str] | None = None,
) -> dict[str, Any]:
    """`following` is the cursor of the next page; None at the end."""
    named = cursors or [following or ""] * len(nodes)
    return {
        "totalCount": len(nodes) if total is None else total,
        "edges": [
            {"node": node, "cursor": cursor} for node, cursor in zip(nodes, named, strict=True)
        ],
        "pageInfo": {"endCursor": following, "hasNextPage": following is not None},
    }


def number_of(cursor: str, field: str) -> int:
    """Of a cursor that is a number; Invalid for one that was never given out."""
    if len(cursor) > _MOST_DIGITS or not cursor.isascii() or not cursor.isdigit():
        raise Invalid(f"{field}: not a cursor that this server gave out.", field=field)
    return int(cursor)

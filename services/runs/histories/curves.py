"""Curves for charts: each metric's points, thinned so that every spike stays."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson

from services.runs.domain.run import Run
from services.runs.histories.pieces import Piece, Pieces
from services.runs.segments import minmax, series
from services.runs.segments.reading import Floats
from shared.dialect import STEP


class Curves:
    """Reads curves; like all readers, from segments and frames alike."""

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces

    async def read(
        self,
        run: Run,
        keys: Sequence[str],
        *,
        x: str,
        low: float | None,
        high: float | None,
        points: int,
    ) -> str:
        """A JSON object: key → `x`, `y`, `total` (before thinning) and `odd`.

        What is no number to JSON is null in `y`, and `odd` says by index which it is.
        """
        found: dict[str, list[tuple[Floats, Floats]]] = {key: [] for key in keys}
        wanted = [x, *found]
        for cut in await self._pieces.of(run):
            if x == STEP and not _touches(cut.source, low, high):
                continue
            piece = await self._pieces.load(cut, wanted)
            parts = await asyncio.to_thread(_parts, piece, list(found), x)
            for key, part in zip(found, parts, strict=True):
                found[key].append(part)
        return await asyncio.to_thread(_encode, found, low, high, points)


def _touches(source: Any, low: float | None, high: float | None) -> bool:
    return (low is None or source.last_step >= low) and (high is None or source.first_step <= high)


def _parts(piece: Piece, keys: Sequence[str], x: str) -> list[tuple[Floats, Floats]]:
    return [series(piece, key, x=x) for key in keys]


def _encode(
    found: dict[str, list[tuple[Floats, Floats]]],
    low: float | None,
    high: float | None,
    points: int,
) -> str:
    curves = {key: _curve(parts, low, high, points) for key, parts in found.items()}
    return orjson.dumps(curves, option=orjson.OPT_SERIALIZE_NUMPY).decode()


def _curve(
    parts: list[tuple[Floats, Floats]], low: float | None, high: float | None, points: int
) -> dict[str, Any]:
    along = np.concatenate([part[0] for part in parts]) if parts else np.empty(0)
    up = np.concatenate([part[1] for part in parts]) if parts else np.empty(0)
    inside = np.isfinite(along)
    if low is not None:
        inside &= along >= low
    if high is not None:
        inside &= along <= high
    if not inside.all():
        along, up = along[inside], up[inside]
    total = len(along)
    along, up = _with_ends(*minmax(along, up, max(1, points // 2)), along, up)
    strange = np.flatnonzero(~np.isfinite(up))
    odd = {str(index): _word(up[index]) for index in strange[:1000]}
    return {
        "x": np.ascontiguousarray(along),
        "y": np.ascontiguousarray(up),
        "total": total,
        "odd": odd,
    }


def _with_ends(x: Floats, y: Floats, along: Floats, up: Floats) -> tuple[Floats, Floats]:
    """Where a curve begins and where it has come to, though they are neither low nor high."""
    if len(x) == len(along):
        return x, y
    if x[0] != along[0]:
        x, y = np.concatenate([along[:1], x]), np.concatenate([up[:1], y])
    if x[-1] != along[-1]:
        x, y = np.concatenate([x, along[-1:]]), np.concatenate([y, up[-1:]])
    return x, y


def _word(value: float) -> str:
    return "NaN" if np.isnan(value) else "Infinity" if value > 0 else "-Infinity"

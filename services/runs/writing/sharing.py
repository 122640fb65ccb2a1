"""Chunks of runs that have several writers, with their lines in the places that they have there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import zstandard
from msgspec.structs import replace

from services.runs.domain.run import Run
from services.runs.domain.writers import Places
from shared.messaging.ingest import Chunk, Part

Positioned = tuple[int, Chunk]


def placed(
    runs: Mapping[str, Run], chunks: Sequence[Positioned]
) -> tuple[list[Positioned], dict[str, Places]]:
    """The chunks as `runs` take them, and what those then know of their writers.

    What a run has taken before is left out: after a crash its places cannot be found again, and
    need not be, for frames go before the run is moved on.
    """
    places = {run_id: Places(run) for run_id, run in runs.items()}
    found = []
    for position, chunk in chunks:
        run = runs.get(chunk.run_id)
        if run is None:
            found.append((position, chunk))
            continue
        new = chunk.generation == run.generation and position > run.position
        if chunk.writer:
            parts = _parts(chunk, places[run.id]) if new else []
            found.append((position, replace(chunk, parts=parts)))
            continue
        for part in chunk.parts if new else []:
            places[run.id].reach(part.stream, part.first + part.count)
        found.append((position, chunk))
    return found, places


def _parts(chunk: Chunk, places: Places) -> list[Part]:
    found = []
    for part in chunk.parts:
        known, place = places.take(chunk.writer, part.stream, part.first, part.count)
        if known < part.count:
            packed = _without(part.packed, known) if known else part.packed
            found.append(replace(part, first=place, count=part.count - known, packed=packed))
    return found


def _without(packed: bytes, known: int) -> bytes:
    lines = zstandard.ZstdDecompressor().decompress(packed).split(b"\n")
    return zstandard.ZstdCompressor(level=1).compress(b"\n".join(lines[known:]))

"""Telling alerts what it watches: only watched columns of watched projects are ever parsed."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import translate
from typing import Any

from services.runs.domain.run import Run
from services.runs.writing.points import Chooser, messages, watched_rows
from shared.contracts.alerts import LIST_WATCHES, ListWatches, Watch
from shared.contracts.runs import POINTS_LOGGED, PointsLogged
from shared.errors import CordeeError
from shared.kit import logs
from shared.messaging.bus import Bus
from shared.messaging.ingest import Chunk

log = logs.get(__name__)

REFRESH_S = 30.0
_HEADERS_BYTES = 1_024


@dataclass(frozen=True, slots=True)
class _Watched:
    history: Chooser | None
    events: Chooser | None


class WatchTower:
    """Knows what is watched, and publishes it in the order in which it was logged."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._projects: dict[str, _Watched] = {}

    async def refresh(self) -> None:
        """For ever: news is quick, asking now and then makes up for news that was missed."""
        while True:
            try:
                found = await self._bus.call(LIST_WATCHES, ListWatches())
            except CordeeError as error:
                log.debug("watches not refreshed", error=error.message)
            else:
                self._projects = {watch.project_id: _watched(watch) for watch in found.items}
            await asyncio.sleep(REFRESH_S)

    async def hear(self, message: Any) -> None:
        """One project's rules changed: every process must know, so this is no shared consumer."""
        watch = Watch.model_validate_json(message.data)
        self._projects[watch.project_id] = _watched(watch)

    async def tell(self, run: Run, position: int, chunk: Chunk) -> None:
        """Publish what of a chunk is watched; raises Unavailable, and then all is done again."""
        watched = self._projects.get(run.project_id)
        if watched is None:
            return
        pieces = itertools.count()
        for part in chunk.parts:
            choose = watched.history if part.stream == "history" else watched.events
            if choose is None or part.stream == "log":
                continue
            for rows in messages(watched_rows(part, choose)):
                points = PointsLogged(
                    run_id=run.id,
                    project_id=run.project_id,
                    generation=run.generation,
                    position=position,
                    stream=part.stream,
                    rows=rows,
                    piece=next(pieces),
                )
                await self._publish(points)

    async def _publish(self, points: PointsLogged) -> None:
        """What the bus can never take is dropped: to try again would hold up every other run."""
        body = points.model_dump_json().encode()
        if len(body) + _HEADERS_BYTES > self._bus.connection.max_payload:
            log.error("points dropped", run_id=points.run_id, bytes=len(body))
            return
        message_id = f"{points.position}:{points.piece}"
        await self._bus.publish(POINTS_LOGGED.subject, body, message_id=message_id)


def _watched(watch: Watch) -> _Watched:
    return _Watched(history=_chooser(watch.metrics), events=_chooser(watch.system))


def _chooser(globs: Sequence[str]) -> Chooser | None:
    if not globs:
        return None
    pattern = re.compile("|".join(translate(glob) for glob in globs))
    return lambda name: pattern.match(name) is not None

"""Charts of what has fired, drawn from what the run has logged."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from services.alerts.notifiers.chart import draw
from services.alerts.ports import Runs
from shared.errors import CordeeError
from shared.kit import logs

log = logs.get(__name__)

DRAWN_S = 5.0
"""A message without its chart today is better than one with it tomorrow."""


class RunCharts:
    """Keeps `ports.Charts`."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs

    async def of(self, facts: Mapping[str, Any]) -> bytes | None:
        """None where nothing can be drawn: no metric, no history, no time."""
        run_id, metric = facts.get("run_id"), facts.get("metric")
        if not run_id or not metric or str(metric).startswith("system."):
            return None
        try:
            async with asyncio.timeout(DRAWN_S):
                points = await self._runs.curve(None, run_id, metric)
                limit = (
                    _number(facts.get("threshold")) if facts.get("kind") == "threshold" else None
                )
                if limit is None:
                    limit = _number(facts.get("baseline"))
                return await asyncio.to_thread(draw, points, facts.get("step"), limit)
        except (CordeeError, TimeoutError) as error:
            log.warning("no chart", run_id=run_id, error=repr(error))
            return None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None

"""Comparing runs that run with their baselines, beside the flow of points.

A comparison asks other services, perhaps for hundreds of curves. Nobody's points wait for it, and
one run is compared by one rule only now and then, at the last point for which that was due.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from services.alerts.domain.rule import Rule
from services.alerts.domain.track import Firing, Point
from services.alerts.evaluating.skipping import Skipped, may_pass
from shared.kit import logs

log = logs.get(__name__)

EVERY_S = 10.0
"""The least time between two comparisons of one run by one rule."""
_AT_ONCE = 4
_MOST_WAITING = 10_000
_MOST_TRIES = 3
_IDLE_S = 1.0


@dataclass(frozen=True, slots=True)
class Due:
    """A run that a rule is to compare at a point. `holding` is what the last time said."""

    rule: Rule
    run_id: str
    project_id: str
    generation: int
    point: Point
    own_id: str
    holding: bool
    tries: int = 0

    @property
    def key(self) -> tuple[str, str]:
        """One at a time for each."""
        return (self.rule.id, self.run_id)


Compare = Callable[[Rule, str, Point], Awaitable[Firing | None]]
Conclude = Callable[[Due, Firing | None], Awaitable[None]]


class RunningComparisons:
    """Those that wait. They are forgotten with the process: later points make others due."""

    def __init__(self, compare: Compare, conclude: Conclude) -> None:
        """`conclude` is told what came out."""
        self._compare = compare
        self._conclude = conclude
        self._skipped = Skipped()
        self._waiting: dict[tuple[str, str], Due] = {}
        self._order: list[tuple[float, tuple[str, str]]] = []
        self._not_before: dict[tuple[str, str], float] = {}
        self._more = asyncio.Event()

    def add(self, due: Due) -> None:
        """Instead of an earlier point that still waits; left out when very many do."""
        if due.key not in self._waiting:
            if len(self._waiting) >= _MOST_WAITING:
                return
            at = max(time.monotonic(), self._not_before.get(due.key, 0.0))
            heapq.heappush(self._order, (at, due.key))
        self._waiting[due.key] = due
        self._more.set()

    async def run(self) -> None:
        """For ever, a few at once."""
        async with asyncio.TaskGroup() as group:
            for _ in range(_AT_ONCE):
                group.create_task(self._work())

    async def settle(self) -> None:
        """Compare everything that waits, without waiting for its time."""
        while self._order:
            await self._take(heapq.heappop(self._order)[1])

    async def _work(self) -> None:
        while True:
            now = time.monotonic()
            if self._order and self._order[0][0] <= now:
                await self._take(heapq.heappop(self._order)[1])
                continue
            pause = self._order[0][0] - now if self._order else _IDLE_S
            self._more.clear()
            try:
                async with asyncio.timeout(min(pause, _IDLE_S)):
                    await self._more.wait()
            except TimeoutError:
                continue

    async def _take(self, key: tuple[str, str]) -> None:
        due = self._waiting.pop(key)
        self._wait_after(key)
        try:
            firing = await self._compare(due.rule, due.run_id, due.point)
            await self._conclude(due, firing)
        except Exception as error:  # one rule must not end the comparisons of all
            if not may_pass(error):
                self._skipped.take(due.rule, error)
            elif due.tries < _MOST_TRIES and key not in self._waiting:
                log.warning("a comparison is tried again", rule=due.rule.id, error=repr(error))
                self.add(replace(due, tries=due.tries + 1))
        self._wait_after(key)

    def _wait_after(self, key: tuple[str, str]) -> None:
        now = time.monotonic()
        if len(self._not_before) >= _MOST_WAITING:
            kept = {each: at for each, at in self._not_before.items() if at > now}
            self._not_before = kept
        self._not_before[key] = now + EVERY_S

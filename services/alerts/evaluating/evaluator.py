"""Evaluation: points, states and the clock go in; alerts come out, in one transaction a batch.

What is remembered of a run and what it fired commit together, under the position that was heard,
so points that are told again change nothing and a crash in between loses nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence

from services.alerts.domain.alert import alert_id
from services.alerts.domain.condition import Condition, Silence, StateChange
from services.alerts.domain.rule import Rule
from services.alerts.domain.track import Firing, Point
from services.alerts.domain.window import Window
from services.alerts.evaluating.comparing import Comparer
from services.alerts.evaluating.judge import Judge
from services.alerts.evaluating.rulebook import RememberedRules
from services.alerts.ports import Findings
from services.alerts.repository.windows import MongoWindows
from shared.contracts.runs import PointsLogged, RunStateChanged
from shared.kit.clock import Clock

ENDED = ("finished", "failed", "crashed", "killed", "preempted")
_MOST_DUE = 200


class Evaluator:
    """One at a time: everything that touches windows does so under one lock."""

    def __init__(
        self,
        rulebook: RememberedRules,
        windows: MongoWindows,
        judge: Judge,
        comparer: Comparer,
        clock: Clock,
        wake_up: Callable[[], None],
    ) -> None:
        """`wake_up` is called when something is to be delivered."""
        self._rulebook = rulebook
        self._windows = windows
        self._judge = judge
        self._comparer = comparer
        self._clock = clock
        self._wake_up = wake_up
        self._alone = asyncio.Lock()

    async def take_points(self, batch: Sequence[PointsLogged], mark: int | None = None) -> int:
        """Take what is new of a batch in; how many alerts it raised. The mark commits with it."""
        async with self._alone:
            rules = await self._rulebook.of(told.project_id for told in batch)
            windows = await self._windows.load(list({told.run_id for told in batch}))
            found = Findings(mark=mark)
            touched: dict[str, tuple[Window, Sequence[Rule]]] = {}
            for told in batch:
                known = rules[told.project_id]
                if not known or not told.rows:
                    continue
                window = windows.setdefault(told.run_id, Window(told.run_id, told.project_id))
                first = told.rows[0].step
                if window.is_news(told.generation, told.stream, told.position, first):
                    touched[told.run_id] = (window, known)
                    await self._take(told, window, known, found)
            return await self._commit(touched, found)

    async def take_state(self, event: RunStateChanged) -> None:
        """A run went from one state to another."""
        async with self._alone:
            rules = (await self._rulebook.of([event.project_id]))[event.project_id]
            windows = await self._windows.load([event.run_id])
            if not rules:
                return
            window = windows.get(event.run_id) or Window(event.run_id, event.project_id)
            window.enter(ended=event.state in ENDED, at=event.at)
            found = Findings()
            for rule in rules:
                firing = await self._firing_of_state(rule, window, event)
                if firing is not None:
                    own_id = alert_id(rule.id, event.run_id, firing.key, event.at.isoformat())
                    await self._hear(rule, window, firing, own_id, found)
            await self._commit({event.run_id: (window, rules)}, found)

    async def look_at_clock(self) -> int:
        """Whose silence has lasted too long? Only asked when every point that was told is heard."""
        now = self._clock()
        async with self._alone:
            due = await self._windows.due(now, _MOST_DUE)
            if not due:
                return 0
            rules = await self._rulebook.of(window.project_id for window in due)
            found = Findings()
            for window in due:
                for rule in rules[window.project_id]:
                    memory = window.memory_of(rule)
                    heard_at, firing = memory.heard_at, memory.tick(rule.when, now)
                    if firing is not None and heard_at is not None:
                        own_id = alert_id(rule.id, window.run_id, "silence", heard_at.isoformat())
                        await self._hear(rule, window, firing, own_id, found)
            touched = {window.run_id: (window, rules[window.project_id]) for window in due}
            return await self._commit(touched, found)

    async def _take(
        self, told: PointsLogged, window: Window, rules: Sequence[Rule], found: Findings
    ) -> None:
        now = self._clock()
        for rule in rules:
            if rule.when.stream != told.stream:
                continue
            memory = window.memory_of(rule)
            for point in points_of(told, rule.when):
                firing = memory.observe(rule.when, point, now)
                if firing is not None:
                    cause = (told.generation, told.position, point.step, point.metric)
                    own_id = alert_id(rule.id, told.run_id, *cause)
                    await self._hear(rule, window, firing, own_id, found)

    async def _firing_of_state(
        self, rule: Rule, window: Window, event: RunStateChanged
    ) -> Firing | None:
        when = rule.when
        if isinstance(when, Silence) and event.state == "running":
            memory = window.memory_of(rule)
            memory.heard_at, memory.silent = self._clock(), False
        if isinstance(when, StateChange):
            entered = when.entered(event.state, event.previous)
            if entered is None:
                return None
            reason = f"{event.display_name} is {entered}"
            if event.reason:
                reason += f": {event.reason}"
            return Firing(reason, key=entered)
        if event.state == "finished":
            return await self._comparer.compare(when, event.run_id)
        return None

    async def _hear(
        self, rule: Rule, window: Window, firing: Firing, own_id: str, found: Findings
    ) -> None:
        memory = window.memory_of(rule)
        now = self._clock()
        await self._judge.hear(rule, memory, firing, window.run_id, own_id, now, found)

    async def _commit(
        self, touched: dict[str, tuple[Window, Sequence[Rule]]], found: Findings
    ) -> int:
        for window, rules in touched.values():
            window.keep_only(rules)
            found.windows.append(window)
            found.due[window.run_id] = window.due_at(rules)
        if found.windows or found.mark is not None:
            await self._windows.commit(found)
        if found.deliveries:
            self._wake_up()
        return len(found.alerts)


def points_of(told: PointsLogged, when: Condition) -> Iterator[Point]:
    """Those of the told points that concern a condition, as they were logged."""
    concerns: dict[str, bool] = {}
    for row in told.rows:
        for metric, value in row.values.items():
            if metric not in concerns:
                concerns[metric] = when.wants(told.stream, metric)
            if concerns[metric]:
                yield Point(metric, value, row.step, row.at)

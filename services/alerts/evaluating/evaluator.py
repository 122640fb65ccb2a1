"""Evaluation: points, states and the clock go in; alerts come out, in one transaction a batch.

What is remembered of a run and what it fired commit together, under the position that was heard,
so points that are told again change nothing and a crash in between loses nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from services.alerts import patterns
from services.alerts.domain.alert import alert_id
from services.alerts.domain.artifact import ArtifactChange, ArtifactFacts
from services.alerts.domain.comparison import Regression
from services.alerts.domain.condition import Silence, StateChange
from services.alerts.domain.rule import Rule
from services.alerts.domain.rule_set import RuleSet
from services.alerts.domain.track import Firing, Point
from services.alerts.domain.window import ENDED, Window
from services.alerts.evaluating.comparing import Comparer
from services.alerts.evaluating.judge import Judge
from services.alerts.evaluating.rulebook import RememberedRules
from services.alerts.evaluating.running import Due, RunningComparisons
from services.alerts.evaluating.skipping import Skipped
from services.alerts.ports import Findings
from services.alerts.repository.windows import MongoWindows
from shared.contracts.runs import PointsLogged, RunStateChanged
from shared.kit.clock import Clock

_MOST_DUE = 200
_MOST_LOOKS = 2_000
"""How often rules look at values before others have their turn: a lease has to be renewed."""


class Evaluator:
    """One at a time: everything that touches windows does so under one lock.

    What a rule asks of others while runs run is left to `comparisons`, which somebody has to run.
    """

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
        self._skipped = Skipped()
        self._alone = asyncio.Lock()
        self.comparisons = RunningComparisons(comparer.compare_running, self.conclude)

    async def take_points(self, batch: Sequence[PointsLogged], mark: int | None = None) -> int:
        """Take what is new of a batch in; how many alerts it raised. The mark commits with it."""
        due: list[Due] = []
        async with self._alone:
            rules = await self._rulebook.of(told.project_id for told in batch)
            windows = await self._windows.load(list({told.run_id for told in batch}))
            found = Findings(mark=mark)
            touched: dict[str, tuple[Window, RuleSet]] = {}
            for told in batch:
                known = rules[told.project_id]
                if not known or not told.rows:
                    continue
                window = windows.setdefault(told.run_id, Window(told.run_id, told.project_id))
                piece = told.piece if told.piece is not None else told.rows[0].step
                if window.is_news(told.generation, told.stream, told.position, piece):
                    window.project_id = told.project_id
                    touched[told.run_id] = (window, known)
                    await self._take(told, window, known, found, due)
            raised = await self._commit(touched, found)
        for each in due:
            self.comparisons.add(each)
        return raised

    async def take_state(self, event: RunStateChanged) -> None:
        """A run went from one state to another. Others are asked before anybody has to wait."""
        await self._rulebook.note(event.project_id, event.entity)
        rules = (await self._rulebook.of([event.project_id]))[event.project_id]
        if not rules:
            return
        compared = await self._compared(rules, event) if event.state == "finished" else {}
        async with self._alone:
            windows = await self._windows.load([event.run_id])
            window = windows.get(event.run_id) or Window(event.run_id, event.project_id)
            window.project_id = event.project_id
            window.enter(ended=event.state in ENDED, at=event.at)
            found = Findings()
            for rule in rules:
                firing = compared.get(rule.id) or self._firing_of_state(rule, window, event)
                if firing is not None:
                    own_id = alert_id(rule.id, event.run_id, firing.key, event.at.isoformat())
                    await self._hear(rule, window, firing, own_id, found)
            await self._commit({event.run_id: (window, rules)}, found)

    async def take_artifact(self, facts: ArtifactFacts) -> None:
        """Something happened to an artifact. Told again, it makes the same alerts once more."""
        async with self._alone:
            await self._rulebook.note(facts.project_id, facts.entity)
            rules = (await self._rulebook.of([facts.project_id]))[facts.project_id]
            found = Findings()
            for rule in rules:
                when = rule.when
                try:
                    if isinstance(when, ArtifactChange) and when.happens(facts, patterns.found):
                        await self._judge.hear_artifact(rule, facts, self._clock(), found)
                except Exception as error:
                    self._skipped.take(rule, error)
            if found.alerts:
                await self._windows.commit(found)
                self._wake_up()

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
                    if not isinstance(rule.when, Silence):
                        continue
                    memory = window.memory_of(rule)
                    heard_at, firing = memory.heard_at, memory.tick(rule.when, now)
                    if firing is not None and heard_at is not None:
                        own_id = alert_id(rule.id, window.run_id, "silence", heard_at.isoformat())
                        await self._hear(rule, window, firing, own_id, found)
            touched = {window.run_id: (window, rules[window.project_id]) for window in due}
            return await self._commit(touched, found)

    async def follow(self, run_ids: Sequence[str], project_id: str) -> None:
        """Runs were moved: from now on the rules of their new project count."""
        async with self._alone:
            await self._windows.follow(run_ids, project_id)

    async def conclude(self, due: Due, firing: Firing | None) -> None:
        """What came out of a running comparison, if it is still asked for and something new."""
        if firing is None and not due.holding:
            return
        async with self._alone:
            rules = (await self._rulebook.of([due.project_id]))[due.project_id]
            rule = rules.get(due.rule.id)
            window = (await self._windows.load([due.run_id])).get(due.run_id)
            if window is None or window.generation != due.generation:
                return
            if rule is None or rule.revision != due.rule.revision:
                return
            track = window.memory_of(rule).track_of(due.point.metric)
            begins = track.begins(firing is not None)
            found = Findings()
            if begins and firing is not None:
                await self._hear(rule, window, firing, due.own_id, found)
            await self._commit({window.run_id: (window, rules)}, found)

    async def _take(
        self,
        told: PointsLogged,
        window: Window,
        rules: RuleSet,
        found: Findings,
        due: list[Due],
    ) -> None:
        now = self._clock()
        looks = 0
        for row in told.rows:
            for metric, value in row.values.items():
                concerned = rules.concerned(told.stream, metric)
                looks += 1 + len(concerned)
                if looks > _MOST_LOOKS:
                    looks = 0
                    await asyncio.sleep(0)
                point = Point(metric, value, row.step, row.at)
                for rule in concerned:
                    try:
                        memory = window.memory_of(rule)
                        if isinstance(rule.when, Regression):
                            due += self._due(rule, rule.when, window, told, point, now)
                            continue
                        firing = memory.observe(rule.when, point, now, window.fits)
                        if firing is not None:
                            own_id = _alert_id(rule, told, point)
                            await self._hear(rule, window, firing, own_id, found)
                    except Exception as error:
                        self._skipped.take(rule, error)

    def _due(
        self,
        rule: Rule,
        when: Regression,
        window: Window,
        told: PointsLogged,
        point: Point,
        now: datetime,
    ) -> list[Due]:
        """A running run beside its baseline; only now and then, because that asks for others."""
        memory = window.memory_of(rule)
        track = memory.track_of(point.metric)
        if memory.is_deaf(now) or not when.is_due(track, point):
            return []
        own_id = _alert_id(rule, told, point)
        where = (told.run_id, told.project_id, told.generation)
        return [Due(rule, *where, point, own_id, holding=track.holding)]

    async def _compared(self, rules: RuleSet, event: RunStateChanged) -> dict[str, Firing]:
        """What rules say of a finished run beside others."""
        found = {}
        for rule in rules:
            try:
                firing = await self._comparer.compare(rule.when, event.run_id)
            except Exception as error:
                self._skipped.take(rule, error)
            else:
                if firing is not None:
                    found[rule.id] = firing
        return found

    def _firing_of_state(self, rule: Rule, window: Window, event: RunStateChanged) -> Firing | None:
        when = rule.when
        if isinstance(when, Silence) and event.state == "running":
            window.memory_of(rule).hear(when, self._clock())
        if not isinstance(when, StateChange):
            return None
        entered = when.entered(event.state, event.previous)
        if entered is None:
            return None
        reason = f"{event.display_name} is {entered}"
        if event.reason:
            reason += f": {event.reason}"
        return Firing(reason, key=entered)

    async def _hear(
        self, rule: Rule, window: Window, firing: Firing, own_id: str, found: Findings
    ) -> None:
        """Whatever is wrong with what the rule asks must not keep the others from being heard."""
        memory = window.memory_of(rule)
        now = self._clock()
        try:
            await self._judge.hear(rule, memory, firing, window.run_id, own_id, now, found)
        except Exception as error:
            self._skipped.take(rule, error)

    async def _commit(self, touched: dict[str, tuple[Window, RuleSet]], found: Findings) -> int:
        for window, rules in touched.values():
            window.keep_only(rules)
            for rule_id in window.touched:
                rule = rules.get(rule_id)
                if rule is not None and window.memories[rule_id].full:
                    self._skipped.full(rule, window.run_id)
            found.windows.append(window)
            found.due[window.run_id] = window.due_at(rules)
        if found.windows or found.mark is not None:
            await self._windows.commit(found)
        if found.deliveries:
            self._wake_up()
        return len(found.alerts)


def _alert_id(rule: Rule, told: PointsLogged, point: Point) -> str:
    cause = (told.generation, told.position, point.step, point.metric)
    return alert_id(rule.id, told.run_id, *cause)

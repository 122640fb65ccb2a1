"""Enabled rules by project, remembered for a moment."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from services.alerts.domain.rule import Rule, key_of_team
from services.alerts.domain.rule_set import RuleSet
from services.alerts.ports import Rules

FRESH_S = 1.0
_MOST_NOTED = 100_000

AnnounceWatch = Callable[[str, Sequence[Rule]], Awaitable[None]]


class RememberedRules:
    """Keeps `ports.Rulebook`. A change in this process counts at once, elsewhere in a second."""

    def __init__(self, rules: Rules, announce: AnnounceWatch) -> None:
        """`announce` says what is watched in a project now."""
        self._rules = rules
        self._announce = announce
        self._noted: set[str] = set()
        self._known: dict[str, tuple[float, RuleSet]] = {}

    async def of(self, project_ids: Iterable[str]) -> Mapping[str, RuleSet]:
        """For each of the projects."""
        wanted, now = set(project_ids), time.monotonic()
        stale = [each for each in wanted if self._known.get(each, (0.0, ()))[0] <= now]
        if stale:
            if len(self._known) > 10_000:
                self._known.clear()
                stale = list(wanted)
            loaded = await self._rules.of_projects(stale)
            for each in stale:
                known = self._known.get(each, (0.0, RuleSet()))[1]
                fresh = known if known.same_as(loaded[each]) else RuleSet(loaded[each])
                self._known[each] = (now + FRESH_S, fresh)
        return {each: self._known[each][1] for each in wanted}

    async def note(self, project_id: str, entity: str) -> None:
        """A project was heard of; a new one is watched by its team's rules from now on."""
        if project_id in self._noted:
            return
        if await self._rules.note_places(entity, [project_id]):
            self._known.pop(project_id, None)
            rules = (await self._rules.of_projects([project_id]))[project_id]
            if rules:
                await self._announce(project_id, rules)
        if len(self._noted) > _MOST_NOTED:
            self._noted.clear()
        self._noted.add(project_id)

    def forget(self, place: str) -> None:
        """They have changed; those of a team are part of many projects'."""
        if place.startswith(key_of_team("")):
            self._known.clear()
        self._known.pop(place, None)

"""Enabled rules by project, remembered for a moment."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence

from services.alerts.domain.rule import Rule
from services.alerts.ports import Rules

FRESH_S = 1.0


class RememberedRules:
    """Keeps `ports.Rulebook`. A change in this process counts at once, elsewhere in a second."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._known: dict[str, tuple[float, Sequence[Rule]]] = {}

    async def of(self, project_ids: Iterable[str]) -> Mapping[str, Sequence[Rule]]:
        """For each of the projects."""
        wanted, now = set(project_ids), time.monotonic()
        stale = [each for each in wanted if self._known.get(each, (0.0, ()))[0] <= now]
        if stale:
            if len(self._known) > 10_000:
                self._known.clear()
                stale = list(wanted)
            loaded = await self._rules.of_projects(stale)
            self._known |= {each: (now + FRESH_S, loaded[each]) for each in stale}
        return {each: self._known[each][1] for each in wanted}

    def forget(self, project_id: str) -> None:
        """They have changed."""
        self._known.pop(project_id, None)

"""The rules that count in one project, and which of them a metric concerns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from fnmatch import translate

from services.alerts.domain.rule import Rule

_MOST_NAMES = 10_000


class RuleSet:
    """Which rules a metric concerns is found out once per name: points come by the thousand."""

    def __init__(self, rules: Sequence[Rule] = ()) -> None:
        self._rules = tuple(rules)
        self._by_id = {rule.id: rule for rule in rules}
        self._concerned: dict[tuple[str, str], Sequence[Rule]] = {}
        self._named: dict[tuple[str | None, str], list[int]] = {}
        self._patterns: list[tuple[str | None, Callable[[str], object], int]] = []
        for index, rule in enumerate(rules):
            self._index(index, rule)

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

    def get(self, rule_id: str) -> Rule | None:
        """None for a rule that does not count here any more."""
        return self._by_id.get(rule_id)

    def same_as(self, rules: Sequence[Rule]) -> bool:
        """Whether these are the very rules, none of them changed."""
        return [(rule.id, rule.revision) for rule in rules] == [
            (rule.id, rule.revision) for rule in self._rules
        ]

    def concerned(self, stream: str, metric: str) -> Sequence[Rule]:
        """Those that look at a metric, the oldest first."""
        key = (stream, metric)
        found = self._concerned.get(key)
        if found is None:
            if len(self._concerned) >= _MOST_NAMES:
                self._concerned.clear()
            indexes = [
                *self._named.get(key, ()),
                *(at for of, match, at in self._patterns if of == stream and match(metric)),
            ]
            found = tuple(self._rules[at] for at in sorted(indexes))
            self._concerned[key] = found
        return found

    def _index(self, index: int, rule: Rule) -> None:
        """As `Condition.wants`, for a thousand rules and new names by the thousand."""
        glob, stream = rule.when.glob, rule.when.stream
        if glob is None:
            return
        if any(sign in glob for sign in "*?["):
            self._patterns.append((stream, re.compile(translate(glob)).match, index))
        else:
            self._named.setdefault((stream, glob), []).append(index)

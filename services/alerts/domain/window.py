"""What is remembered of one run: how far it was heard, and what each rule made of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from services.alerts.domain.memory import Memory
from services.alerts.domain.rule import Rule


@dataclass(slots=True)
class Heard:
    """The last position of a stream, and the first steps of the pieces told under it."""

    position: int = -1
    pieces: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Window:
    """`generation` is the run's; one that was started afresh is remembered from nothing."""

    run_id: str
    project_id: str
    generation: int = 0
    heard: dict[str, Heard] = field(default_factory=dict)
    memories: dict[str, Memory] = field(default_factory=dict)
    ended: bool = False
    state_at: datetime | None = None

    def is_news(self, generation: int, stream: str, position: int, first_step: int) -> bool:
        """Whether this piece was not taken in before; pieces come in the order of positions."""
        if generation < self.generation:
            return False
        if generation > self.generation:
            self.generation, self.heard, self.memories = generation, {}, {}
            self.ended = False
        heard = self.heard.setdefault(stream, Heard())
        if position < heard.position or (position == heard.position and first_step in heard.pieces):
            return False
        if position > heard.position:
            heard.position, heard.pieces = position, []
        heard.pieces.append(first_step)
        return True

    def memory_of(self, rule: Rule) -> Memory:
        """What a rule remembers of the run; a changed rule remembers nothing."""
        found = self.memories.get(rule.id)
        if found is None or found.revision != rule.revision:
            found = self.memories[rule.id] = Memory(rule.id, rule.revision)
        return found

    def keep_only(self, rules: Iterable[Rule]) -> None:
        """Forget what deleted rules remembered."""
        known = {rule.id for rule in rules}
        for gone in [rule_id for rule_id in self.memories if rule_id not in known]:
            del self.memories[gone]

    def enter(self, *, ended: bool, at: datetime) -> None:
        """The run's state, unless something later is known."""
        if self.state_at is None or at >= self.state_at:
            self.ended, self.state_at = ended, at

    def due_at(self, rules: Iterable[Rule]) -> datetime | None:
        """When the clock has to look at it; an ended run is silent for good."""
        if self.ended:
            return None
        dues = [
            self.memories[rule.id].due_at(rule.when)
            for rule in rules
            if rule.enabled and rule.id in self.memories
        ]
        return min((due for due in dues if due is not None), default=None)

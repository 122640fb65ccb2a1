"""What is remembered of one run: how far it was heard, and what each rule made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from services.alerts.domain.memory import Memory
from services.alerts.domain.rule import Rule
from services.alerts.domain.rule_set import RuleSet

ENDED = ("finished", "failed", "crashed", "killed", "preempted")
"""States in which nothing more is logged, unless the run is resumed."""
MOST_WEIGHT = 4 * 1024 * 1024
"""Bytes that all rules together may remember of one run: far less than a document can hold."""


@dataclass(slots=True)
class Heard:
    """The last position of a stream, and the pieces told under it."""

    position: int = -1
    pieces: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Window:
    """`generation` is the run's; one that was started afresh is remembered from nothing.

    `touched` and `gone` are the rules whose memories are to be written down or to be forgotten;
    `whole` means all of it, as for a run that was never heard of.
    """

    run_id: str
    project_id: str
    generation: int = 0
    heard: dict[str, Heard] = field(default_factory=dict)
    memories: dict[str, Memory] = field(default_factory=dict)
    ended: bool = False
    state_at: datetime | None = None
    touched: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    whole: bool = True

    def is_news(self, generation: int, stream: str, position: int, piece: int) -> bool:
        """Whether this piece was not taken in before; pieces come in the order of positions."""
        if generation < self.generation:
            return False
        if generation > self.generation:
            self.generation, self.heard, self.memories = generation, {}, {}
            self.ended, self.whole = False, True
        heard = self.heard.setdefault(stream, Heard())
        if position < heard.position or (position == heard.position and piece in heard.pieces):
            return False
        if position > heard.position:
            heard.position, heard.pieces = position, []
        heard.pieces.append(piece)
        return True

    def memory_of(self, rule: Rule) -> Memory:
        """What a rule remembers of the run, to be written down after; a changed one begins anew."""
        self.touched.add(rule.id)
        found = self.memories.get(rule.id)
        if found is None:
            found = self.memories[rule.id] = Memory(rule.id, rule.revision)
        elif found.revision != rule.revision:
            found = self.memories[rule.id] = found.after_change(rule)
        return found

    def fits(self, weight: int) -> bool:
        """Whether so much more may be remembered."""
        return sum(memory.weight for memory in self.memories.values()) + weight <= MOST_WEIGHT

    def keep_only(self, rules: RuleSet) -> None:
        """Forget what deleted rules remembered."""
        for gone in [rule_id for rule_id in self.memories if rules.get(rule_id) is None]:
            del self.memories[gone]
            self.touched.discard(gone)
            self.gone.add(gone)

    def enter(self, *, ended: bool, at: datetime) -> None:
        """The run's state, unless something later is known."""
        if self.state_at is None or at >= self.state_at:
            self.ended, self.state_at = ended, at

    def due_at(self, rules: RuleSet) -> datetime | None:
        """When the clock has to look at it; an ended run is silent for good."""
        if self.ended:
            return None
        dues = []
        for memory in self.memories.values():
            rule = rules.get(memory.rule_id)
            due = memory.due_at(rule.when) if rule is not None and rule.enabled else None
            if due is not None:
                dues.append(due)
        return min(dues, default=None)

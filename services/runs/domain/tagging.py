"""Tags that are put on many runs and taken off them, without a word about their other tags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.runs.domain.run import checked_tags
from shared.errors import Invalid


@dataclass(frozen=True, slots=True)
class Retagging:
    """What every run of many is to have, and what none of them."""

    add: tuple[str, ...]
    remove: tuple[str, ...]

    @classmethod
    def of(cls, add: Sequence[str], remove: Sequence[str]) -> Retagging:
        """Raises Invalid for what is no tag, for nothing at all, and for one tag on both sides."""
        found = cls(tuple(checked_tags(add)), tuple(checked_tags(remove)))
        if not found.add and not found.remove:
            raise Invalid("add: name tags to add or to remove.", field="add")
        if both := set(found.add) & set(found.remove):
            raise Invalid(f"remove: {min(both)} is to be added, too.", field="remove")
        return found

    def changes(self, tags: Sequence[str]) -> Retagging | None:
        """What of it is new to a run with these tags; None where nothing is."""
        added = tuple(tag for tag in self.add if tag not in tags)
        removed = tuple(tag for tag in self.remove if tag in tags)
        return Retagging(added, removed) if added or removed else None

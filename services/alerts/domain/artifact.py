"""What a rule waits for in artifacts: an event, in which collections, with which alias or tag."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any, ClassVar

from services.alerts.domain import event_filter
from services.alerts.domain.condition import Condition

SAYINGS: Mapping[str, str] = {
    "created": "{artifact} was created",
    "alias_added": "{artifact} was given the alias {alias}",
    "tag_added": "{artifact} was given the tag {tag}",
    "tag_removed": "{artifact} lost the tag {tag}",
    "linked": "{artifact} was linked",
    "unlinked": "{artifact} was unlinked",
    "collection_tag_added": "the collection {artifact} was given the tag {tag}",
    "collection_tag_removed": "the collection {artifact} lost the tag {tag}",
}


@dataclass(frozen=True, slots=True)
class ArtifactFacts:
    """What happened to which artifact. `version` is None where it happened to a collection.

    `aliases` and `tags` are those that the event is about, or that a new version has.
    """

    event: str
    entity: str
    project: str
    project_id: str
    collection: str
    collection_id: str
    type: str
    at: datetime
    by: str = ""
    version: str | None = None
    artifact_id: str | None = None
    aliases: Sequence[str] = ()
    tags: Sequence[str] = ()
    run_id: str | None = None
    run: str | None = None

    @property
    def name(self) -> str:
        """`collection:v3`, or the collection alone."""
        return f"{self.collection}:{self.version}" if self.version else self.collection

    @property
    def said(self) -> str:
        """What happened, in one line."""
        alias, tag = ", ".join(self.aliases), ", ".join(self.tags)
        return SAYINGS[self.event].format(artifact=self.name, alias=alias, tag=tag)

    @property
    def cause(self) -> Sequence[Any]:
        """The same for the same event, however often it is told."""
        thing = self.artifact_id or self.collection_id
        words = (",".join(self.aliases), ",".join(self.tags))
        return (self.event, thing, self.collection_id, *words, self.at.isoformat())


@dataclass(frozen=True, slots=True)
class ArtifactChange(Condition):
    """`collection` and `type` are names or globs; `filters` looks at `alias` and `tag`."""

    kind: ClassVar[str] = "artifact"
    events: Sequence[str]
    collection: str = "*"
    collection_id: str | None = None
    type: str = "*"
    filters: str | None = None

    def happens(self, facts: ArtifactFacts, found: Callable[[str, str], bool]) -> bool:
        """Whether it is this that happened. `found` looks for a regular expression in a text."""
        return (
            facts.event in self.events
            and self.collection_id in (None, facts.collection_id)
            and fnmatchcase(facts.collection, self.collection)
            and fnmatchcase(facts.type, self.type)
            and event_filter.holds(self.filters, {"alias": facts.aliases, "tag": facts.tags}, found)
        )

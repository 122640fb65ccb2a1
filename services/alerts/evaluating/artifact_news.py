"""What runs tells of artifacts, in the words of rules."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from services.alerts.domain.artifact import ArtifactFacts
from shared.contracts._kinds import Event
from shared.contracts.runs import (
    ARTIFACT_ALIAS_ADDED,
    ARTIFACT_COMMITTED,
    ARTIFACT_LINKED,
    ARTIFACT_TAG_ADDED,
    ARTIFACT_TAG_REMOVED,
    ARTIFACT_UNLINKED,
    COLLECTION_TAG_ADDED,
    COLLECTION_TAG_REMOVED,
    ArtifactNews,
    CollectionNews,
)
from shared.messaging.consuming import Listener

Take = Callable[[ArtifactFacts], Awaitable[None]]

EVENTS: dict[str, Event[Any]] = {
    "created": ARTIFACT_COMMITTED,
    "alias_added": ARTIFACT_ALIAS_ADDED,
    "tag_added": ARTIFACT_TAG_ADDED,
    "tag_removed": ARTIFACT_TAG_REMOVED,
    "linked": ARTIFACT_LINKED,
    "unlinked": ARTIFACT_UNLINKED,
    "collection_tag_added": COLLECTION_TAG_ADDED,
    "collection_tag_removed": COLLECTION_TAG_REMOVED,
}


def listeners(take: Take) -> Iterator[Listener[Any]]:
    """One for each event."""
    for name, contract in EVENTS.items():

        async def hear(news: Any, name: str = name) -> None:
            await take(facts_of(name, news))

        yield Listener("alerts", contract, hear)


def facts_of(event: str, news: CollectionNews) -> ArtifactFacts:
    """The alias or tag that the event is about; of a whole version, all that it has."""
    version = news if isinstance(news, ArtifactNews) else None
    alias, tag = getattr(news, "alias", None), getattr(news, "tag", None)
    about_one = alias is not None or tag is not None
    return ArtifactFacts(
        event=event,
        entity=news.entity,
        project=news.project,
        project_id=news.project_id,
        collection=news.collection,
        collection_id=news.collection_id,
        type=news.type,
        at=news.at,
        by=news.by,
        version=version.version if version else None,
        artifact_id=version.artifact_id if version else None,
        aliases=_those(alias, [] if about_one or version is None else version.aliases),
        tags=_those(tag, [] if about_one or version is None else version.tags),
        run_id=version.run_id if version else None,
        run=version.run if version else None,
    )


def _those(one: str | None, all_of_them: list[str]) -> list[str]:
    return [one] if one is not None else list(all_of_them)

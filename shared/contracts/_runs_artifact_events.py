"""What runs announces of artifacts, once the change has committed.

Every body says where the artifact is by names and by ids: rules match the names that a person
wrote, and links survive a renaming by the ids.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from shared.contracts._kinds import Event, Message

CollectionKind = Literal["sequence", "portfolio"]
"""A sequence has the versions that were logged; a portfolio has links to such."""


class CollectionNews(Message):
    """Which collection the news is of; `project_id` is where it is, for rules of that project."""

    entity: str
    project: str
    project_id: str
    collection: str
    collection_id: str
    kind: CollectionKind
    type: str
    by: str
    """The user name of who did it; empty where Cordée itself did."""
    at: datetime


class ArtifactNews(CollectionNews):
    """Which version; `version` is `v3` where `version_index` is 3, both of this collection."""

    artifact_id: str
    version_index: int
    version: str
    aliases: list[str] = Field(default_factory=list)
    """All that the version has in this collection after the change, without `vN`."""
    tags: list[str] = Field(default_factory=list)
    run_id: str | None = None
    """Of the run that logged it."""
    run: str | None = None
    """That run's name (the last part of its path)."""


class ArtifactCommitted(ArtifactNews):
    """A new version can be read; aliases that came with it are told of one by one besides."""

    digest: str
    size: int


class ArtifactAliasAdded(ArtifactNews):
    """An alias now names this version; `moved_from` is the version that had it before."""

    alias: str
    moved_from: int | None = None


class ArtifactAliasRemoved(ArtifactNews):
    """An alias was taken away; one that moved to another version is told of there alone."""

    alias: str


class ArtifactTagAdded(ArtifactNews):
    """A version was given a tag."""

    tag: str


class ArtifactTagRemoved(ArtifactNews):
    """A version lost a tag."""

    tag: str


class ArtifactLinked(ArtifactNews):
    """A version can be found in a portfolio, whose place and version index the news gives."""

    source_entity: str
    source_project: str
    source_collection: str
    source_version: str


class ArtifactUnlinked(ArtifactNews):
    """A version is no longer in a portfolio; it stays where it was logged."""


class ArtifactDeleted(ArtifactNews):
    """A version is gone: `deleted`, `expired`, `run_deleted` or `collection_deleted`."""

    reason: str


class CollectionTagAdded(CollectionNews):
    """A collection was given a tag."""

    tag: str


class CollectionTagRemoved(CollectionNews):
    """A collection lost a tag."""

    tag: str


ARTIFACT_COMMITTED = Event("events.runs.artifact.committed", ArtifactCommitted)
ARTIFACT_ALIAS_ADDED = Event("events.runs.artifact.alias_added", ArtifactAliasAdded)
ARTIFACT_ALIAS_REMOVED = Event("events.runs.artifact.alias_removed", ArtifactAliasRemoved)
ARTIFACT_TAG_ADDED = Event("events.runs.artifact.tag_added", ArtifactTagAdded)
ARTIFACT_TAG_REMOVED = Event("events.runs.artifact.tag_removed", ArtifactTagRemoved)
ARTIFACT_LINKED = Event("events.runs.artifact.linked", ArtifactLinked)
ARTIFACT_UNLINKED = Event("events.runs.artifact.unlinked", ArtifactUnlinked)
ARTIFACT_DELETED = Event("events.runs.artifact.deleted", ArtifactDeleted)
COLLECTION_TAG_ADDED = Event("events.runs.collection.tag_added", CollectionTagAdded)
COLLECTION_TAG_REMOVED = Event("events.runs.collection.tag_removed", CollectionTagRemoved)

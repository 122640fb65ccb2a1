"""The news of what happened to artifacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.runs.domain.artifact import Artifact, Collection, Membership
from services.runs.domain.project import Project
from shared.contracts.identity import Caller
from shared.contracts.runs import (
    ARTIFACT_ALIAS_ADDED,
    ARTIFACT_ALIAS_REMOVED,
    ARTIFACT_COMMITTED,
    ARTIFACT_DELETED,
    ARTIFACT_LINKED,
    ARTIFACT_TAG_ADDED,
    ARTIFACT_TAG_REMOVED,
    ARTIFACT_UNLINKED,
    COLLECTION_TAG_ADDED,
    COLLECTION_TAG_REMOVED,
    ArtifactAliasAdded,
    ArtifactAliasRemoved,
    ArtifactCommitted,
    ArtifactDeleted,
    ArtifactLinked,
    ArtifactTagAdded,
    ArtifactTagRemoved,
    ArtifactUnlinked,
    CollectionTagAdded,
    CollectionTagRemoved,
)
from shared.kit.outbox import Announcement
from shared.messaging.bus import announcement


class Teller:
    """Tells of one collection, in the name of who did it."""

    def __init__(self, collection: Collection, project: Project, by: str, at: datetime) -> None:
        self._collection = {
            "entity": project.entity,
            "project": project.name,
            "project_id": project.id,
            "collection": collection.name,
            "collection_id": collection.id,
            "kind": collection.kind,
            "type": collection.type,
            "by": by,
            "at": at,
        }

    def committed(
        self, artifact: Artifact, place: Membership, moved: Mapping[str, int | None]
    ) -> list[Announcement]:
        """A new version, its aliases and its tags."""
        body = self._body(artifact, place)
        told = ArtifactCommitted(**body, digest=artifact.digest, size=artifact.size)
        return [
            announcement(ARTIFACT_COMMITTED, told),
            *self.aliases_changed(artifact, place, moved, ()),
            *self.tags_changed(artifact, place, artifact.tags, ()),
        ]

    def aliases_changed(
        self,
        artifact: Artifact,
        place: Membership,
        added: Mapping[str, int | None],
        removed: Sequence[str],
    ) -> list[Announcement]:
        """One for each alias."""
        body = self._body(artifact, place)
        return [
            announcement(
                ARTIFACT_ALIAS_ADDED, ArtifactAliasAdded(**body, alias=alias, moved_from=before)
            )
            for alias, before in added.items()
        ] + [
            announcement(ARTIFACT_ALIAS_REMOVED, ArtifactAliasRemoved(**body, alias=alias))
            for alias in removed
        ]

    def tags_changed(
        self,
        artifact: Artifact,
        place: Membership,
        added: Sequence[str],
        removed: Sequence[str],
    ) -> list[Announcement]:
        """One for each tag."""
        body = self._body(artifact, place)
        return [
            announcement(ARTIFACT_TAG_ADDED, ArtifactTagAdded(**body, tag=tag)) for tag in added
        ] + [
            announcement(ARTIFACT_TAG_REMOVED, ArtifactTagRemoved(**body, tag=tag))
            for tag in removed
        ]

    def linked(
        self, artifact: Artifact, place: Membership, source: tuple[Project, Collection]
    ) -> Announcement:
        """A version can be found in this portfolio."""
        project, collection = source
        return announcement(
            ARTIFACT_LINKED,
            ArtifactLinked(
                **self._body(artifact, place),
                source_entity=project.entity,
                source_project=project.name,
                source_collection=collection.name,
                source_version=f"v{artifact.version_index}",
            ),
        )

    def unlinked(self, artifact: Artifact, place: Membership) -> Announcement:
        """It no longer can."""
        return announcement(ARTIFACT_UNLINKED, ArtifactUnlinked(**self._body(artifact, place)))

    def deleted(self, artifact: Artifact, place: Membership, reason: str) -> Announcement:
        """A version is gone."""
        body = self._body(artifact, place)
        return announcement(ARTIFACT_DELETED, ArtifactDeleted(**body, reason=reason))

    def collection_tags(self, added: Sequence[str], removed: Sequence[str]) -> list[Announcement]:
        """Tags of the collection itself."""
        return [
            announcement(COLLECTION_TAG_ADDED, CollectionTagAdded(**self._collection, tag=tag))
            for tag in added
        ] + [
            announcement(COLLECTION_TAG_REMOVED, CollectionTagRemoved(**self._collection, tag=tag))
            for tag in removed
        ]

    def _body(self, artifact: Artifact, place: Membership) -> dict[str, Any]:
        return {
            **self._collection,
            "artifact_id": artifact.id,
            "version_index": place.version_index,
            "version": f"v{place.version_index}",
            "aliases": place.aliases,
            "tags": artifact.tags,
            "run_id": artifact.run_id,
            "run": artifact.run_name,
        }


def expired(
    artifact: Artifact, place: Membership, collection: Collection, project: Project, at: datetime
) -> list[Announcement]:
    """Its time to live has ended; nobody did it."""
    return [Teller(collection, project, "", at).deleted(artifact, place, "expired")]


def left_with_its_run(
    artifact: Artifact, place: Membership, collection: Collection, project: Project, at: datetime
) -> list[Announcement]:
    """The run that logged it was deleted, and it was to go along."""
    return [Teller(collection, project, "", at).deleted(artifact, place, "run_deleted")]


def teller_for(collection: Collection, project: Project, caller: Caller, at: datetime) -> Teller:
    """In the name of the caller, or of whom they act for."""
    return Teller(collection, project, caller.acting_for or caller.username, at)

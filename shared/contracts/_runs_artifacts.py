"""Artifacts: how one is logged, what it looks like, how it is changed and deleted."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from shared.contracts._kinds import Call, Message, Nothing, Whole
from shared.contracts._runs_collections import CollectionView
from shared.contracts._runs_runs import RunPath

ManifestType = Literal["FULL", "PATCH", "INCREMENTAL"]


class MembershipView(Message):
    """A version's place in a collection: its own sequence, or a portfolio that links to it."""

    id: str
    collection: CollectionView
    version_index: int
    aliases: list[str]
    created_at: datetime


class ArtifactView(Message):
    """A version as the caller may see it. `version_index` is None until it is committed.

    `memberships` are those that the caller may see, its own sequence first.
    """

    id: str
    sequence: CollectionView
    type: str
    state: str
    version_index: int | None = None
    digest: str
    size: int = 0
    file_count: int = 0
    description: str | None = None
    metadata: str | None = None
    tags: list[str] = Field(default_factory=list)
    ttl_seconds: int | None = None
    """What was asked for: None inherits, zero never expires."""
    ttl_effective_seconds: int | None = None
    expires_at: datetime | None = None
    history_step: int | None = None
    created_by: str | None = None
    created_at: datetime
    updated_at: datetime
    memberships: list[MembershipView] = Field(default_factory=list)


class CreateArtifact(Message):
    """Begin a version (wire-protocol §7.3), or find the one that has the same digest already."""

    entity: str
    project: str
    run: str | None = None
    type: str
    collection: str
    digest: str
    aliases: list[str] = Field(default_factory=list)
    tags: list[str] = Field(default_factory=list)
    description: str | None = None
    metadata: str | None = None
    ttl_seconds: int | None = None
    history_step: Whole | None = None
    dedupe: bool = True
    client_id: str | None = None
    sequence_client_id: str | None = None
    distributed_id: str | None = None


class CreatedArtifact(Message):
    """`latest_id` is the last committed version of the sequence."""

    artifact: ArtifactView
    latest_id: str | None = None
    latest_index: int | None = None


class CreateManifest(Message):
    """Announce a manifest; with a digest (base64 MD5 of its bytes) it will be uploaded."""

    artifact_id: str
    name: str
    type: ManifestType = "FULL"
    digest: str = ""
    base_artifact_id: str | None = None


class UpdateManifest(Message):
    """The digest of a manifest that was announced without one."""

    manifest_id: str
    digest: str | None = None
    base_artifact_id: str | None = None


class ManifestView(Message):
    """Where the bytes of a manifest go; `md5` is base64."""

    id: str
    name: str
    blob: str
    md5: str


class Part(Message):
    """A part of a large file; they count from 1. `md5` is hexadecimal, or the store's ETag."""

    number: int
    md5: str


class AnnouncedFile(Message):
    """A file of a version that is being logged, in parts if it is large; `md5` is base64."""

    name: str
    md5: str
    parts: list[Part] = Field(default_factory=list)


class CreateArtifactFiles(Message):
    """Announce files of one or more pending versions; the answer is in the same order."""

    artifact_ids: list[str]
    files: list[AnnouncedFile]
    """As many as `artifact_ids`: which version each file is for."""


class UploadView(Message):
    """`blob` is where the bytes go; None means that they are there already.

    With an `upload_id` they go there in the parts that were announced.
    """

    name: str
    md5: str
    blob: str | None = None
    birth_artifact_id: str
    upload_id: str | None = None


class Uploads(Message):
    """One per announced file, in order."""

    items: list[UploadView]


class CompleteUpload(Message):
    """Put the parts of a large file together, each by the ETag that the store gave it; or `abort`.

    Repeating it is harmless, and needed where there is more to put together than one answer waits.
    """

    artifact_id: str
    blob: str
    upload_id: str
    parts: list[Part] = Field(default_factory=list)
    abort: bool = False


class CommitArtifact(Message):
    """Check everything and make the version readable; repeating it is harmless."""

    artifact_id: str


class UseArtifact(Message):
    """A run takes a version as its input."""

    artifact_id: str
    path: RunPath
    used_as: str | None = None


class UpdateArtifact(Message):
    """Change what is given. `ttl_seconds`: -1 inherits, -2 never expires, else so many seconds."""

    artifact_id: str
    description: str | None = None
    metadata: str | None = None
    ttl_seconds: int | None = None
    tags_to_add: list[str] = Field(default_factory=list)
    tags_to_delete: list[str] = Field(default_factory=list)
    aliases: list[str] | None = None
    """Of its own sequence, all of them; None leaves them as they are."""


class AliasPlace(Message):
    """An alias in one collection."""

    entity: str
    project: str
    collection: str
    alias: str


class ChangeAliases(Message):
    """Give them to a version, taking them from the ones that have them; or take them away."""

    artifact_id: str
    add: list[AliasPlace] = Field(default_factory=list)
    delete: list[AliasPlace] = Field(default_factory=list)


class DeleteArtifact(Message):
    """Refused while it has aliases (`latest` is none), unless they are to go with it."""

    artifact_id: str
    delete_aliases: bool = False


class LinkArtifact(Message):
    """Put a version into a portfolio, which is made if it is absent."""

    artifact_id: str | None = None
    client_id: str | None = None
    entity: str
    project: str
    collection: str | None = None
    collection_id: str | None = None
    aliases: list[str] = Field(default_factory=list)


class UnlinkArtifact(Message):
    """Take it out of a portfolio."""

    artifact_id: str
    collection_id: str


CREATE_ARTIFACT = Call("runs.artifact.create", CreateArtifact, CreatedArtifact)
CREATE_MANIFEST = Call("runs.artifact_manifest.create", CreateManifest, ManifestView)
UPDATE_MANIFEST = Call("runs.artifact_manifest.update", UpdateManifest, ManifestView)
CREATE_ARTIFACT_FILES = Call("runs.artifact_file.create", CreateArtifactFiles, Uploads)
COMPLETE_UPLOAD = Call("runs.artifact_file.complete", CompleteUpload, Nothing)
COMMIT_ARTIFACT = Call("runs.artifact.commit", CommitArtifact, ArtifactView)
USE_ARTIFACT = Call("runs.artifact.use", UseArtifact, ArtifactView)
UPDATE_ARTIFACT = Call("runs.artifact.update", UpdateArtifact, ArtifactView)
CHANGE_ALIASES = Call("runs.artifact.change_aliases", ChangeAliases, Nothing)
DELETE_ARTIFACT = Call("runs.artifact.delete", DeleteArtifact, ArtifactView)
LINK_ARTIFACT = Call("runs.artifact.link", LinkArtifact, MembershipView)
UNLINK_ARTIFACT = Call("runs.artifact.unlink", UnlinkArtifact, Nothing)

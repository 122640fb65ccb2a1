"""Reading artifacts: by id and by name, their files, where they came from and who used them."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from shared.contracts._kinds import Call, Message
from shared.contracts._runs_artifacts import ArtifactView
from shared.contracts._runs_runs import RunPath, RunView

LONGEST_GRACE_S = 100 * 365 * 24 * 3600


class GetArtifact(Message):
    """By its id or by the id that the client gave it; hidden and absent are the same NotFound."""

    id: str | None = None
    client_id: str | None = None


class GetVersion(Message):
    """A version by an alias or `vN` in a collection of a project, or in the collection by id."""

    entity: str = ""
    project: str = ""
    collection: str = ""
    collection_id: str | None = None
    alias: str = "latest"


class VersionView(Message):
    """A version and the membership through which it was found (an index of `memberships`)."""

    artifact: ArtifactView
    membership_id: str


class ListVersions(Message):
    """Committed versions of a collection; `order` is the SDK's, such as `-createdAt`."""

    collection_id: str
    filters: str | None = None
    order: str | None = None
    limit: int = 50
    cursor: str | None = None


class VersionPage(Message):
    """`total` counts all that match."""

    items: list[VersionView]
    total: int
    next: str | None = None


class ListRunArtifacts(Message):
    """What a run logged (`output`) or used (`input`)."""

    path: RunPath
    inputs: bool = False
    limit: int = 50
    cursor: str | None = None


class ArtifactPage(Message):
    """`total` counts all that the caller may see."""

    items: list[ArtifactView]
    total: int
    next: str | None = None


class ReadLineage(Message):
    """Who logged a version and who used it."""

    artifact_id: str


class Lineage(Message):
    """Only runs that the caller may see."""

    logged_by: RunView | None = None
    created_by: str | None = None
    used_by: list[RunView] = Field(default_factory=list)


class ArtifactFileView(Message):
    """A file of a version; `md5` is base64. A reference has `ref` and no `blob`.

    `run_id` is empty: a signed link to the bytes is made as for a file of a run.
    """

    id: str
    artifact_id: str
    birth_artifact_id: str
    name: str
    blob: str = ""
    ref: str | None = None
    size: int = 0
    md5: str = ""
    mimetype: str | None = None
    updated_at: datetime | None = None
    run_id: str = ""


class ListArtifactFiles(Message):
    """Files of a committed version in the order of their paths, or those that are named.

    With `digests` (base64) those that have one of them, whatever they are called.
    """

    artifact_id: str
    names: list[str] = Field(default_factory=list)
    digests: list[str] = Field(default_factory=list)
    prefix: str | None = None
    limit: int = 50
    cursor: str | None = None


class ArtifactFiles(Message):
    """`total` is the number of files of the whole version."""

    items: list[ArtifactFileView]
    total: int
    next: str | None = None


class GetManifest(Message):
    """Of a committed version."""

    artifact_id: str


class ManifestFile(Message):
    """Where the bytes of the manifest are."""

    artifact_id: str
    blob: str


class CollectGarbage(Message):
    """Delete bytes that no version refers to; for administrators of the instance.

    Nothing that was touched within `grace_seconds` goes. A dry run only counts.
    """

    dry_run: bool = False
    grace_seconds: float = Field(default=24 * 3600.0, ge=0, le=LONGEST_GRACE_S)


class Garbage(Message):
    """What was, or would be, deleted."""

    blobs: int
    bytes: int
    pending: int
    """Versions that were begun and never committed."""
    orphans: int
    """Objects in the blob store that nothing in the database knows."""


GET_ARTIFACT = Call("runs.artifact.get", GetArtifact, ArtifactView)
GET_VERSION = Call("runs.artifact.version", GetVersion, VersionView)
LIST_VERSIONS = Call("runs.artifact.list", ListVersions, VersionPage)
LIST_RUN_ARTIFACTS = Call("runs.artifact.of_run", ListRunArtifacts, ArtifactPage)
READ_LINEAGE = Call("runs.artifact.lineage", ReadLineage, Lineage)
LIST_ARTIFACT_FILES = Call("runs.artifact_file.list", ListArtifactFiles, ArtifactFiles)
GET_MANIFEST = Call("runs.artifact_manifest.get", GetManifest, ManifestFile)
COLLECT_GARBAGE = Call("runs.artifact.collect_garbage", CollectGarbage, Garbage)

"""What the runs service needs from outside for artifacts: where versions and bytes are kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from services.runs.domain.artifact import Artifact, Collection, Membership, Policy
from services.runs.domain.filters import Node
from services.runs.ports import Moves, Projects, Runs

News = Sequence[Any]
"""Announcements that commit with a change."""
Tell = Callable[..., News]
"""Makes the news once the change knows what it changed."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest that a client announced; `md5` is base64 and empty until it has one."""

    id: str
    artifact_id: str
    name: str
    type: str
    md5: str
    blob: str
    created_at: datetime
    base_artifact_id: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A file announced for a pending version: where its bytes go, unless they are there.

    `md5` is hexadecimal. A claim of somebody outside of the team is not `trusted`: it must be
    followed by the bytes, unless the project has them. With an `upload_id` the bytes come in parts,
    and are there once it is `whole`.
    """

    artifact_id: str
    md5: str
    blob: str
    part_md5s: tuple[str, ...] = ()
    upload_id: str | None = None
    trusted: bool = True
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes that some version has or had. `md5` is hexadecimal."""

    store: str
    md5: str
    key: str
    size: int
    birth_artifact_id: str


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """A file of a committed version, with where its bytes are; a reference has none.

    `digest` is the client's text, `md5` the same in hexadecimal.
    """

    artifact_id: str
    path: str
    digest: str
    md5: str | None
    size: int
    key: str | None
    ref: str | None
    birth_artifact_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CollectionQuery:
    """A page of a project's collections."""

    project_id: str
    type: str | None = None
    kinds: Sequence[str] = ()
    names: Node | None = None
    descending: bool = True
    limit: int = 50
    after: str | None = None


@dataclass(frozen=True, slots=True)
class ArtifactType:
    """A type that was used in a project."""

    id: str
    project_id: str
    name: str
    created_at: datetime
    description: str | None = None


class Collections(Protocol):
    """Collections, their types, and which version has which place in them."""

    async def get(self, collection_id: str) -> Collection:
        """Raises NotFound, for a deleted one too."""

    async def find(self, project_id: str, name: str) -> Collection | None:
        """None where there is none."""

    async def ensure(self, wanted: Collection) -> Collection:
        """The one of that name, made if it is absent."""

    async def load(self, ids: Sequence[str]) -> Mapping[str, Collection]:
        """Many at once, deleted ones too."""

    async def list(self, query: CollectionQuery) -> tuple[Sequence[Collection], str | None, int]:
        """A page, its cursor, and how many there are."""

    async def types(
        self, project_id: str, name: str | None, limit: int, after: str | None
    ) -> tuple[Sequence[ArtifactType], str | None]:
        """By name."""

    async def save(self, collection: Collection, news: News) -> None:
        """Name, description, type and tags; Conflict where the name is taken."""

    async def policy(self, project_id: str) -> Policy:
        """Empty where none was set."""

    async def set_policy(self, project_id: str, policy: Policy) -> None:
        """Replace it."""


class Memberships(Protocol):
    """Places of versions in collections."""

    async def find(self, collection_id: str, alias: str) -> Membership | None:
        """By alias or `vN`; None where there is none."""

    async def latest(self, collection_id: str) -> Membership | None:
        """The one with the highest index."""

    async def of(self, artifact_ids: Sequence[str]) -> Mapping[str, Sequence[Membership]]:
        """All places of each, oldest first."""

    async def list(
        self, collection_id: str, *, descending: bool, limit: int, after: str | None
    ) -> tuple[Sequence[Membership], str | None, int]:
        """Versions of a collection by index, the cursor, and how many there are."""

    async def aliases(self, collection_id: str) -> Sequence[str]:
        """All, in alphabetical order."""

    async def change_aliases(
        self, place: Membership, add: Sequence[str], delete: Sequence[str], tell: Tell
    ) -> None:
        """Move the ones to it and take the others away; `tell(place, added, removed)` is news.

        `added` maps each new alias to the version index that had it before, or None.
        """

    async def link(
        self, collection: Collection, artifact: Artifact, aliases: Sequence[str], tell: Tell
    ) -> Membership:
        """The next version of a portfolio, or the one that it is already."""

    async def unlink(self, place: Membership, news: News) -> None:
        """Take it out; unknown is fine."""


class Artifacts(Protocol):
    """Versions, pending and committed, their manifests and announced files."""

    async def get(self, artifact_id: str) -> Artifact:
        """Raises NotFound; a deleted one is returned."""

    async def by_client_id(self, client_id: str) -> Artifact | None:
        """None where no client used that id."""

    async def pending(self, collection_id: str, distributed_id: str) -> Artifact | None:
        """The version that several processes are making together."""

    async def same(self, collection_id: str, digest: str) -> Artifact | None:
        """The newest committed version with that digest."""

    async def load(self, ids: Sequence[str]) -> Mapping[str, Artifact]:
        """Many at once, without deleted ones."""

    async def create(self, artifact: Artifact) -> Artifact:
        """If another request with the same client id was first, the one that it made."""

    async def know_as(self, artifact_id: str, client_id: str) -> None:
        """Remember another client's id for it."""

    async def change(self, artifact: Artifact, fields: Sequence[str], news: News) -> None:
        """Write the named fields."""

    async def add_manifest(self, manifest: Manifest) -> None:
        """A full one replaces the earlier."""

    async def manifest(self, manifest_id: str) -> Manifest:
        """Raises NotFound."""

    async def put_manifest(self, manifest: Manifest) -> None:
        """Its digest has become known."""

    async def use(self, artifact_id: str, run_id: str, kind: str, at: datetime) -> None:
        """Remember it as an input or output of a run."""

    async def uses(self, artifact_id: str, kind: str) -> Sequence[str]:
        """Ids of runs, the first first."""

    async def of_run(
        self, run_id: str, kind: str, limit: int, after: str | None
    ) -> tuple[Sequence[str], str | None, int]:
        """Ids of artifacts in the order in which they were logged or used."""


class Entries(Protocol):
    """Files of versions and the bytes that teams have."""

    async def claim(self, store: str, claims: Sequence[Claim], at: datetime) -> Sequence[Claim]:
        """Remember what is announced; for what was announced before, what was said then."""

    async def stored(self, store: str, md5s: Sequence[str]) -> Mapping[str, Blob]:
        """Those of the bytes that are there to stay."""

    async def shared(self, project_id: str, store: str, md5s: Sequence[str]) -> frozenset[str]:
        """Which of them some version of the project has."""

    async def list(
        self,
        artifact_id: str,
        *,
        names: Sequence[str] = (),
        digests: Sequence[str] = (),
        prefix: str | None = None,
        limit: int = 2_000,
        after: str | None = None,
    ) -> tuple[Sequence[StoredEntry], str | None]:
        """By path."""


class FormerNames(Protocol):
    """Where versions are that were known by other names."""

    async def redirect(self, collection_id: str, version_index: int) -> str | None:
        """The id of the version that used to be this one of a sequence."""

    async def copies_known_as(self, client_id: str) -> Sequence[Artifact]:
        """Copies of a version that a client called so."""


class Archive(Protocol):
    """What needs the bytes themselves."""

    def new_key(self, store: str, md5: str) -> str:
        """Where bytes that nobody has yet are to go."""

    async def commit(self, artifact: Artifact, tell: Tell, reads: Callable[..., Any]) -> Artifact:
        """Check manifest and files, then make the version readable; `tell` as for a change."""

    async def delete(self, artifacts: Sequence[Artifact], news: News) -> None:
        """No longer readable, whoever has linked to them; their bytes go when nobody needs them."""

    async def delete_collection(
        self, collection: Collection, artifacts: Sequence[Artifact], news: News
    ) -> None:
        """Its name is free again; of a sequence the versions go too."""

    async def begin_parts(self, claim: Claim, part_md5s: Sequence[str]) -> Claim:
        """With an upload to put parts into, unless the store takes none or the whole is there."""

    async def complete(
        self, artifact: Artifact, blob: str, upload: str, parts: Sequence[tuple[int, str]]
    ) -> None:
        """Put the parts of a file together: numbers and ETags."""

    async def abandon(self, artifact: Artifact, blob: str, upload: str) -> None:
        """Forget the parts of a file."""

    async def collect(self, *, grace_seconds: float, dry_run: bool) -> Mapping[str, int]:
        """Delete bytes that nobody refers to."""


@dataclass(frozen=True, slots=True)
class Shelves:
    """Everything that a question about artifacts may need to look at."""

    projects: Projects
    runs: Runs
    moves: Moves
    collections: Collections
    memberships: Memberships
    artifacts: Artifacts
    entries: Entries
    archive: Archive
    former: FormerNames

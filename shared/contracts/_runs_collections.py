"""Collections of artifacts: sequences of versions and portfolios of links, their types and tags."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from shared.contracts._kinds import Call, Message
from shared.contracts._runs_artifact_events import CollectionKind
from shared.contracts._runs_projects import ProjectView
from shared.lifetimes import LONGEST_LIFE_S


class CollectionView(Message):
    """A collection as the caller may see it.

    `project` is None where the caller sees one of its versions through a link and not the project.
    """

    id: str
    name: str
    type: str
    kind: CollectionKind
    state: str
    project: ProjectView | None = None
    description: str | None = None
    tags: list[str] = Field(default_factory=list)
    versions: int = 0
    created_at: datetime
    updated_at: datetime


class ArtifactTypeView(Message):
    """A kind of artifact in a project: model, dataset or whatever its people say."""

    id: str
    project_id: str
    name: str
    description: str | None = None
    created_at: datetime


class ArtifactTypes(Message):
    """In the order of their names."""

    items: list[ArtifactTypeView]
    next: str | None = None


class ListArtifactTypes(Message):
    """Those of a project that the caller may read; `name` asks for one."""

    entity: str
    project: str
    name: str | None = None
    limit: int = 50
    cursor: str | None = None


class ListCollections(Message):
    """Collections of a project, of one type if it is named.

    `filters` is the SDK's JSON filter over name, type, state, tags and times.
    """

    entity: str
    project: str
    type: str | None = None
    kinds: list[CollectionKind] = Field(default_factory=list)
    filters: str | None = None
    order: str | None = None
    limit: int = 50
    cursor: str | None = None


class CollectionPage(Message):
    """`total` counts all that match, not those of the page."""

    items: list[CollectionView]
    total: int
    next: str | None = None


class GetCollection(Message):
    """By id, or by its name in a project (and of a type, if one is given)."""

    id: str | None = None
    entity: str = ""
    project: str = ""
    name: str = ""
    type: str | None = None


class ListCollectionAliases(Message):
    """Which aliases a collection has now."""

    id: str
    limit: int = 1_000
    cursor: str | None = None


class CollectionAliases(Message):
    """In alphabetical order."""

    items: list[str]
    next: str | None = None


class UpdateCollection(Message):
    """Change what is given: None leaves a thing as it is."""

    id: str | None = None
    entity: str = ""
    project: str = ""
    collection: str = ""
    name: str | None = None
    description: str | None = None
    type: str | None = None
    tags_to_add: list[str] = Field(default_factory=list)
    tags_to_delete: list[str] = Field(default_factory=list)


class DeleteCollection(Message):
    """With all its versions; links to them go too."""

    id: str


class ArtifactPolicy(Message):
    """What holds for the artifacts of a project."""

    protected_aliases: list[str] = Field(default_factory=list)
    """Only those who manage the project may set, move or take them away."""
    default_ttl_seconds: int | None = Field(default=None, ge=1, le=LONGEST_LIFE_S)
    """For versions that were logged without a time to live of their own."""
    types: list[str] = Field(default_factory=list)
    """Which types may be linked there; none named allows every one."""


class GetArtifactPolicy(Message):
    """Of one project."""

    entity: str
    project: str


class SetArtifactPolicy(Message):
    """The whole of it; for those who manage the project."""

    entity: str
    project: str
    policy: ArtifactPolicy


LIST_ARTIFACT_TYPES = Call("runs.artifact_type.list", ListArtifactTypes, ArtifactTypes)
LIST_COLLECTIONS = Call("runs.collection.list", ListCollections, CollectionPage)
GET_COLLECTION = Call("runs.collection.get", GetCollection, CollectionView)
LIST_COLLECTION_ALIASES = Call("runs.collection.aliases", ListCollectionAliases, CollectionAliases)
UPDATE_COLLECTION = Call("runs.collection.update", UpdateCollection, CollectionView)
DELETE_COLLECTION = Call("runs.collection.delete", DeleteCollection, CollectionView)
GET_ARTIFACT_POLICY = Call("runs.artifact_policy.get", GetArtifactPolicy, ArtifactPolicy)
SET_ARTIFACT_POLICY = Call("runs.artifact_policy.set", SetArtifactPolicy, ArtifactPolicy)

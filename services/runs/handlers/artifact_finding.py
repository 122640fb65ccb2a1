"""From an id or a name to the version that the caller may see, and how it looks to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.runs.artifact_ports import Shelves
from services.runs.domain.access import require
from services.runs.domain.artifact import Artifact, Collection, Membership, Policy, State
from services.runs.domain.project import Project
from services.runs.handlers.projects import project_view
from shared.contracts.identity import Caller
from shared.contracts.runs import ArtifactView, CollectionView, MembershipView
from shared.errors import Forbidden, NotFound
from shared.permissions import Action, may


@dataclass(frozen=True, slots=True)
class Seen:
    """What belongs to some versions, loaded at once, as far as the caller may see it."""

    places: Mapping[str, Sequence[Membership]]
    collections: Mapping[str, Collection]
    projects: Mapping[str, Project]
    policies: Mapping[str, Policy]

    def project_of(self, collection_id: str) -> Project | None:
        """None where it is hidden from the caller."""
        collection = self.collections.get(collection_id)
        return self.projects.get(collection.project_id) if collection else None


async def look(shelves: Shelves, caller: Caller, artifacts: Sequence[Artifact]) -> Seen:
    """Places, collections and projects of some versions."""
    places = await shelves.memberships.of([artifact.id for artifact in artifacts])
    ids = {artifact.collection_id for artifact in artifacts}
    ids |= {place.collection_id for some in places.values() for place in some}
    collections = await shelves.collections.load(sorted(ids))
    project_ids = {collection.project_id for collection in collections.values()}
    found = [await shelves.projects.get(project_id) for project_id in sorted(project_ids)]
    projects = {one.id: one for one in found if may(caller, Action.READ, one)}
    policies = {
        project_id: await shelves.collections.policy(project_id)
        for project_id in sorted({artifact.project_id for artifact in artifacts})
    }
    return Seen(places, collections, projects, policies)


def readable(artifact: Artifact, seen: Seen) -> bool:
    """In a project of the caller's, or linked to from one."""
    if artifact.state is State.DELETED:
        return False
    ids = [artifact.collection_id, *(place.collection_id for place in _places(artifact, seen))]
    return any(seen.project_of(collection_id) is not None for collection_id in ids)


async def find_artifact(
    shelves: Shelves, caller: Caller, artifact_id: str, action: Action = Action.READ
) -> tuple[Artifact, Seen]:
    """Raises NotFound for hidden, deleted and absent alike, Forbidden for seen but not allowed."""
    artifact = await shelves.artifacts.get(artifact_id)
    seen = await look(shelves, caller, [artifact])
    if not readable(artifact, seen):
        home = await shelves.projects.get(artifact.project_id)
        if action is Action.READ or artifact.state is State.DELETED:
            raise NotFound("No such artifact.")
        _require_here(caller, action, home)
        return artifact, seen
    if action is not Action.READ:
        home = await shelves.projects.get(artifact.project_id)
        if home.id not in seen.projects:
            raise Forbidden("permission denied: you may only read this artifact.")
        require(caller, action, home)
    return artifact, seen


def _require_here(caller: Caller, action: Action, home: Project) -> None:
    """A key that may only write does not see what it writes; all others it does not exist for."""
    if not may(caller, action, home):
        raise NotFound("No such artifact.")


async def require_alias_rights(
    shelves: Shelves, caller: Caller, project: Project, aliases: Iterable[str]
) -> None:
    """Protected aliases are for those who manage the project."""
    policy = await shelves.collections.policy(project.id)
    kept = sorted(policy.protected & set(aliases))
    if kept and not may(caller, Action.MANAGE, project):
        raise Forbidden(
            f"permission denied: alias {kept[0]} is protected in {project.entity}/{project.name}."
        )


def artifact_view(artifact: Artifact, seen: Seen, caller: Caller) -> ArtifactView:
    """As the caller may see it."""
    collection = seen.collections[artifact.collection_id]
    policy = seen.policies.get(artifact.project_id, Policy())
    default = policy.default_ttl
    return ArtifactView(
        id=artifact.id,
        sequence=collection_view(collection, seen.project_of(collection.id), caller),
        type=collection.type,
        state=artifact.state,
        version_index=artifact.version_index,
        digest=artifact.digest,
        size=artifact.size,
        file_count=artifact.file_count,
        description=artifact.description,
        metadata=artifact.metadata,
        tags=artifact.tags,
        ttl_seconds=artifact.ttl,
        ttl_effective_seconds=(default if artifact.ttl is None else artifact.ttl) or None,
        expires_at=artifact.expires_at(default),
        history_step=artifact.history_step,
        created_by=artifact.created_by,
        created_at=artifact.created_at,
        updated_at=artifact.updated_at,
        memberships=[
            membership_view(place, seen, caller)
            for place in _places(artifact, seen)
            if seen.project_of(place.collection_id) is not None
        ],
    )


def membership_view(place: Membership, seen: Seen, caller: Caller) -> MembershipView:
    """A version's place in a collection."""
    collection = seen.collections[place.collection_id]
    return MembershipView(
        id=place.id,
        collection=collection_view(collection, seen.project_of(collection.id), caller),
        version_index=place.version_index,
        aliases=place.aliases,
        created_at=place.created_at,
    )


def collection_view(
    collection: Collection, project: Project | None, caller: Caller
) -> CollectionView:
    """As the caller may see it; of a hidden project it does not say which."""
    return CollectionView(
        id=collection.id,
        name=collection.name,
        type=collection.type,
        kind="sequence" if collection.kind == "sequence" else "portfolio",
        state="DELETED" if collection.deleted else "READY",
        project=project_view(project, caller) if project else None,
        description=collection.description,
        tags=collection.tags,
        versions=collection.next_index,
        created_at=collection.created_at,
        updated_at=collection.updated_at,
    )


def _places(artifact: Artifact, seen: Seen) -> list[Membership]:
    """Its own sequence first."""
    places = seen.places.get(artifact.id, ())
    return sorted(places, key=lambda place: place.collection_id != artifact.collection_id)

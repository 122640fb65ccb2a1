"""Collections of artifacts: find, list, change, delete; types and what a project decided."""

from __future__ import annotations

from faststream.nats import NatsRouter

from services.runs.artifact_ports import CollectionQuery, Shelves
from services.runs.dependencies import PatternGate, TheAudit, TheClock, TheHolds, TheShelves
from services.runs.domain import artifact as rules
from services.runs.domain import filters
from services.runs.domain.access import require
from services.runs.domain.artifact import Collection, Policy
from services.runs.domain.project import Project
from services.runs.handlers.artifact_deleting import delete_versions
from services.runs.handlers.artifact_finding import collection_view
from services.runs.handlers.artifact_news import teller_for
from services.runs.handlers.finding import find_project
from shared.contracts.identity import Caller
from shared.contracts.runs import (
    DELETE_COLLECTION,
    GET_ARTIFACT_POLICY,
    GET_COLLECTION,
    LIST_ARTIFACT_TYPES,
    LIST_COLLECTION_ALIASES,
    LIST_COLLECTIONS,
    SET_ARTIFACT_POLICY,
    UPDATE_COLLECTION,
    ArtifactPolicy,
    ArtifactTypes,
    ArtifactTypeView,
    CollectionAliases,
    CollectionPage,
    CollectionView,
    DeleteCollection,
    GetArtifactPolicy,
    GetCollection,
    ListArtifactTypes,
    ListCollectionAliases,
    ListCollections,
    SetArtifactPolicy,
    UpdateCollection,
)
from shared.errors import Invalid, NotFound
from shared.messaging.answering import TheCaller, serve
from shared.permissions import Action, sees

router = NatsRouter()

MOST = 1_000
LONGEST_DESCRIPTION = 100_000


@serve(router, LIST_ARTIFACT_TYPES)
async def list_artifact_types(
    ask: ListArtifactTypes, caller: TheCaller, shelves: TheShelves
) -> ArtifactTypes:
    """By name."""
    project = await find_project(shelves.projects, caller, ask.entity, ask.project)
    limit = max(1, min(ask.limit, MOST))
    found, following = await shelves.collections.types(project.id, ask.name, limit, ask.cursor)
    return ArtifactTypes(
        items=[ArtifactTypeView.model_validate(one) for one in found], next=following
    )


@serve(router, LIST_COLLECTIONS)
async def list_collections(
    ask: ListCollections, caller: TheCaller, shelves: TheShelves, accept_pattern: PatternGate
) -> CollectionPage:
    """Newest first; `createdAt` is what they can be ordered by."""
    project = await find_project(shelves.projects, caller, ask.entity, ask.project)
    where = filters.parse(ask.filters, accept_pattern) if ask.filters else None
    query = CollectionQuery(
        project_id=project.id,
        type=ask.type,
        kinds=ask.kinds,
        names=where,
        descending=not (ask.order or "-").startswith("+"),
        limit=max(1, min(ask.limit, MOST)),
        after=ask.cursor,
    )
    found, following, total = await shelves.collections.list(query)
    return CollectionPage(
        items=[collection_view(one, project, caller) for one in found],
        total=total,
        next=following,
    )


@serve(router, GET_COLLECTION)
async def get_collection(
    ask: GetCollection, caller: TheCaller, shelves: TheShelves
) -> CollectionView:
    """By id or by name."""
    if ask.id is not None:
        collection, project = await _by_id(ask.id, caller, shelves)
    else:
        project = await find_project(shelves.projects, caller, ask.entity, ask.project)
        found = await shelves.collections.find(project.id, ask.name)
        if found is None or (ask.type is not None and found.type != ask.type):
            raise NotFound(f"artifact {ask.name} not found")
        collection = found
    return collection_view(collection, project, caller)


@serve(router, LIST_COLLECTION_ALIASES)
async def list_collection_aliases(
    ask: ListCollectionAliases, caller: TheCaller, shelves: TheShelves
) -> CollectionAliases:
    """In alphabetical order."""
    collection, _ = await _by_id(ask.id, caller, shelves)
    found = await shelves.memberships.aliases(collection.id)
    rest = [alias for alias in found if ask.cursor is None or alias > ask.cursor]
    page = rest[: max(1, ask.limit)]
    return CollectionAliases(items=page, next=page[-1] if len(rest) > len(page) else None)


@serve(router, UPDATE_COLLECTION)
async def update_collection(
    ask: UpdateCollection, caller: TheCaller, shelves: TheShelves, clock: TheClock
) -> CollectionView:
    """Name, description, type and tags."""
    if ask.id is not None:
        collection, project = await _by_id(ask.id, caller, shelves, Action.EDIT)
    else:
        project = await find_project(shelves.projects, caller, ask.entity, ask.project, Action.EDIT)
        found = await shelves.collections.find(project.id, ask.collection)
        if found is None:
            raise NotFound(f"artifact {ask.collection} not found")
        collection = found
    if ask.name is not None:
        collection.name = rules.checked_collection_name(ask.name)
    if ask.type is not None:
        collection.type = rules.checked_collection_name(ask.type, "type")
    if ask.description is not None:
        if len(ask.description) > LONGEST_DESCRIPTION:
            raise Invalid("description: is too long.", field="description")
        collection.description = ask.description
    added, removed = _retag(collection, ask)
    collection.updated_at = clock()
    teller = teller_for(collection, project, caller, collection.updated_at)
    await shelves.collections.save(collection, teller.collection_tags(added, removed))
    return collection_view(collection, project, caller)


@serve(router, DELETE_COLLECTION)
async def delete_collection(
    ask: DeleteCollection,
    caller: TheCaller,
    shelves: TheShelves,
    audit: TheAudit,
    holds: TheHolds,
    clock: TheClock,
) -> CollectionView:
    """With its versions, or, of a portfolio, its links."""
    collection, project = await _by_id(ask.id, caller, shelves, Action.DELETE)
    await holds.must_not_hold(project)
    await audit.record(
        caller,
        project.entity,
        "artifact.collection_deleted",
        f"{project.entity}/{project.name}/{collection.name}",
    )
    await delete_versions(collection, project, caller, shelves, clock)
    collection.deleted = True
    return collection_view(collection, project, caller)


@serve(router, GET_ARTIFACT_POLICY)
async def get_artifact_policy(
    ask: GetArtifactPolicy, caller: TheCaller, shelves: TheShelves
) -> ArtifactPolicy:
    """Whoever may read the project may know it."""
    project = await find_project(shelves.projects, caller, ask.entity, ask.project)
    return _shown(await shelves.collections.policy(project.id))


@serve(router, SET_ARTIFACT_POLICY)
async def set_artifact_policy(
    ask: SetArtifactPolicy, caller: TheCaller, shelves: TheShelves, audit: TheAudit
) -> ArtifactPolicy:
    """For those who manage the project."""
    project = await find_project(shelves.projects, caller, ask.entity, ask.project, Action.MANAGE)
    protected = frozenset(rules.checked_aliases(ask.policy.protected_aliases))
    types = [rules.checked_collection_name(one, "types") for one in ask.policy.types]
    policy = Policy(protected, ask.policy.default_ttl_seconds, frozenset(types))
    before = await shelves.collections.policy(project.id)
    await audit.record(
        caller,
        project.entity,
        "artifact.policy",
        f"{project.entity}/{project.name}",
        before=_shown(before).model_dump(),
        after=_shown(policy).model_dump(),
    )
    await shelves.collections.set_policy(project.id, policy)
    return _shown(policy)


async def _by_id(
    collection_id: str, caller: Caller, shelves: Shelves, action: Action = Action.READ
) -> tuple[Collection, Project]:
    collection = await shelves.collections.get(collection_id)
    project = await shelves.projects.get(collection.project_id)
    if not sees(caller, project):
        raise NotFound("No such collection.")
    return collection, require(caller, action, project)


def _retag(collection: Collection, ask: UpdateCollection) -> tuple[list[str], list[str]]:
    added = [tag for tag in rules.checked_tags(ask.tags_to_add) if tag not in collection.tags]
    removed = [tag for tag in ask.tags_to_delete if tag in collection.tags and tag not in added]
    collection.tags = [tag for tag in collection.tags if tag not in removed] + added
    return added, removed


def _shown(policy: Policy) -> ArtifactPolicy:
    return ArtifactPolicy(
        protected_aliases=sorted(policy.protected),
        default_ttl_seconds=policy.default_ttl,
        types=sorted(policy.types),
    )

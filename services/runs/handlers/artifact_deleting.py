"""Deleting versions and whole collections."""

from __future__ import annotations

from collections.abc import Iterable

from faststream.nats import NatsRouter

from services.runs.artifact_ports import Shelves
from services.runs.dependencies import TheAudit, TheClock, TheHolds, TheShelves
from services.runs.domain.artifact import LATEST, SEQUENCE, Collection, Membership, guarded
from services.runs.domain.project import Project
from services.runs.handlers.artifact_finding import artifact_view, find_artifact
from services.runs.handlers.artifact_news import teller_for
from shared.contracts.identity import Caller
from shared.contracts.runs import (
    COLLECT_GARBAGE,
    DELETE_ARTIFACT,
    ArtifactView,
    CollectGarbage,
    DeleteArtifact,
    Garbage,
)
from shared.errors import Conflict, Forbidden
from shared.kit.clock import Clock
from shared.messaging.answering import TheCaller, serve
from shared.permissions import Action, may

router = NatsRouter()

_BATCH = 500


@serve(router, DELETE_ARTIFACT)
async def delete_artifact(
    ask: DeleteArtifact,
    caller: TheCaller,
    shelves: TheShelves,
    audit: TheAudit,
    holds: TheHolds,
    clock: TheClock,
) -> ArtifactView:
    """Its bytes go later, when no other version has them."""
    artifact, seen = await find_artifact(shelves, caller, ask.artifact_id, Action.DELETE)
    project = await shelves.projects.get(artifact.project_id)
    await holds.must_not_hold(project)
    places = seen.places.get(artifact.id, ())
    own = [place for place in places if place.collection_id == artifact.collection_id]
    aliases = [alias for place in own for alias in place.aliases]
    named = sorted(set(aliases) - {LATEST})
    if named and not ask.delete_aliases:
        raise Conflict(
            f"The version has aliases ({', '.join(named)}); delete them first, or with it."
        )
    await _require_free(shelves, caller, places)
    await audit.record(
        caller,
        project.entity,
        "artifact.deleted",
        f"{project.entity}/{project.name}/{seen.collections[artifact.collection_id].name}",
        before={"version": artifact.version_index, "digest": artifact.digest},
    )
    sequence = seen.collections[artifact.collection_id]
    teller = teller_for(sequence, project, caller, clock())
    news = [teller.deleted(artifact, place, "deleted") for place in own]
    await shelves.archive.delete([artifact], news)
    return artifact_view(artifact, seen, caller)


@serve(router, COLLECT_GARBAGE)
async def collect_garbage(ask: CollectGarbage, caller: TheCaller, shelves: TheShelves) -> Garbage:
    """For administrators of the instance: it looks at everybody's bytes."""
    if not caller.admin:
        raise Forbidden("permission denied: only an administrator collects garbage.")
    found = await shelves.archive.collect(grace_seconds=ask.grace_seconds, dry_run=ask.dry_run)
    return Garbage(**found)


async def delete_versions(
    collection: Collection, project: Project, caller: Caller, shelves: Shelves, clock: Clock
) -> None:
    """Everything in a collection, and the collection."""
    teller = teller_for(collection, project, caller, clock())
    await _require_all_free(shelves, caller, collection)
    while True:
        places, following, _ = await shelves.memberships.list(
            collection.id, descending=False, limit=_BATCH, after=None
        )
        known = await shelves.artifacts.load([place.artifact_id for place in places])
        if collection.kind == "portfolio":
            news = [
                teller.unlinked(known[place.artifact_id], place)
                for place in places
                if place.artifact_id in known
            ]
            await shelves.archive.delete_collection(collection, [], news)
            return
        news = [
            teller.deleted(known[place.artifact_id], place, "collection_deleted")
            for place in places
            if place.artifact_id in known
        ]
        if following is None:
            await shelves.archive.delete_collection(collection, list(known.values()), news)
            return
        await shelves.archive.delete(list(known.values()), news)


async def _require_all_free(shelves: Shelves, caller: Caller, collection: Collection) -> None:
    """Of a sequence the versions go, with every link to them; of a portfolio its links alone."""
    after = None
    while True:
        places, after, _ = await shelves.memberships.list(
            collection.id, descending=False, limit=_BATCH, after=after
        )
        if collection.kind == SEQUENCE:
            everywhere = await shelves.memberships.of([place.artifact_id for place in places])
            places = [place for some in everywhere.values() for place in some]
        await _require_free(shelves, caller, places)
        if after is None:
            return


async def _require_free(shelves: Shelves, caller: Caller, places: Iterable[Membership]) -> None:
    """A version under a protected alias is in use: it is not deleted from behind.

    Also where the caller may not look; of such a project no more is said than that there is one.
    """
    mine = list(places)
    collections = await shelves.collections.load([place.collection_id for place in mine])
    homes = {one.id: one.project_id for one in collections.values()}
    policies = {one: await shelves.collections.policy(one) for one in sorted(set(homes.values()))}
    for project_id, alias in guarded(mine, homes, policies):
        project = await shelves.projects.get(project_id)
        if may(caller, Action.MANAGE, project):
            continue
        if not may(caller, Action.READ, project):
            raise Forbidden("permission denied: it is in use under a protected alias elsewhere.")
        raise Forbidden(
            f"permission denied: alias {alias} is protected in {project.entity}/{project.name}."
        )

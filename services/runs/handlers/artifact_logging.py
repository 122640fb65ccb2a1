"""Logging an artifact: begin a version, announce its files, commit it, use it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from faststream.nats import NatsRouter

from services.runs.artifact_ports import Shelves
from services.runs.dependencies import TheClock, TheShelves
from services.runs.domain import artifact as rules
from services.runs.domain.artifact import Artifact, Collection, State
from services.runs.domain.project import Project
from services.runs.domain.run import Run
from services.runs.handlers.artifact_finding import (
    artifact_view,
    find_artifact,
    look,
    readable,
    require_alias_rights,
)
from services.runs.handlers.artifact_news import teller_for
from services.runs.handlers.finding import find_project, find_run
from shared.contracts.identity import Caller
from shared.contracts.runs import (
    COMMIT_ARTIFACT,
    CREATE_ARTIFACT,
    USE_ARTIFACT,
    ArtifactView,
    CommitArtifact,
    CreateArtifact,
    CreatedArtifact,
    RunPath,
    UseArtifact,
)
from shared.errors import Conflict
from shared.kit.clock import Clock
from shared.kit.ids import new_id
from shared.messaging.answering import TheCaller, serve
from shared.permissions import Action

router = NatsRouter()


@serve(router, CREATE_ARTIFACT)
async def create_artifact(
    ask: CreateArtifact, caller: TheCaller, shelves: TheShelves, clock: TheClock
) -> CreatedArtifact:
    """A pending version; or a committed one of the same digest, which takes the aliases."""
    rules.checked_digest(ask.digest)
    aliases, tags = rules.checked_aliases(ask.aliases), rules.checked_tags(ask.tags)
    project, run = await _home(ask, caller, shelves)
    await require_alias_rights(shelves, caller, project, aliases)
    wanted = _collection(ask, project, clock())
    if ask.client_id is not None:
        known = await shelves.artifacts.by_client_id(ask.client_id)
        if known is not None:
            return await _told(_same_home(known, project), caller, shelves)
    sequence = await shelves.collections.ensure(wanted)
    if sequence.kind != rules.SEQUENCE:
        raise Conflict(f"artifact {sequence.name} is a portfolio; log under another name.")
    rules.same_type(sequence, ask.type)
    found = await _known(ask, sequence, shelves)
    if found is None:
        born = _artifact(ask, project, sequence, run, caller, clock())
        born.wanted, born.tags = aliases, tags
        return await _told(await shelves.artifacts.create(born), caller, shelves)
    if ask.client_id is not None:
        await shelves.artifacts.know_as(found.id, ask.client_id)
    if found.state is State.COMMITTED:
        await _logged_again(found, sequence, project, aliases, caller, shelves, clock)
        if run is not None:
            await shelves.artifacts.use(found.id, run.id, "output", clock())
    return await _told(found, caller, shelves)


@serve(router, COMMIT_ARTIFACT)
async def commit_artifact(
    ask: CommitArtifact, caller: TheCaller, shelves: TheShelves, clock: TheClock
) -> ArtifactView:
    """Answered when the version can be read under its name."""
    artifact, _ = await find_artifact(shelves, caller, ask.artifact_id, Action.LOG)
    project = await shelves.projects.get(artifact.project_id)
    sequence = await shelves.collections.get(artifact.collection_id)
    await require_alias_rights(shelves, caller, project, artifact.wanted)
    teller = teller_for(sequence, project, caller, clock())

    async def reads(source: Artifact) -> bool:
        return readable(source, await look(shelves, caller, [source]))

    committed = await shelves.archive.commit(artifact, teller.committed, reads)
    return artifact_view(committed, await look(shelves, caller, [committed]), caller)


@serve(router, USE_ARTIFACT)
async def use_artifact(
    ask: UseArtifact, caller: TheCaller, shelves: TheShelves, clock: TheClock
) -> ArtifactView:
    """An input of a run: both must be the caller's to see, and the run to write."""
    artifact, seen = await find_artifact(shelves, caller, ask.artifact_id)
    _, run = await find_run(
        shelves.projects, shelves.runs, shelves.moves, caller, ask.path, action=Action.LOG
    )
    await shelves.artifacts.use(artifact.id, run.id, "input", clock())
    return artifact_view(artifact, seen, caller)


async def _home(
    ask: CreateArtifact, caller: Caller, shelves: Shelves
) -> tuple[Project, Run | None]:
    """Where the run is by now; its project if the version is not any run's."""
    if not ask.run:
        found = await find_project(shelves.projects, caller, ask.entity, ask.project, Action.LOG)
        return found, None
    path = RunPath(entity=ask.entity, project=ask.project, run=ask.run)
    return await find_run(
        shelves.projects, shelves.runs, shelves.moves, caller, path, action=Action.LOG
    )


def _same_home(known: Artifact, project: Project) -> Artifact:
    if known.project_id != project.id:
        raise Conflict("clientID: is in use for another artifact.", field="clientID")
    return known


def _collection(ask: CreateArtifact, project: Project, at: datetime) -> Collection:
    return Collection(
        id=new_id(),
        project_id=project.id,
        name=rules.checked_collection_name(ask.collection, "artifactCollectionName"),
        type=rules.checked_collection_name(ask.type, "artifactTypeName"),
        kind=rules.SEQUENCE,
        created_at=at,
        updated_at=at,
        client_ids=[ask.sequence_client_id] if ask.sequence_client_id else [],
    )


def _artifact(
    ask: CreateArtifact,
    project: Project,
    sequence: Collection,
    run: Run | None,
    caller: Caller,
    at: datetime,
) -> Artifact:
    found = Artifact(
        id=new_id(),
        store=project.entity,
        project_id=project.id,
        collection_id=sequence.id,
        type=sequence.type,
        state=State.PENDING,
        digest=ask.digest,
        created_at=at,
        updated_at=at,
        description=ask.description,
        metadata=rules.checked_metadata(ask.metadata),
        history_step=ask.history_step,
        client_ids=[ask.client_id] if ask.client_id else [],
        distributed_id=ask.distributed_id,
        run_id=run.id if run else None,
        run_name=run.name if run else None,
        created_by=caller.acting_for or caller.username,
    )
    if ask.ttl_seconds is not None:
        found.limit_life(ask.ttl_seconds)
    return found


async def _known(ask: CreateArtifact, sequence: Collection, shelves: Shelves) -> Artifact | None:
    if ask.distributed_id:
        return await shelves.artifacts.pending(sequence.id, ask.distributed_id)
    return await shelves.artifacts.same(sequence.id, ask.digest) if ask.dedupe else None


async def _logged_again(
    found: Artifact,
    sequence: Collection,
    project: Project,
    aliases: Sequence[str],
    caller: Caller,
    shelves: Shelves,
    clock: Clock,
) -> None:
    """The same content: no new version, but the aliases go to this one."""
    place = await shelves.memberships.find(sequence.id, f"v{found.version_index}")
    if place is None:
        raise Conflict("The artifact was deleted meanwhile.")
    teller = teller_for(sequence, project, caller, clock())
    await shelves.memberships.change_aliases(
        place,
        aliases,
        [],
        lambda now, added, gone: teller.aliases_changed(found, now, added, gone),
    )


async def _told(found: Artifact, caller: Caller, shelves: Shelves) -> CreatedArtifact:
    latest = await shelves.memberships.latest(found.collection_id)
    return CreatedArtifact(
        artifact=artifact_view(found, await look(shelves, caller, [found]), caller),
        latest_id=latest.artifact_id if latest else None,
        latest_index=latest.version_index if latest else None,
    )

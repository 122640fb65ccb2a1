"""Artifacts follow the runs that logged them: to another project, and into another team's bytes.

A run has gone when this begins, so all of it can be done again after a crash: what has followed
already is no longer where it was, and a copy remembers what it is a copy of. What cannot follow
stays behind, and is told; the others go.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from services.runs.archive.sourcing import Sources
from services.runs.artifact_ports import Blob
from services.runs.domain.artifact import LATEST, Artifact, Collection, State, guarded
from services.runs.domain.project import Project
from services.runs.ports import Projects
from services.runs.repository.artifacts import MongoArtifacts
from services.runs.repository.collections import MongoCollections
from services.runs.repository.entries import MongoEntries, holder
from services.runs.repository.memberships import MongoMemberships
from services.runs.repository.relocations import MongoRelocations
from shared.errors import Conflict, Invalid, NotFound, Unavailable
from shared.kit import logs
from shared.kit.blobs import Blobs
from shared.kit.clock import Clock
from shared.kit.ids import new_id

log = logs.get(__name__)

Left = tuple[str, str]
"""The name of a run, and why something of it stayed behind."""
_STAYS = (Conflict, Invalid, NotFound)
"""What will be no better next time. Unavailable is not told: all of it is tried again."""
_TRIES = 5


async def _nothing() -> None:
    """For who has nothing to do between two of them."""


class ArtifactFollower:
    """What a moved or copied run takes along."""

    def __init__(
        self,
        relocations: MongoRelocations,
        collections: MongoCollections,
        artifacts: MongoArtifacts,
        entries: MongoEntries,
        memberships: MongoMemberships,
        sources: Sources,
        projects: Projects,
        blobs: Blobs,
        clock: Clock,
    ) -> None:
        self._relocations = relocations
        self._collections = collections
        self._artifacts = artifacts
        self._entries = entries
        self._memberships = memberships
        self._sources = sources
        self._projects = projects
        self._blobs = blobs
        self._clock = clock

    async def follow(
        self,
        run_ids: Sequence[str],
        source: str,
        target: str,
        *,
        freely: bool = True,
        between: Callable[[], Awaitable[None]] = _nothing,
    ) -> list[Left]:
        """What these runs logged in the one project goes to the other; answers what did not.

        In the order of its versions, whichever run logged each. Not `freely` is for who does not
        manage both: protected aliases stay where they are. `between` is called after each.
        """
        project, left = await self._projects.get(target), []
        found = [
            artifact
            for run_id in run_ids
            for artifact in await self._relocations.logged_by(run_id, source)
        ]
        for artifact in sorted(found, key=_order):
            try:
                await self._take_along(artifact, project, freely=freely)
            except _STAYS as error:
                left.append(await self._told(artifact, error))
            await between()
        return left

    async def _take_along(self, artifact: Artifact, project: Project, *, freely: bool) -> None:
        held_by = holder(artifact.id, project.entity)
        for _ in range(_TRIES):
            old = await self._home(artifact)
            if old.deleted:
                return
            barred: frozenset[str] = frozenset()
            if not freely:
                await self._require_free(artifact, old)
                barred = (await self._collections.policy(project.id)).protected - {LATEST}
            sequence = await self._sequence(old, project)
            await self._require_alone(artifact, sequence)
            try:
                blobs = await self._bring(artifact, project.entity, held_by)
            except NotFound:
                await self._entries.forget_claims(held_by)
                raise
            await self._relocations.rehome(artifact, project.id, project.entity, blobs)
            if await self._relocations.relocate(artifact, sequence, project.entity, barred):
                await self._entries.forget_claims(held_by)
                return
            # Committed meanwhile, or deleted, or gone already: what is written depends on it.
            now = await self._artifacts.get(artifact.id)
            if now.project_id != artifact.project_id or now.state is State.DELETED:
                await self._entries.forget_claims(held_by)
                return
            artifact = now
        raise Unavailable("An artifact changes all the time; it is moved later.")

    async def copy(self, run_id: str, copied_run_id: str, source: str, target: str) -> list[Left]:
        """Copies of what a run logged are its copy's; what it used the copy has used too."""
        project, left = await self._projects.get(target), []
        for original in await self._relocations.logged_by(run_id, source):
            if original.state is not State.COMMITTED:
                continue
            try:
                await self._copy(original, copied_run_id, project)
            except _STAYS as error:
                left.append(await self._told(original, error))
        for artifact_id in await self._relocations.inputs(run_id):
            await self._artifacts.use(artifact_id, copied_run_id, "input", self._clock())
        return left

    async def _copy(self, original: Artifact, copied_run_id: str, project: Project) -> None:
        """Pending until all of it is there, so that the collector knows of each part of it."""
        if original.manifest is None:
            raise NotFound("it has no manifest.")
        copy = await self._relocations.copied(original.id, copied_run_id)
        if copy is None:
            sequence = await self._sequence(await self._home(original), project)
            copy = await self._artifacts.create(
                _copy_of(original, copied_run_id, sequence, project, self._clock())
            )
        if copy.state is not State.PENDING or copy.manifest is None:
            return
        blobs = await self._bring(original, copy.store, copy.id)
        await self._blobs.copy(original.manifest, copy.manifest)
        await self._relocations.copy_files(original, copy, blobs)
        await self._relocations.publish(copy, original.updated_at, self._clock())
        await self._entries.forget_claims(copy.id)

    async def _bring(self, artifact: Artifact, store: str, held_by: str) -> Mapping[str, Blob]:
        """Bytes that the other team does not have yet are copied to it; nothing is shared."""
        if store == artifact.store and held_by == holder(artifact.id, store):
            return {}
        md5s = await self._relocations.md5s(artifact.id)
        blobs = await self._sources.bring_over(artifact, store, md5s, held_by)
        if artifact.state is State.COMMITTED and len(blobs) < len(md5s):
            raise NotFound("some of its bytes are not there.")
        return blobs

    async def _home(self, artifact: Artifact) -> Collection:
        known = await self._collections.load([artifact.collection_id])
        if artifact.collection_id not in known:
            raise NotFound("its collection is not there.")
        return known[artifact.collection_id]

    async def _require_free(self, artifact: Artifact, home: Collection) -> None:
        """The same rule as for a deletion, in the place that it would leave."""
        places = (await self._memberships.of([artifact.id])).get(artifact.id, ())
        policy = await self._collections.policy(home.project_id)
        policies = {home.project_id: replace(policy, protected=policy.protected - {LATEST})}
        for _, alias in guarded(places, {home.id: home.project_id}, policies):
            raise Conflict(f"alias {alias} is protected.")

    async def _require_alone(self, artifact: Artifact, sequence: Collection) -> None:
        """Of several processes that make one version some may have begun it there."""
        if artifact.state is not State.PENDING or artifact.distributed_id is None:
            return
        other = await self._artifacts.pending(sequence.id, artifact.distributed_id)
        if other is not None and other.id != artifact.id:
            raise Conflict("others make the same version there.")

    async def _told(self, artifact: Artifact, error: Exception) -> Left:
        known = await self._collections.load([artifact.collection_id])
        name = known[artifact.collection_id].name if known else artifact.id
        version = "" if artifact.version_index is None else f":v{artifact.version_index}"
        log.warning("artifact left behind", artifact=artifact.id, error=str(error))
        return artifact.run_name or "", f"Its artifact {name}{version} stayed: {error}"

    async def _sequence(self, old: Collection, project: Project) -> Collection:
        """Of the same name, unless that is another kind of thing there."""
        at, number = self._clock(), 1
        while True:
            suffix = "" if number == 1 else f"-{number}"
            wanted = replace(
                old,
                id=new_id(),
                project_id=project.id,
                name=old.name[: 128 - len(suffix)] + suffix,
                created_at=at,
                updated_at=at,
                next_index=0,
                deleted=False,
            )
            found = await self._collections.ensure(wanted)
            if found.kind == old.kind and found.type == old.type:
                return found
            number += 1


def _order(artifact: Artifact) -> tuple[bool, int, str]:
    """Versions by index, what is pending at the end."""
    index = artifact.version_index
    return index is None, index or 0, artifact.id


def _copy_of(
    original: Artifact, run_id: str, sequence: Collection, project: Project, at: datetime
) -> Artifact:
    copy_id = new_id()
    return replace(
        original,
        id=copy_id,
        store=project.entity,
        project_id=project.id,
        collection_id=sequence.id,
        type=sequence.type,
        state=State.PENDING,
        version_index=None,
        updated_at=at,
        run_id=run_id,
        client_ids=[],
        copied_ids=[*original.client_ids, *original.copied_ids],
        copied_from=original.id,
        distributed_id=None,
        wanted=[],
        manifest=f"artifacts/manifests/{copy_id}-{new_id()}",
    )

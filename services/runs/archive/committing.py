"""Committing: a manifest is checked against what was uploaded, then all becomes visible at once."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from weakref import WeakValueDictionary

from services.runs.archive.sourcing import Reads, Sources
from services.runs.artifact_ports import Blob, Manifest, StoredEntry, Tell
from services.runs.domain import manifest as manifests
from services.runs.domain.artifact import Artifact, State
from services.runs.domain.manifest import Entry
from services.runs.repository.artifacts import MongoArtifacts
from services.runs.repository.commits import MongoCommits
from services.runs.repository.entries import MongoEntries, holder
from shared.errors import Conflict, CordeeError, Invalid, NotFound, Unavailable
from shared.kit import logs
from shared.kit.blobs import Blobs
from shared.kit.clock import Clock
from shared.kit.ids import new_id, to_global

log = logs.get(__name__)

_BIG = 64 * 1024


class Committer:
    """One commit of a version at a time in this process; the database settles the rest."""

    def __init__(
        self,
        artifacts: MongoArtifacts,
        entries: MongoEntries,
        commits: MongoCommits,
        sources: Sources,
        blobs: Blobs,
        clock: Clock,
    ) -> None:
        self._artifacts = artifacts
        self._entries = entries
        self._commits = commits
        self._sources = sources
        self._blobs = blobs
        self._clock = clock
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def commit(self, artifact: Artifact, tell: Tell, reads: Reads) -> Artifact:
        """Check manifest and files, then make the version readable."""
        spent: set[str] = set()
        async with self._turn(artifact.id):
            try:
                committed = await self._commit(artifact.id, tell, reads, spent)
            except (Invalid, Unavailable):
                # Another process may have committed it, and tidied up, while this one looked.
                committed = await self._artifacts.get(artifact.id)
                if committed.state is not State.COMMITTED:
                    raise
            await self._tidy(committed, spent)
        return committed

    async def _commit(
        self, artifact_id: str, tell: Tell, reads: Reads, spent: set[str]
    ) -> Artifact:
        by = new_id()
        try:
            ready = await self._prepare(artifact_id, reads, by, spent)
            if ready.state is State.COMMITTED:
                return ready
            # Commits to one sequence take turns here, before they would meet in the database.
            async with self._turn(ready.collection_id):
                return await self._commits.commit(ready, self._clock(), tell, by)
        except CordeeError:
            await self._artifacts.release(artifact_id, by)
            raise

    async def _prepare(self, artifact_id: str, reads: Reads, by: str, spent: set[str]) -> Artifact:
        """Everything but the one transaction; done again it does no harm.

        `spent` learns the keys of uploads that are needed no longer once the version stands.
        """
        now = await self._artifacts.get(artifact_id)
        if now.state is State.COMMITTED:
            return now
        if now.state is State.DELETED:
            raise Conflict("The artifact was deleted meanwhile.")
        found = await self._manifest(now)
        entries = await self._sources.of(now, found, reads, spent)
        stored = _stored(now, entries, self._clock())

        async def hold() -> None:
            await self._artifacts.hold(now.id, by, self._clock())

        await self._entries.put(now.id, now.project_id, now.store, stored, by=by, hold=hold)
        await self._still_there(now, stored)
        await hold()
        now.size = sum(entry.size for entry, _ in entries.values())
        now.file_count = len(entries)
        now.manifest = f"artifacts/manifests/{now.id}-{new_id()}"
        served = await asyncio.to_thread(manifests.write, [entry for entry, _ in entries.values()])
        await self._blobs.put(now.manifest, served)
        return now

    async def _still_there(self, artifact: Artifact, stored: Sequence[StoredEntry]) -> None:
        """From here on the entries hold the bytes; what was collected just before comes again."""
        keys = {one.md5: one.key for one in stored if one.md5 is not None}
        held = await self._entries.stored(artifact.store, list(keys))
        if any(md5 not in held or held[md5].key != key for md5, key in keys.items()):
            raise Unavailable("Some of the bytes are being moved; try again.")

    async def _tidy(self, committed: Artifact, spent: set[str]) -> None:
        """Its entries stand for the claims now, and our manifest for the client's."""
        manifests_left = [one.blob for one in await self._artifacts.manifests(committed.id)]
        try:
            for key in [*spent, *manifests_left]:
                await self._blobs.delete(key)
        except Unavailable as error:  # it is committed all the same; the collector finds the rest
            log.warning("uploads left behind", artifact=committed.id, error=str(error))
        await self._artifacts.forget_manifests(committed.id)
        await self._entries.forget_claims(committed.id, holder(committed.id, committed.store))

    def _turn(self, name: str) -> asyncio.Lock:
        return self._locks.setdefault(name, asyncio.Lock())

    async def _manifest(self, artifact: Artifact) -> dict[str, Entry]:
        """All that was uploaded, put together; the version's digest must be that of it."""
        announced = await self._artifacts.manifests(artifact.id)
        full = [one for one in announced if one.type == "FULL"]
        parts = [one for one in announced if one.type != "FULL"]
        if not announced:
            raise Invalid("manifest: none was uploaded.", field="manifest")
        found: dict[str, Entry] = {}
        for one in full[-1:]:
            found |= await self._read(one)
        for one in parts:
            if one.type == "INCREMENTAL" and one.base_artifact_id and not found:
                found |= await self._entries_of(one.base_artifact_id, artifact)
            found |= await self._read(one)
        if parts:
            manifests.check_paths(found)
        digest = await asyncio.to_thread(manifests.digest, found)
        if not parts and digest != artifact.digest:
            raise Invalid("digest: is not that of the manifest.", field="digest")
        artifact.digest = digest
        return found

    async def _read(self, one: Manifest) -> dict[str, Entry]:
        try:
            size = await self._blobs.size(one.blob)
            if size > manifests.MOST_BYTES:
                raise Invalid("manifest: is too large.", field="manifest")
            data = await self._blobs.get(one.blob)
        except NotFound as error:
            raise Invalid("manifest: its bytes were not uploaded.", field="manifest") from error
        digest = hashlib.md5(data, usedforsecurity=False).digest()
        if base64.b64encode(digest).decode() != one.md5:
            raise Invalid("manifest: other bytes were uploaded than announced.", field="manifest")
        if len(data) < _BIG:
            return manifests.read(data)
        return await asyncio.to_thread(manifests.read, data)

    async def _entries_of(self, base_id: str, artifact: Artifact) -> dict[str, Entry]:
        """What an incremental version begins with; only an older one of its own sequence."""
        base = await self._artifacts.get(base_id)
        if base.collection_id != artifact.collection_id or base.state is not State.COMMITTED:
            raise Invalid("baseArtifactID: is no version of this artifact.", field="manifest")
        if base.manifest is None:
            raise Invalid("baseArtifactID: has no manifest.", field="manifest")
        return manifests.read(await self._blobs.get(base.manifest))


def _stored(
    artifact: Artifact, entries: Mapping[str, tuple[Entry, Blob | None]], at: datetime
) -> list[StoredEntry]:
    own = to_global("Artifact", artifact.id)
    return [
        StoredEntry(
            artifact_id=artifact.id,
            path=path,
            digest=entry.digest,
            md5=entry.md5 if entry.ref is None else None,
            size=entry.size,
            key=blob.key if blob else None,
            ref=entry.ref,
            birth_artifact_id=entry.birth_artifact_id or own,
            at=at,
        )
        for path, (entry, blob) in entries.items()
    ]

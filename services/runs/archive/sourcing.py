"""Where the bytes of a version's files are: uploaded for it, there already, or in another version.

Nothing is trusted that the client says of bytes: those that it announced must be there, of the
size that the manifest gives; those that it did not announce must belong to a version that it
names and may read.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence

from services.runs.artifact_ports import Blob, Claim
from services.runs.domain.artifact import Artifact, State
from services.runs.domain.manifest import Entry
from services.runs.repository.artifacts import MongoArtifacts
from services.runs.repository.entries import MongoEntries, holder
from shared.errors import Invalid, NotFound
from shared.kit.blobs import Blobs
from shared.kit.clock import Clock
from shared.kit.ids import from_global, new_id

Reads = Callable[[Artifact], Awaitable[bool]]
"""Whether the caller may read another version."""

_AT_ONCE = 32


class Sources:
    """Finds bytes, settles uploads, and brings bytes over from other teams."""

    def __init__(
        self, artifacts: MongoArtifacts, entries: MongoEntries, blobs: Blobs, clock: Clock
    ) -> None:
        self._artifacts = artifacts
        self._entries = entries
        self._blobs = blobs
        self._clock = clock

    async def of(
        self, artifact: Artifact, found: Mapping[str, Entry], reads: Reads, spent: set[str]
    ) -> dict[str, tuple[Entry, Blob | None]]:
        """Each entry with its bytes; Invalid names the first file that has none.

        `spent` learns the keys of uploads that are needed no longer once the version stands.
        """
        files = {path: entry for path, entry in found.items() if entry.ref is None}
        md5s = {entry.md5 for entry in files.values()}
        claims = await self._entries.claims(artifact.id)
        stored = dict(await self._entries.stored(artifact.store, list(md5s)))
        doubtful = {md5 for md5 in stored if md5 in claims and not claims[md5].trusted}
        doubtful -= await self._entries.shared(
            artifact.project_id, artifact.store, sorted(doubtful)
        )
        stored = {md5: blob for md5, blob in stored.items() if md5 not in doubtful}
        if self._blobs.local is not None:  # in a bucket a look is dear: the collector finds them
            # Others were quicker with the same bytes, perhaps after these were uploaded too.
            spent |= {claims[md5].blob for md5 in stored if md5 in claims}
            spent -= {blob.key for blob in stored.values()}
        missing = [claims[md5] for md5 in md5s if md5 not in stored and md5 in claims]
        stored |= await self._arrived(artifact, missing, spent)
        unclaimed = [entry for entry in files.values() if entry.md5 not in claims]
        stored |= await self._inherited(artifact, unclaimed, stored, reads)
        result: dict[str, tuple[Entry, Blob | None]] = {}
        for path, entry in found.items():
            blob = stored.get(entry.md5) if entry.ref is None else None
            if entry.ref is None and blob is None:
                raise Invalid(f"files: the bytes of {path!r} were not uploaded.", field="files")
            if blob is not None and blob.size != entry.size:
                raise Invalid(f"files: {path!r} has {blob.size} bytes.", field="files")
            result[path] = (entry, blob)
        return result

    async def _arrived(
        self, artifact: Artifact, claims: Sequence[Claim], spent: set[str]
    ) -> dict[str, Blob]:
        """Uploads of this version that nobody has asked after yet.

        What the client put there stays until the version stands: who tries again finds it again.
        """
        uploads = {claim.blob for claim in claims}
        turns = asyncio.Semaphore(_AT_ONCE)

        async def look(claim: Claim) -> Blob | None:
            async with turns:
                try:
                    key, size = await self._settled(artifact.store, claim)
                except NotFound:
                    return None
            return Blob(artifact.store, claim.md5, key, size, artifact.id)

        blobs = [blob for blob in await asyncio.gather(*map(look, claims)) if blob is not None]
        if not blobs:
            return {}
        arrived = {blob.md5 for blob in blobs}
        await self._blobs.settle([blob.key for blob in blobs])
        surplus = await self._entries.register(blobs, self._clock())
        for key in set(surplus) - uploads:
            await self._blobs.delete(key)
        kept = {blob.key for blob in blobs}.difference(surplus)
        spent |= {claim.blob for claim in claims if claim.md5 in arrived} - kept
        return dict(await self._entries.stored(artifact.store, [blob.md5 for blob in blobs]))

    async def _settled(self, store: str, claim: Claim) -> tuple[str, int]:
        """Where the bytes are and how many; in a bucket no longer where the client could write.

        A presigned link for one piece outlives the upload. Parts cannot be put once they are one.
        """
        if self._blobs.local is not None:
            return claim.blob, await self._blobs.verified_size(claim.blob, claim.md5)
        if claim.upload_id is not None:
            if not claim.whole:
                raise NotFound("Its parts are not one yet.")
            size = await self._blobs.verified_size(claim.blob, claim.md5, claim.part_md5s)
            return claim.blob, size
        key = new_key(store, claim.md5)
        await self._blobs.copy(claim.blob, key)
        try:
            return key, await self._blobs.verified_size(key, claim.md5)
        except Invalid:
            await self._blobs.delete(key)
            raise

    async def _inherited(
        self,
        artifact: Artifact,
        entries: Sequence[Entry],
        stored: Mapping[str, Blob],
        reads: Reads,
    ) -> dict[str, Blob]:
        """Bytes that the client did not announce because an earlier version brought them."""
        found: dict[str, Blob] = {}
        births: dict[str, list[Entry]] = {}
        md5s = sorted({entry.md5 for entry in entries})
        near = await self._entries.shared(artifact.project_id, artifact.store, md5s)
        for entry in entries:
            if entry.md5 in near:
                continue
            births.setdefault(entry.birth_artifact_id or "", []).append(entry)
        for birth, some in births.items():
            source = await self._birth(birth)
            if source is None or not await reads(source):
                raise Invalid(
                    f"files: {some[0].path!r} was neither announced nor is it in a version "
                    "that you may read.",
                    field="files",
                )
            md5s = [entry.md5 for entry in some]
            lacking = set(md5s) - await self._entries.having([source.id], md5s)
            if lacking:
                raise Invalid("files: birthArtifactID does not have them.", field="files")
            if source.store != artifact.store:
                absent = [md5 for md5 in md5s if md5 not in stored]
                held_by = holder(artifact.id, artifact.store)
                found |= await self.bring_over(source, artifact.store, absent, held_by)
        return found

    async def _birth(self, global_id: str) -> Artifact | None:
        try:
            source = await self._artifacts.get(from_global("Artifact", global_id))
        except (Invalid, NotFound):
            return None
        return source if source.state is State.COMMITTED else None

    async def bring_over(
        self, source: Artifact, store: str, md5s: Sequence[str], held_by: str
    ) -> dict[str, Blob]:
        """Bytes are copied to another team: no two teams ever share any.

        Claimed before anybody looks: what is there already stays, what is copied is nobody's
        orphan, however old its file. The claims of `held_by` are the caller's to forget.
        """
        claims = await self._entries.claim(
            store, [Claim(held_by, md5, new_key(store, md5)) for md5 in md5s], self._clock()
        )
        there = await self._entries.stored(store, md5s)
        keys = {claim.md5: claim.blob for claim in claims if claim.md5 not in there}
        turns = asyncio.Semaphore(_AT_ONCE)

        async def copy(blob: Blob) -> Blob:
            async with turns:
                await self._blobs.copy(blob.key, keys[blob.md5], blob.size)
            return Blob(store, blob.md5, keys[blob.md5], blob.size, source.id)

        found = (await self._entries.stored(source.store, list(keys))).values()
        blobs = await asyncio.gather(*map(copy, found))
        for surplus in await self._entries.register(blobs, self._clock()):
            await self._blobs.delete(surplus)
        return dict(await self._entries.stored(store, md5s))


def new_key(store: str, md5: str) -> str:
    """Where bytes go: under a key that is used once, so that none is ever overwritten."""
    place = hashlib.sha256(store.encode()).hexdigest()[:16]
    return f"artifacts/{place}/{md5[:2]}/{md5}-{new_id()}"

"""Large files in parts: an upload is begun, completed or given up; what was begun is remembered."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from services.runs.artifact_ports import Claim
from services.runs.domain import parts as rules
from services.runs.domain.artifact import Artifact
from services.runs.repository.entries import MongoEntries
from shared.errors import Conflict, Invalid, NotFound
from shared.kit.blobs import Blobs


class Joiner:
    """One that puts an upload's parts together at a time in this process; another does no harm."""

    def __init__(self, entries: MongoEntries, blobs: Blobs) -> None:
        self._entries = entries
        self._blobs = blobs
        self._running: dict[str, asyncio.Task[None]] = {}

    async def begin(self, claim: Claim, part_md5s: Sequence[str]) -> Claim:
        """With an upload to put parts into, unless the store takes none or the whole is there."""
        parts = self._blobs.parts
        if parts is None or not part_md5s or claim.whole or not claim.part_md5s:
            return claim
        if claim.part_md5s != tuple(part_md5s):
            raise Conflict(
                "uploadPartsInput: the file was announced with other parts before.",
                field="uploadPartsInput",
            )
        if claim.upload_id is not None:
            return claim
        mine = await parts.begin(claim.blob)
        known = await self._entries.note_upload(claim, mine)
        if known != mine:
            await parts.abandon(claim.blob, mine)
        return replace(claim, upload_id=known)

    async def complete(
        self, artifact: Artifact, blob: str, upload: str, parts: Sequence[tuple[int, str]]
    ) -> None:
        """Whoever asks again while it is being done waits for the same."""
        claim = await self._claim(artifact, blob, upload)
        rules.check_completed(parts, claim.part_md5s)
        if claim.whole:
            return
        running = self._running.get(upload)
        if running is None:
            running = asyncio.create_task(self._join(claim, upload))
            self._running[upload] = running
            running.add_done_callback(lambda _: self._running.pop(upload, None))
        await asyncio.shield(running)

    async def abandon(self, artifact: Artifact, blob: str, upload: str) -> None:
        """The next who announces the file begins anew."""
        claim = await self._claim(artifact, blob, upload)
        if claim.whole:
            raise Conflict("uploadID: the upload is complete already.", field="uploadID")
        await self._entries.forget_upload(claim)
        if self._blobs.parts is not None:
            await self._blobs.parts.abandon(claim.blob, upload)

    async def _join(self, claim: Claim, upload: str) -> None:
        if self._blobs.parts is None:
            raise _unknown()
        try:
            await self._blobs.parts.join(claim.blob, upload, claim.md5, claim.part_md5s)
        except NotFound as error:  # the bucket has given it up
            await self._entries.forget_upload(claim)
            raise Invalid(
                "uploadID: the store has no such upload any more; announce the file again.",
                field="uploadID",
            ) from error
        await self._entries.note_whole(claim)

    async def _claim(self, artifact: Artifact, blob: str, upload: str) -> Claim:
        claim = await self._entries.claimed(artifact.id, blob)
        if claim is None or claim.upload_id != upload:
            raise _unknown()
        return claim


def _unknown() -> Invalid:
    return Invalid("uploadID: no such upload.", field="uploadID")

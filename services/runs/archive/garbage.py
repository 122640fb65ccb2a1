"""Garbage: versions that were begun and never committed, and bytes that nothing refers to.

The order of `repository/entries.py` makes it safe beside uploads: bytes are marked as doomed
before anybody looks for claims and entries, and a claim is written before anybody looks for bytes.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from services.runs.artifact_ports import Blob
from services.runs.repository.discards import MongoDiscards
from shared.kit import logs
from shared.kit.blobs import Blobs
from shared.kit.clock import Clock
from shared.kit.ids import new_id

log = logs.get(__name__)

ABANDONED = timedelta(days=7)
"""A version that is not committed within this was given up; its claims hold bytes until then."""
LEFT = timedelta(hours=25)
"""An object that nothing knows may be an upload that is not announced as done yet: the longest
that a link lives, and an hour."""
_BATCH = 500


class Collector:
    """One at a time in the whole installation."""

    def __init__(
        self, discards: MongoDiscards, blobs: Blobs, clock: Clock, every: timedelta
    ) -> None:
        self._discards = discards
        self._blobs = blobs
        self._clock = clock
        self._every = every
        self._name = new_id()

    async def collect_if_due(self, *, grace_seconds: float) -> None:
        """It looks at every object that there is: not more often than was asked for."""
        if await self._discards.due(self._clock() - self._every):
            await self.collect(grace_seconds=grace_seconds, dry_run=False)

    async def collect(self, *, grace_seconds: float, dry_run: bool) -> dict[str, int]:
        """Delete, or only count, what nobody needs."""
        at = self._clock()
        if not await self._discards.begin(self._name, at):
            return {"blobs": 0, "bytes": 0, "pending": 0, "orphans": 0}
        try:
            before = at - timedelta(seconds=grace_seconds)
            pending = await self._abandon(at - ABANDONED, dry_run=dry_run)
            blobs, size = await self._sweep(before, dry_run=dry_run)
            orphans = await self._orphans(at - LEFT, dry_run=dry_run)
            if not dry_run:
                await self._exports(at - LEFT)
                await self._discards.done(at)
        finally:
            await self._discards.end(self._name)
        found = {"blobs": blobs, "bytes": size, "pending": pending, "orphans": orphans}
        log.info("garbage collected", dry_run=dry_run, **found)
        return found

    async def _abandon(self, before: datetime, *, dry_run: bool) -> int:
        count = 0
        for artifact_id in await self._discards.abandoned(before):
            count += 1
            if not dry_run:
                await self._discards.abandon(artifact_id)
        for artifact_id in await self._discards.deleted():
            if not dry_run:
                manifest = await self._discards.bury(artifact_id)
                if manifest is not None:
                    await self._blobs.delete(manifest)
        return count

    async def _sweep(self, before: datetime, *, dry_run: bool) -> tuple[int, int]:
        count, size, after = 0, 0, ""
        while True:
            candidates = await self._discards.candidates(before, after, _BATCH)
            if not candidates:
                return count, size
            after = candidates[-1][0]
            needed = await self._discards.needed([blob_id for blob_id, _ in candidates])
            for blob_id, blob in candidates:
                if blob_id in needed:
                    continue
                if dry_run or await self._delete(blob_id, blob, before):
                    count += 1
                    size += blob.size

    async def _delete(self, blob_id: str, blob: Blob, before: datetime) -> bool:
        if not await self._discards.doom(blob_id, blob.key, before):
            return False
        if await self._discards.needed([blob_id]):
            await self._discards.spare(blob_id, blob.key)
            return False
        if await self._discards.remove(blob_id, blob.key):
            await self._blobs.delete(blob.key)
            return True
        return False

    async def _orphans(self, before: datetime, *, dry_run: bool) -> int:
        """Objects of a failed or abandoned upload."""
        cut_off = await self._blobs.incoming(before)
        if not dry_run:
            for key in cut_off:
                await self._blobs.delete(key)
        count = len(cut_off)
        async for keys in self._blobs.older("artifacts/", before):
            unknown = await self._discards.unknown(keys)
            count += len(unknown)
            if not dry_run:
                for key in unknown:
                    await self._blobs.delete(key)
        return count + await self._unfinished(before, dry_run=dry_run)

    async def _unfinished(self, before: datetime, *, dry_run: bool) -> int:
        """Uploads in parts that a bucket keeps out of sight and no version waits for."""
        if self._blobs.parts is None:
            return 0
        count = 0
        async for key, upload in self._blobs.parts.unfinished("artifacts/", before):
            if await self._discards.awaited(upload):
                continue
            count += 1
            if not dry_run:
                await self._blobs.parts.abandon(key, upload)
        return count

    async def _exports(self, before: datetime) -> None:
        """Tables that the gateway made for somebody's download; links to them live an hour."""
        async for keys in self._blobs.older("exports/", before):
            for key in keys:
                await self._blobs.delete(key)

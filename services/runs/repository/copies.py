"""Copying one ended run: its document, frames, segments and files, under a new id."""

from __future__ import annotations

from dataclasses import replace

from services.runs.domain.run import Run
from services.runs.repository import documents
from services.runs.repository.files import blob_key
from services.runs.repository.frames import MongoFrames
from shared.kit.blobs import Blobs
from shared.kit.ids import new_id
from shared.kit.mongo import Database

STREAMS = ("history", "events", "log")


class MongoCopies:
    """Everything is in place before the run's own document makes it visible."""

    def __init__(self, database: Database, frames: MongoFrames, blobs: Blobs) -> None:
        self._runs = database["runs"]
        self._files = database["files"]
        self._segments = database["segments"]
        self._raw_frames = database["frames"]
        self._frames = frames
        self._blobs = blobs

    async def exists(self, run_id: str) -> bool:
        """Whether the copy of that id is complete."""
        return await self._runs.find_one({"_id": run_id}, {"_id": 1}) is not None

    async def copy(self, run: Run, copied_id: str, target: str) -> Run:
        """The copy, with the same name, times and attribution, in the project `target`.

        What an attempt that was broken off has left of it is written anew.
        """
        await self.forget(copied_id)
        copied = replace(run, id=copied_id, project_id=target)
        await self._copy_frames(run, copied)
        await self._copy_files(run, copied)
        document = await self._runs.find_one({"_id": run.id})
        if document is not None:
            document |= {"_id": copied.id, "project_id": target, **documents.OUT_OF_DATE}
            await self._runs.insert_one(document)
        return documents.to_run(document or {})

    async def forget(self, copied_id: str) -> None:
        """What there is of a copy that was never complete."""
        if await self.exists(copied_id):
            return
        mine = {"run_id": copied_id}
        range_of = {"_id": {"$gte": f"{copied_id}:", "$lt": f"{copied_id};"}}
        for collection, where in ((self._files, mine), (self._segments, range_of)):
            async for document in collection.find(where, {"blob": 1}):
                await self._blobs.delete(document["blob"])
            await collection.delete_many(where)
        await self._raw_frames.delete_many(range_of)

    async def _copy_frames(self, run: Run, copied: Run) -> None:
        for stream in STREAMS:
            frames = await self._frames.of(run, stream)
            await self._frames.add([replace(frame, run_id=copied.id) for frame in frames])
        segments = []
        for segment in await self._frames.segments_of(run):
            blob = segment.blob.replace(run.id, copied.id)
            await self._blobs.copy(segment.blob, blob)
            segments.append(replace(segment, run_id=copied.id, blob=blob))
        await self._frames.add_segments(segments)

    async def _copy_files(self, run: Run, copied: Run) -> None:
        async for document in self._files.find({"run_id": run.id, "updated_at": {"$ne": None}}):
            blob = blob_key(copied.id, document["name"])
            await self._blobs.copy(document["blob"], blob)
            await self._files.insert_one(
                document | {"_id": new_id(), "run_id": copied.id, "blob": blob}
            )

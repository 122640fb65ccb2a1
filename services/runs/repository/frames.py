"""Frames (compressed lines as they came) and the index of segments, kept in MongoDB.

A frame's `_id` is text that sorts by run, stream, generation and first line, so one index serves
both the reader's range and the writer's "already there". The line count belongs to it: a retry at
the same offset that brings more lines is no duplicate. A console frame's digest belongs to it too,
because console lines may be rewritten.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import zstandard
from bson import Binary
from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from services.runs.domain.lines import Span, joined
from services.runs.domain.run import Run
from shared.kit.mongo import Client, Database, Document, Session, in_transaction

_DUPLICATE = 11000
_CODES = {"history": "h", "events": "e", "log": "l"}


@dataclass(frozen=True, slots=True)
class Frame:
    """Compressed lines. `position` orders console frames; steps are those of history lines.

    `digest` is of the packed lines, and empty where a line number can have one text only.
    """

    run_id: str
    stream: str
    generation: int
    first: int
    count: int
    first_step: int
    last_step: int
    packed: bytes
    position: int
    digest: str = ""

    @property
    def key(self) -> str:
        """Its `_id`."""
        prefix = _prefix(self.run_id, self.stream, self.generation)
        return f"{prefix}{self.first:012d}:{self.count}" + (
            f":{self.digest}" if self.digest else ""
        )


@dataclass(frozen=True, slots=True)
class Segment:
    """An immutable Parquet file of consecutive history lines, and what its columns hold."""

    run_id: str
    generation: int
    first: int
    count: int
    first_step: int
    last_step: int
    blob: str
    size: int
    columns: list[dict[str, Any]]


class MongoFrames:
    """The `frames` and `segments` collections."""

    def __init__(self, client: Client, database: Database) -> None:
        self._client = client
        self._frames = database["frames"]
        self._segments = database["segments"]
        self._runs = database["runs"]

    async def add(self, frames: Sequence[Frame]) -> None:
        """Write them durably; those that are there already are left as they are.

        Except that console lines which come again, once others stood in their place, win again:
        a spinner turns. Their position is the latest at which they came.
        """
        console = [frame for frame in frames if frame.stream == "log"]
        if console:
            await self._frames.bulk_write([_written_again(f) for f in console], ordered=False)
        others = [frame_document(frame) for frame in frames if frame.stream != "log"]
        if others:
            await self._insert(others)

    async def _insert(self, documents: list[Document]) -> None:
        try:
            await self._frames.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            details = error.details or {}
            others = [e for e in details.get("writeErrors", []) if e.get("code") != _DUPLICATE]
            if others or details.get("writeConcernErrors"):
                raise

    async def of(
        self, run: Run, stream: str, first: int = 0, stop: int | None = None
    ) -> list[Frame]:
        """Frames of the run's generation that hold lines of `[first, stop)`, in line order."""
        prefix = _prefix(run.id, stream, run.generation)
        upper = f"{prefix[:-1]};" if stop is None else f"{prefix}{stop:012d}"
        where: Document = {"_id": {"$gte": prefix, "$lt": upper}}
        if first:
            where["$expr"] = {"$gt": [{"$add": ["$f", "$c"]}, first]}
        cursor = self._frames.find(where).sort("_id", 1)
        return [_to_frame(document, run, stream) async for document in cursor]

    async def segments_of(self, run: Run) -> list[Segment]:
        """In line order."""
        prefix = _prefix(run.id, "history", run.generation)
        cursor = self._segments.find({"_id": {"$gte": prefix, "$lt": f"{prefix[:-1]};"}}).sort(
            "_id", 1
        )
        return [_to_segment(document, run) async for document in cursor]

    async def clear(self, run_id: str, generation: int) -> None:
        """Forget all history frames of a generation."""
        prefix = _prefix(run_id, "history", generation)
        await self._frames.delete_many({"_id": {"$gte": prefix, "$lt": f"{prefix[:-1]};"}})

    async def add_segments(self, segments: Sequence[Segment]) -> None:
        """Index segments whose blobs are there already."""
        if segments:
            await self._segments.insert_many([_segment_document(s) for s in segments])

    async def replace_with(self, run: Run, segments: Sequence[Segment], upto: int) -> bool:
        """Put segments in the place of the frames below `upto`, all at once or not at all.

        False if another compactor was first: compare-and-set on the run's `compacted`.
        """
        done: list[bool] = []

        async def work(session: Session) -> None:
            won = await self._runs.update_one(
                {"_id": run.id, "generation": run.generation, "compacted": run.compacted},
                {"$set": {"compacted": upto}},
                session=session,
            )
            done.append(won.modified_count == 1)
            if not won.modified_count:
                return
            if segments:
                await self._segments.insert_many(
                    [_segment_document(segment) for segment in segments], session=session
                )
            await self._drop_covered(run, session)

        await in_transaction(self._client, work)
        return done[-1]

    async def _drop_covered(self, run: Run, session: Session) -> None:
        """Frames whose every line is in a segment; one that came late into a hole stays."""
        prefix = _prefix(run.id, "history", run.generation)
        found = self._segments.find(
            {"_id": {"$gte": prefix, "$lt": f"{prefix[:-1]};"}}, {"f": 1, "c": 1}, session=session
        )
        spans = [Span(document["f"], document["c"]) async for document in found]
        for span in joined(spans):
            await self._frames.delete_many(
                {
                    "_id": {
                        "$gte": f"{prefix}{span.first:012d}",
                        "$lt": f"{prefix}{span.end:012d}",
                    },
                    "$expr": {"$lte": [{"$add": ["$f", "$c"]}, span.end]},
                },
                session=session,
            )


def _prefix(run_id: str, stream: str, generation: int) -> str:
    return f"{run_id}:{_CODES[stream]}{generation:04d}:"


def frame_document(frame: Frame) -> Document:
    """As it is kept."""
    return {
        "_id": frame.key,
        "f": frame.first,
        "c": frame.count,
        "a": frame.first_step,
        "b": frame.last_step,
        "q": frame.position,
        "z": Binary(frame.packed),
    }


def _written_again(frame: Frame) -> UpdateOne:
    document = frame_document(frame)
    position = document.pop("q")
    return UpdateOne(
        {"_id": document.pop("_id")},
        {"$setOnInsert": document, "$max": {"q": position}},
        upsert=True,
    )


def _to_frame(document: Document, run: Run, stream: str) -> Frame:
    return Frame(
        run_id=run.id,
        stream=stream,
        generation=run.generation,
        first=document["f"],
        count=document["c"],
        first_step=document["a"],
        last_step=document["b"],
        packed=bytes(document["z"]),
        position=document["q"],
        digest="".join(document["_id"].split(":", 4)[4:]),
    )


def _segment_document(segment: Segment) -> Document:
    prefix = _prefix(segment.run_id, "history", segment.generation)
    columns = zstandard.ZstdCompressor(level=1).compress(json.dumps(segment.columns).encode())
    return {
        "_id": f"{prefix}{segment.first:012d}:{segment.count}",
        "f": segment.first,
        "c": segment.count,
        "a": segment.first_step,
        "b": segment.last_step,
        "blob": segment.blob,
        "size": segment.size,
        "columns": Binary(columns),
    }


def _to_segment(document: Document, run: Run) -> Segment:
    columns = zstandard.ZstdDecompressor().decompress(document["columns"])
    return Segment(
        run_id=run.id,
        generation=run.generation,
        first=document["f"],
        count=document["c"],
        first_step=document["a"],
        last_step=document["b"],
        blob=document["blob"],
        size=document["size"],
        columns=json.loads(columns),
    )

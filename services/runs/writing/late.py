"""Chunks that could not be written when they came: buried with their place, taken after all."""

from __future__ import annotations

import msgspec
from bson.errors import BSONError
from msgspec.structs import replace
from pymongo.errors import DocumentTooLarge

from services.runs.domain.run import TRASH_FOR, Progress, Run
from services.runs.domain.writers import Places
from services.runs.repository.frames import Frame, MongoFrames
from services.runs.repository.runs import MongoRuns
from services.runs.writing.apply import frame_of
from shared.errors import Conflict, Gone
from shared.kit.clock import Clock
from shared.messaging import ingest
from shared.messaging.ingest import Chunk

NEVER_KEPT = (msgspec.MsgspecError, DocumentTooLarge, BSONError, OverflowError, ValueError)
"""What is raised for something that no database of ours will ever hold."""

SUBJECT = "ingest"
"""Behind `dead.runs.`, and what such a letter is replayed by."""


class Buried(msgspec.Struct, array_like=True, frozen=True):
    """A message's body as it came, and the position of its first chunk in the stream."""

    position: int
    body: bytes


class LateLines:
    """Takes buried chunks: their lines, and nothing that has gone on since."""

    def __init__(self, frames: MongoFrames, runs: MongoRuns, clock: Clock) -> None:
        self._frames = frames
        self._runs = runs
        self._clock = clock

    async def take(self, letter: bytes) -> None:
        """Lines take the place that they had in the stream, so later console lines stay on top.

        State, summary and system metrics stay: whatever came afterwards has said them anew, and a
        run that has ended does not live because somebody mends what was lost of it.
        Raises Conflict for what is no message of chunks, or can be kept as little as ever, Gone
        where no run of them is left.
        """
        chunks = _opened(letter)
        runs = await self._runs.load(list({chunk.run_id for _, chunk in chunks}))
        chunks = [(at, _behind(runs.get(chunk.run_id), chunk)) for at, chunk in chunks]
        kept = [(at, chunk) for at, chunk in chunks if self._is_there(runs.get(chunk.run_id))]
        if not kept:
            raise Gone("The runs that it is about are deleted for good.")
        try:
            await self._keep(kept)
        except NEVER_KEPT as error:
            raise Conflict(f"It still cannot be kept: {error}") from error

    async def _keep(self, chunks: list[tuple[int, Chunk]]) -> None:
        await self._frames.add([frame for at, chunk in chunks for frame in _frames(at, chunk)])
        for _, chunk in chunks:
            progress, last_step = _reach(chunk)
            await self._runs.reach(chunk.run_id, chunk.generation, progress, last_step)

    def _is_there(self, run: Run | None) -> bool:
        """In the trash it may still be brought back."""
        if run is None:
            return False
        return run.deleted_at is None or self._clock() <= run.deleted_at + TRASH_FOR


def bury(position: int, body: bytes) -> bytes:
    """The letter."""
    return msgspec.msgpack.encode(Buried(position, body))


def _opened(letter: bytes) -> list[tuple[int, Chunk]]:
    """Chunks with their positions; below all others for a letter that does not say where it was."""
    position, body = 0, letter
    try:
        found = msgspec.msgpack.decode(letter, type=Buried)
    except msgspec.MsgspecError:
        pass  # before positions were kept, a letter was the bare message
    else:
        position, body = found.position, found.body
    try:
        chunks = ingest.decode(body)
    except msgspec.MsgspecError as error:
        raise Conflict(f"It is no message of chunks and never will be: {error}") from error
    return list(enumerate(chunks, start=position))


def _behind(run: Run | None, chunk: Chunk) -> Chunk:
    """Lines of one of several writers have no places yet: they go behind all others."""
    if run is None or not chunk.writer:
        return chunk
    places, parts = Places(run), []
    for part in chunk.parts:
        _, place = places.take("", part.stream, part.first, part.count)
        parts.append(replace(part, first=place))
    return replace(chunk, parts=parts)


def _frames(position: int, chunk: Chunk) -> list[Frame]:
    return [frame_of(chunk, part, position) for part in chunk.parts]


def _reach(chunk: Chunk) -> tuple[Progress, int]:
    """How far a run has come at least, that has this chunk; and its last step."""
    progress, last_step = Progress(), -1
    for part in chunk.parts:
        end = part.first + part.count
        setattr(progress, part.stream, max(getattr(progress, part.stream), end))
        if part.stream == "history":
            last_step = max(last_step, part.last_step)
    return progress, last_step

"""Applying chunks: frames first, then how far each run has come, then the news of it."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from services.runs.domain.merging import merged_summary
from services.runs.domain.run import ENDED, Run, State
from services.runs.domain.writers import Places
from services.runs.repository.frames import Frame, MongoFrames
from services.runs.repository.runs import MongoRuns
from services.runs.writing.sharing import placed
from shared.kit.outbox import Announcement
from shared.messaging.ingest import Chunk, Part


class Tell(Protocol):
    """How watched points are told, before a run is moved on."""

    def __call__(self, run: Run, position: int, chunk: Chunk) -> Awaitable[None]: ...


class News(Protocol):
    """How a change of state is told; given by `app.py`, which knows the contracts."""

    def __call__(self, run: Run, previous: State, at: datetime) -> Awaitable[Announcement]: ...


@dataclass(slots=True)
class Moved:
    """A run that chunks have moved on, and which of its fields that changed."""

    run: Run
    fields: set[str] = field(default_factory=set)
    was: State = State.RUNNING


class Applier:
    """Makes a batch of chunks durable. Applying the same batch again changes nothing."""

    def __init__(
        self,
        frames: MongoFrames,
        runs: MongoRuns,
        news: News,
        uploaded: Callable[[str, Sequence[str]], Awaitable[None]],
        tell: Tell,
    ) -> None:
        self._frames = frames
        self._runs = runs
        self._news = news
        self._uploaded = uploaded
        self._tell = tell

    async def apply(self, chunks: Sequence[tuple[int, Chunk]]) -> list[Run]:
        """`chunks` are (position, chunk) in stream order. Answers the runs that moved."""
        places: dict[str, Places] = {}
        shared = {chunk.run_id for _, chunk in chunks if chunk.writer}
        if shared:
            chunks, places = placed(await self._runs.load(list(shared)), chunks)
        frames = [
            frame_of(chunk, part, position) for position, chunk in chunks for part in chunk.parts
        ]
        await self._frames.add(frames)
        runs = await self._runs.load(list({chunk.run_id for _, chunk in chunks}))
        moved = await self._move(runs, chunks)
        for one in moved:
            if one.run.id in places:
                one.run.writers = places[one.run.id].writers
                one.fields.add("writers")
        await self._runs.advance(
            [(one.run, sorted(one.fields)) for one in moved], await self._told(moved)
        )
        for _, chunk in chunks:
            if chunk.uploaded:
                await self._uploaded(chunk.run_id, chunk.uploaded)
        return [one.run for one in moved]

    async def _move(self, runs: dict[str, Run], chunks: Sequence[tuple[int, Chunk]]) -> list[Moved]:
        moved: dict[str, Moved] = {}
        for position, chunk in chunks:
            run = runs.get(chunk.run_id)
            if run is None or chunk.generation != run.generation or position <= run.position:
                continue
            one = moved.setdefault(run.id, Moved(run, was=run.state))
            overtaken = is_overtaken(run, chunk)
            if _adds_to_summary(chunk) and not overtaken and "summary" not in one.fields:
                run.summary = (await self._runs.get(run.id, frozenset({"summary"}))).summary
            advance(run, chunk, one.fields, overtaken=overtaken)
            run.position = position
            # What was logged long ago, and elsewhere, is no news.
            if not run.importing and not overtaken:
                await self._tell(run, position, chunk)
        return list(moved.values())

    async def _told(self, moved: Sequence[Moved]) -> list[Announcement]:
        return [
            await self._news(one.run, one.was, one.run.heartbeat_at)
            for one in moved
            if one.run.state is not one.was
        ]


def is_overtaken(run: Run, chunk: Chunk) -> bool:
    """Whether the same body, sent again, went before it: then all that it says has been said.

    A gateway that was frozen or cut off still has what its clients have long sent to another one.
    Console lines tell only once the run has ended: until then they may be said anew.
    """
    if run.importing:
        return False
    ended = run.state in ENDED
    counted = [part for part in chunk.parts if ended or part.stream != "log"]
    if counted:
        return all(
            part.first + part.count <= getattr(run.progress, part.stream) for part in counted
        )
    return ended and _arrived(chunk) < run.heartbeat_at


def advance(run: Run, chunk: Chunk, changed: set[str], *, overtaken: bool = False) -> None:
    """What one chunk means for its run; names the fields that it touched."""
    at, stop = _arrived(chunk), run.stop_requested
    only_completes = chunk.complete and not (chunk.parts or chunk.summary)
    run.heard_from(at, only_completes=only_completes or overtaken)
    changed |= {"state", "reason", "exit_code", "heartbeat_at", "updated_at"}
    if run.stop_requested is not stop:  # else one that comes this moment would be overwritten
        changed.add("stop_requested")
    for part in chunk.parts:
        end = part.first + part.count
        setattr(run.progress, part.stream, max(getattr(run.progress, part.stream), end))
        changed.add("progress")
        if part.stream == "history":
            run.last_step = max(run.last_step, part.last_step)
            changed.add("last_step")
    if not overtaken:
        _take_news(run, chunk, changed)
    if chunk.complete and not (overtaken and run.state in ENDED):
        run.complete(chunk.exit_code or 0)


def _take_news(run: Run, chunk: Chunk, changed: set[str]) -> None:
    """What takes the place of what was said before."""
    said = chunk.last_line if chunk.summary is None else chunk.summary
    if said is not None:
        run.summary = merged_summary(run.summary, said) if _adds_to_summary(chunk) else said
        changed.add("summary")
    if chunk.last_event is not None:
        run.system = chunk.last_event
        changed.add("system")
    if chunk.preempting:
        run.preempt()


def _arrived(chunk: Chunk) -> datetime:
    return datetime.fromtimestamp(chunk.at / 1000, UTC)


def _adds_to_summary(chunk: Chunk) -> bool:
    """A line says little of a run, and so does one of several writers."""
    return chunk.last_line is not None or (chunk.summary is not None and chunk.writer != "")


def frame_of(chunk: Chunk, part: Part, position: int) -> Frame:
    """One part as it is kept."""
    digest = ""
    if part.stream == "log":
        digest = hashlib.blake2b(part.packed, digest_size=8).hexdigest()
    return Frame(
        run_id=chunk.run_id,
        stream=part.stream,
        generation=chunk.generation,
        first=part.first,
        count=part.count,
        first_step=part.first_step,
        last_step=part.last_step,
        packed=part.packed,
        position=position,
        digest=digest,
    )

"""Applying chunks: frames first, then how far each run has come, then the news of it."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from services.runs.domain.merging import merged_summary
from services.runs.domain.run import Run, State
from services.runs.repository.frames import Frame, MongoFrames
from services.runs.repository.runs import MongoRuns
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
        frames = [
            _frame(chunk, part, position) for position, chunk in chunks for part in chunk.parts
        ]
        await self._frames.add(frames)
        runs = await self._runs.load(list({chunk.run_id for _, chunk in chunks}))
        moved = await self._move(runs, chunks)
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
            if chunk.last_line is not None and "summary" not in one.fields:
                run.summary = (await self._runs.get(run.id, frozenset({"summary"}))).summary
            advance(run, chunk, one.fields)
            run.position = position
            await self._tell(run, position, chunk)
        return list(moved.values())

    async def _told(self, moved: Sequence[Moved]) -> list[Announcement]:
        return [
            await self._news(one.run, one.was, one.run.heartbeat_at)
            for one in moved
            if one.run.state is not one.was
        ]


def advance(run: Run, chunk: Chunk, changed: set[str]) -> None:
    """What one chunk means for its run; names the fields that it touched."""
    at = datetime.fromtimestamp(chunk.at / 1000, UTC)
    only_completes = chunk.complete and not (chunk.parts or chunk.summary)
    run.heard_from(at, only_completes=only_completes)
    changed |= {"state", "reason", "exit_code", "stop_requested", "heartbeat_at", "updated_at"}
    for part in chunk.parts:
        end = part.first + part.count
        setattr(run.progress, part.stream, max(getattr(run.progress, part.stream), end))
        changed.add("progress")
        if part.stream == "history":
            run.last_step = max(run.last_step, part.last_step)
            changed.add("last_step")
    if chunk.summary is not None:
        run.summary = chunk.summary
        changed.add("summary")
    elif chunk.last_line is not None:
        run.summary = merged_summary(run.summary, chunk.last_line)
        changed.add("summary")
    if chunk.last_event is not None:
        run.system = chunk.last_event
        changed.add("system")
    if chunk.preempting:
        run.preempt()
    if chunk.complete:
        run.complete(chunk.exit_code or 0)


def _frame(chunk: Chunk, part: Part, position: int) -> Frame:
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

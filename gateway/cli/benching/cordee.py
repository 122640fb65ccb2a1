"""Cordée written to and read from over HTTP: for `cordee bench`, and beside the peers."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import orjson

from gateway.cli.benching.connection import Connection
from gateway.cli.benching.wire import Wire
from gateway.cli.benching.work import Logged, Values, Written, shared_out, timed

LINES = 1_000
"""In one request, at most: what is logged within the SDK's interval travels together."""
PAGE = 50_000


@dataclass(frozen=True)
class _Job:
    """One run's requests, in their order."""

    points: int
    requests: Sequence[bytes]


class Target:
    """One project of a server."""

    def __init__(self, url: str, key: str, entity: str, project: str) -> None:
        self._url = url
        self.wire, self.project = Wire(url, key, entity, project), project

    async def create(self, names: Sequence[str], writers: int) -> Written:
        """The runs, before anything is logged to them."""
        done = Written()

        async def one(connection: Connection, name: str) -> None:
            answer = await timed(connection, self.wire.creation(name), done.creations, done.refused)
            if answer is not None and b'"errors"' in answer:
                done.refused.append(answer[:300].decode(errors="replace"))

        done.seconds = await shared_out(self._url, writers, names, one)
        return done

    async def write(self, runs: Sequence[Logged], writers: int, lines: int = LINES) -> Written:
        """Log the runs; then wait until all can be read, by what answers when it can."""
        done = Written()
        jobs = [_Job(run.points, self.wire.chunks(run, lines)) for run in runs]

        async def log(connection: Connection, job: _Job) -> None:
            for request in job.requests:
                if await timed(connection, request, done.waits, done.refused) is None:
                    return
            done.points += job.points

        async def end(connection: Connection, name: str) -> None:
            await timed(connection, self.wire.ending(name), [], done.refused)

        began = time.perf_counter()
        done.seconds = await shared_out(self._url, writers, jobs, log)
        await shared_out(self._url, writers, [run.name for run in runs], end)
        done.readable = time.perf_counter() - began
        return done

    async def live(self, runs: Sequence[Logged], writers: int) -> Written:
        """Whole tiny runs: made, logged and ended, in a request each."""
        done = Written()
        jobs = [
            (run, self.wire.creation(run.name), self.wire.chunks(run, len(run.values), end=True))
            for run in runs
        ]

        async def one(connection: Connection, job: tuple[Logged, bytes, list[bytes]]) -> None:
            run, creation, (logging,) = job
            if await timed(connection, creation, done.creations, done.refused) is None:
                return
            if await timed(connection, logging, done.waits, done.refused) is not None:
                done.points += run.points

        done.seconds = done.readable = await shared_out(self._url, writers, jobs, one)
        return done

    async def discard(self, names: Sequence[str], writers: int) -> None:
        """Into the trash; those that were never made are no trouble."""

        async def one(connection: Connection, name: str) -> None:
            await timed(connection, self.wire.deletion(name), [], [])

        await shared_out(self._url, writers, names, one)

    async def kept(self, run: Logged) -> Values:
        """All that the server has of the run's metrics, in the order of steps."""
        connection = await Connection.open(self._url)
        pages = []
        for low in range(0, len(run.values), PAGE):
            question = self.wire.history(run.name, run.keys, low, low + PAGE)
            rows = orjson.loads(await connection.send(question))["rows"]
            if rows:
                pages.append(np.array(rows, dtype=np.float64)[:, 1:])
        connection.close()
        return np.concatenate(pages) if pages else np.empty((0, len(run.keys)))

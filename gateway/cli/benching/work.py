"""What is logged: runs of random numbers, and how long it took until they were acknowledged."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from gateway.cli.benching.connection import Connection, Refused

Values = npt.NDArray[np.float64]
T = TypeVar("T")
SEED = 20_261


@dataclass(frozen=True)
class Logged:
    """One run: a row of values for each step, a column for each metric."""

    name: str
    keys: Sequence[str]
    values: Values

    @property
    def points(self) -> int:
        """One metric at one step each."""
        return int(self.values.size)


def made_runs(prefix: str, runs: int, steps: int, metrics: int) -> list[Logged]:
    """Doubles of full precision: nothing of them can be guessed, so nothing compresses well."""
    chance = np.random.default_rng(SEED)
    keys = [f"metric_{number}" for number in range(metrics)]
    return [
        Logged(f"{prefix}{number:05d}", keys, chance.random((steps, metrics)))
        for number in range(runs)
    ]


@dataclass
class Written:
    """What came of writing: only what was acknowledged counts."""

    points: int = 0
    seconds: float = 0.0
    readable: float | None = None
    """Seconds until everything could be read back, where the system tells the two apart."""
    waits: list[float] = field(default_factory=list)
    """Of each request, in seconds."""
    creations: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Acknowledged points in each second."""
        return self.points / self.seconds if self.seconds else 0.0


async def shared_out(
    url: str, writers: int, jobs: Sequence[T], work: Callable[[Connection, T], Awaitable[None]]
) -> float:
    """Seconds that so many writers, each with a connection of its own, took for all the jobs."""
    connections = [await Connection.open(url) for _ in range(writers)]
    waiting = iter(jobs)

    async def writer(connection: Connection) -> None:
        for job in waiting:
            await work(connection, job)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for connection in connections:
            group.create_task(writer(connection))
    took = time.perf_counter() - began
    for connection in connections:
        connection.close()
    return took


async def timed(
    connection: Connection, request: bytes, waits: list[float], refused: list[str]
) -> bytes | None:
    """The answer, and how long it took; None, and the reason, where there is none."""
    began = time.perf_counter()
    try:
        answer = await connection.send(request)
    except Refused as reason:
        refused.append(str(reason))
        return None
    waits.append(time.perf_counter() - began)
    return answer


def percentile(waits: Sequence[float], share: float) -> float:
    """In the order of waits; 0 where there are none."""
    return sorted(waits)[min(len(waits) - 1, int(len(waits) * share))] if waits else 0.0

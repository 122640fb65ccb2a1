"""The work: W1 one long run, W2 many at once, W3 tiny ones; each measured, then read back."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.meter import Cost, disk_bytes
from benchmarks.systems.system import System
from gateway.cli.benching.work import Logged, Written, made_runs, percentile

WRITERS = (1, 8, 32)


@dataclass(frozen=True)
class Work:
    """So many runs, at full scale."""

    name: str
    runs: int
    steps: int
    metrics: int
    writers: tuple[int, ...] = WRITERS
    tiny: bool = False

    def data(self, scale: float, prefix: str) -> list[Logged]:
        """Fewer runs, or of the only one fewer steps."""
        if self.runs == 1:
            return made_runs(prefix, 1, max(1_000, int(self.steps * scale)), self.metrics)
        return made_runs(prefix, max(2, int(self.runs * scale)), self.steps, self.metrics)


WORKS = (
    Work("W1", 1, 100_000, 10, writers=(1,)),
    Work("W2", 100, 1_000, 10),
    Work("W3", 1_000, 10, 5, tiny=True),
)


@dataclass
class Row:
    """One work on one system."""

    system: str
    work: str
    writers: int
    runs: int
    points: int
    """That were acknowledged, and read back equal."""
    sent: int
    seconds: float
    readable: float | None
    wait_p50: float
    wait_p99: float
    creation_p99: float
    cpu: float
    parts: dict[str, float]
    load_cpu: float
    peak: int
    disk: int
    refused: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Acknowledged points a second."""
        return self.points / self.seconds if self.seconds else 0.0

    @property
    def readable_rate(self) -> float | None:
        """Points a second until they could be read."""
        return self.points / self.readable if self.readable else None

    @property
    def cpu_per_million(self) -> float:
        """Seconds of all its processes."""
        return self.cpu * 1e6 / self.points if self.points else 0.0

    @property
    def bytes_per_point(self) -> float:
        """By which its folder has grown, whatever it will tidy up later included."""
        return self.disk / self.points if self.points else 0.0


async def measure(
    system: System, work: Work, writers: int, scale: float, number: int, said: Callable[[str], None]
) -> Row:
    """One row; what does not read back as it was sent does not count."""
    runs = work.data(scale * system.share, f"{work.name.lower()}-{writers}-{number}-")
    before = disk_bytes(system.folder)
    made = Written() if work.tiny else await system.make(runs, writers)
    with Cost(system.roots()) as cost:
        written = await (system.live if work.tiny else system.write)(runs, writers)
    written.creations += made.creations
    written.refused += made.refused
    grown = max(0, disk_bytes(system.folder) - before)
    began = time.perf_counter()
    lost = [run.name async for run in _not_kept(system, runs)] if system.reads else []
    said(f"read back in {time.perf_counter() - began:.1f} s, {len(lost)} of {len(runs)} differ")
    points = min(written.points, sum(run.points for run in runs if run.name not in lost))
    return _row(system, work, writers, runs, written, cost, points, grown)


async def _not_kept(system: System, runs: Sequence[Logged]) -> AsyncIterator[Logged]:
    for run in runs:
        kept = await system.kept(run)
        if kept is None or not np.array_equal(kept, run.values):
            yield run


def _row(
    system: System,
    work: Work,
    writers: int,
    runs: Sequence[Logged],
    written: Written,
    cost: Cost,
    points: int,
    grown: int,
) -> Row:
    return Row(
        system=system.name,
        work=work.name,
        writers=writers,
        runs=len(runs),
        points=points,
        sent=sum(run.points for run in runs),
        seconds=written.seconds,
        readable=written.readable,
        wait_p50=percentile(written.waits, 0.5),
        wait_p99=percentile(written.waits, 0.99),
        creation_p99=percentile(written.creations, 0.99),
        cpu=cost.cpu,
        parts=cost.parts,
        load_cpu=cost.own,
        peak=cost.peak,
        disk=grown,
        refused=written.refused[:3],
    )

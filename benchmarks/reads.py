"""R1: one metric of a long run, whole and as a sample of a thousand points."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import uvloop

from benchmarks.systems.system import System
from gateway.cli.benching.work import made_runs, percentile

STEPS, METRICS, SAMPLES = 100_000, 10, 1_000
ASKED = 9


@dataclass
class Read:
    """One question to one system, asked several times."""

    system: str
    question: str
    waits: list[float]


def measure(systems: Sequence[System], scale: float, said: Callable[[str], None]) -> list[Read]:
    """Of every system that keeps anything and can be asked."""
    asked = [s for s in systems if s.reads and type(s).metric is not System.metric]
    return [read for system in asked for read in uvloop.run(_ask(system, scale, said))]


async def _ask(system: System, scale: float, said: Callable[[str], None]) -> list[Read]:
    steps = max(1_000, int(STEPS * scale * min(1.0, system.share * 5)))
    (run,) = made_runs("read", 1, steps, METRICS)
    await system.make([run], 1)
    await system.write([run], 1)
    found = []
    for name, samples in (("whole", None), (f"{SAMPLES} points", SAMPLES)):
        read = Read(system.name, f"one metric of {steps:,} steps, {name}", [])
        for _ in range(ASKED):
            began = time.perf_counter()
            await system.metric(run, samples)
            read.waits.append(time.perf_counter() - began)
        said(f"R1 {read.system}: {read.question}: {percentile(read.waits, 0.5) * 1000:.1f} ms")
        found.append(read)
    return found


def markdown(reads: Sequence[Read]) -> str:
    """A second table, for there are no points to count."""
    lines = ["| read | system | p50 ms | p95 ms |", "|---|---|---|---|"]
    lines += [
        f"| {read.question} | {read.system} | {percentile(read.waits, 0.5) * 1000:.1f} "
        f"| {percentile(read.waits, 0.95) * 1000:.1f} |"
        for read in sorted(reads, key=lambda read: (read.question, read.system))
    ]
    return "\n".join(lines)

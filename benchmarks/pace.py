"""W4: `python -m benchmarks.pace [runs] [seconds]`: ten thousand runs at the SDK's own pace.

Each has a connection that it keeps, and every fifteen seconds one request with what the real SDK
says then: fifteen steps of ten metrics, the summary, a line of system metrics, console lines.
Requests are spread evenly over the time. Beside them one run after another is watched: from the
answer to a request until its last step can be read over REST is the freshness lag.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import orjson
import uvloop

from benchmarks.meter import Cost
from benchmarks.systems.cordee import Cordee
from gateway.cli.benching.connection import Connection, Refused
from gateway.cli.benching.cordee import Target
from gateway.cli.benching.wire import history_lines
from gateway.cli.benching.work import Logged, made_runs, percentile

RUNS, SECONDS = 10_000, 60
EVERY_S, STEPS, METRICS = 15.0, 15, 10
SYSTEM = (
    "cpu", "memory_percent", "proc.memory.rssMB", "proc.memory.percent", "proc.cpu.threads",
    "proc.memory.availableMB", "disk./.usagePercent", "disk./.usageGB", "disk.vda.in",
    "disk.vda.out", "network.sent", "network.recv", "gpu.0.gpu", "gpu.0.memory", "gpu.0.temp",
    "gpu.0.powerWatts", "gpu.0.memoryAllocatedBytes",
)  # fmt: skip


class Pace:
    """All runs, and what was measured of their requests."""

    def __init__(self, target: Target, url: str, runs: int, seconds: float) -> None:
        self._target, self._url, self._seconds = target, url, seconds
        self.runs = made_runs("pace-", runs, STEPS, METRICS)
        self.waits: list[float] = []
        self.lags: list[float] = []
        self.refused: list[str] = []
        self.late = 0.0

    async def run(self) -> None:
        """Connections first, then everybody in turn, for ever so long."""
        connections: list[Connection] = []
        for run in self.runs:
            connections.append(await Connection.open(self._url))
            await asyncio.sleep(0)
            assert run.values.size
        began = time.perf_counter()
        watching = asyncio.create_task(self._watch())
        async with asyncio.TaskGroup() as group:
            for number, (run, connection) in enumerate(zip(self.runs, connections, strict=True)):
                due = began + EVERY_S * number / len(self.runs)
                group.create_task(self._train(run, connection, due, began + self._seconds))
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        for connection in connections:
            connection.close()

    async def _train(self, run: Logged, connection: Connection, due: float, until: float) -> None:
        lines = history_lines(run)
        for turn in count():
            due_now = due + turn * EVERY_S
            if due_now >= until:
                return
            await asyncio.sleep(max(0.0, due_now - time.perf_counter()))
            request = self._target.wire.stream(run.name, said(lines, turn))
            began = time.perf_counter()
            self.late = max(self.late, began - due_now)
            try:
                await connection.send(request)
            except Refused as reason:
                self.refused.append(str(reason))
                return
            self.waits.append(time.perf_counter() - began)
            self._last = (run, (turn + 1) * STEPS - 1, time.perf_counter())

    async def _watch(self) -> None:
        """Whoever was answered last, until its last step is there."""
        connection = await Connection.open(self._url)
        seen = None
        while True:
            found = getattr(self, "_last", None)
            if found is None or found is seen:
                await asyncio.sleep(0.01)
                continue
            seen = found
            run, step, at = found
            question = self._target.wire.history(run.name, run.keys[:1], step, step + 1)
            while not orjson.loads(await connection.send(question))["rows"]:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
            self.lags.append(time.perf_counter() - at)
            await asyncio.sleep(0.1)


def said(lines: list[str], turn: int) -> dict[str, Any]:
    """What the SDK says in one request; the steps go on from turn to turn."""
    first = turn * STEPS
    rows = [
        line.replace(f'"_step":{step},', f'"_step":{first + step},')
        for step, line in enumerate(lines)
    ]
    event = {"_wandb": True, "_timestamp": 1.7e9 + first, "_runtime": float(first)}
    event |= {f"system.{name}": 12.5 + first for name in SYSTEM}
    console = [
        f"2026-01-01T00:00:{second:02d}.000000 step {first + second}" for second in range(STEPS)
    ]
    return {
        "files": {
            "wandb-history.jsonl": {"offset": first, "content": rows},
            "wandb-summary.json": {"offset": 0, "content": [rows[-1]]},
            "wandb-events.jsonl": {"offset": turn, "content": [orjson.dumps(event).decode()]},
            "output.log": {"offset": first, "content": console},
        }
    }


async def measure(system: Cordee, runs: int, seconds: float) -> tuple[Pace, Cost]:
    """Runs are made before the clock starts."""
    target = system.target()
    made = await target.create([f"pace-{number:05d}" for number in range(runs)], 32)
    assert not made.refused, made.refused[:3]
    pace = Pace(target, system.url, runs, seconds)
    with Cost(system.roots()) as cost:
        await pace.run()
    return pace, cost


def told(pace: Pace, cost: Cost, runs: int, seconds: float) -> Iterator[str]:
    """What came of it, line by line."""
    requests = max(1, len(pace.waits))
    yield f"{runs} runs, {requests / seconds:.0f} requests/s for {seconds} s"
    for what, waits in (("answered", pace.waits), ("readable after the answer", pace.lags)):
        p50, p99 = percentile(waits, 0.5) * 1000, percentile(waits, 0.99) * 1000
        yield f"  {what}: p50 {p50:.1f} ms, p99 {p99:.1f} ms of {len(waits)}"
    yield f"  refused {len(pace.refused)}, sent at most {pace.late:.1f} s late"
    yield f"  memory of all processes: at most {cost.peak / 1e6:.0f} MB"
    parts = ", ".join(f"{name} {used * 1000 / requests:.2f}" for name, used in cost.parts.items())
    yield f"  CPU ms a request: {cost.cpu * 1000 / requests:.2f} ({parts})"
    yield f"  and of the load itself {cost.own * 1000 / requests:.2f}"


def main(argv: list[str]) -> int:
    """0 if nothing was refused."""
    runs, seconds = [*map(int, argv), *(RUNS, SECONDS)[len(argv) :]]
    with tempfile.TemporaryDirectory() as folder:
        system = Cordee(Path(folder) / "cordee")
        try:
            system.start()
            pace, cost = uvloop.run(measure(system, runs, seconds))
        finally:
            system.stop()
    for line in told(pace, cost, runs, seconds):
        print(line)
    return 1 if pace.refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What alerts cost a project that has no rules: `python -m benchmarks.unwatched [rounds]`.

The very hands of the writer apply the same chunks to a real MongoDB, in turns: with nobody to tell,
and with the watch tower of an installation where a thousand other projects have rules. Printed is
the second's throughput beside the first's, in wall time and in the process's own CPU time.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import nats
import zstandard

from services.runs.writing.apply import Applier, Tell
from services.runs.writing.watching import WatchTower
from shared.contracts.alerts import Watch
from shared.messaging.bus import Bus
from shared.messaging.ingest import Chunk, Part
from tests.contract.runs.world import Kept, _news, _nothing, a_run
from tests.servers import OPERATOR, Servers

ROUNDS, CHUNKS, TOGETHER, ROWS, METRICS = 41, 512, 32, 15, 10
OTHERS = 1_000


def a_part(index: int) -> Part:
    """Fifteen seconds of a run that logs ten metrics a second."""
    first = index * ROWS
    lines = [
        json.dumps({"_step": step} | {f"m{n}": step / (n + 1) for n in range(METRICS)})
        for step in range(first, first + ROWS)
    ]
    packed = zstandard.ZstdCompressor(level=1).compress("\n".join(lines).encode())
    return Part("history", first, ROWS, first, first + ROWS - 1, packed)


async def one_round(kept: Kept, tell: Tell, parts: list[Part]) -> tuple[float, float]:
    """Points per second of wall time and of CPU time."""
    run = await kept.born(a_run(f"run-{time.monotonic_ns()}"))
    applier = Applier(kept.frames, kept.runs, _news, _nothing, tell)
    chunks = [
        (position, Chunk(run_id=run.id, generation=0, at=1_767_268_800_000, parts=[part]))
        for position, part in enumerate(parts, start=1)
    ]
    wall, cpu = time.perf_counter(), time.process_time()
    for first in range(0, len(chunks), TOGETHER):
        await applier.apply(chunks[first : first + TOGETHER])
    points = CHUNKS * ROWS * METRICS
    return points / (time.perf_counter() - wall), points / (time.process_time() - cpu)


async def measure(servers: Servers, rounds: int) -> bool:
    """Print both; whether the median CPU cost of being watched over is under 2 %."""
    client = await nats.connect(servers.nats_url, nkeys_seed=str(servers.nkey_file(OPERATOR)))
    tower = WatchTower(Bus(client))
    for number in range(OTHERS):
        watch = Watch(project_id=f"other{number}", metrics=["loss"], system=[])
        await tower.hear(SimpleNamespace(data=watch.model_dump_json().encode()))
    parts = [a_part(index) for index in range(CHUNKS)]
    with tempfile.TemporaryDirectory() as folder:
        kept = await Kept(servers, Path(folder)).prepare()
        wall, cpu = [], []
        for number in range(rounds + 1):
            ways = [_nothing, tower.tell] if number % 2 else [tower.tell, _nothing]
            found = {way: await one_round(kept, way, parts) for way in ways}
            if number:  # the first warms up
                wall.append(found[tower.tell][0] / found[_nothing][0])
                cpu.append(found[tower.tell][1] / found[_nothing][1])
        kept.close()
    await client.close()
    print(f"{CHUNKS} chunks of {ROWS} x {METRICS} points, {OTHERS} other projects have rules")
    print(f"  throughput with alerts : without, median of {rounds} rounds")
    print(f"    wall time {statistics.median(wall):.3f}   CPU time {statistics.median(cpu):.3f}")
    return statistics.median(cpu) > 0.98


def main(argv: list[str]) -> int:
    with Servers() as servers:
        held = asyncio.run(measure(servers, int(argv[0]) if argv else ROUNDS))
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

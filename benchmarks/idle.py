"""What a Cordée costs that nobody uses: `python -m benchmarks.idle [seconds]`.

From `cordee up` on an empty folder to `/readyz`, then memory and CPU of all its processes, mongod
and nats-server included. Memory is told twice: resident, in which pages that processes share count
for each of them, and proportional, in which they count once.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from benchmarks.meter import Cost, family, memory_bytes, name_of, resident_bytes
from benchmarks.systems.cordee import Cordee

SECONDS, SETTLE_S = 30, 10.0


def proportional_bytes(pid: int) -> int:
    """Its own pages, and its share of those that it has with others."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def main(argv: list[str]) -> int:
    """Prints; there is nothing to fail."""
    seconds = int(argv[0]) if argv else SECONDS
    with tempfile.TemporaryDirectory() as folder:
        system = Cordee(Path(folder) / "cordee")
        began = time.perf_counter()
        try:
            system.start()
            cold = time.perf_counter() - began
            time.sleep(SETTLE_S)
            with Cost(system.roots()) as cost:
                time.sleep(seconds)
            pids = family(system.roots())
            for pid in sorted(pids, key=name_of):
                resident = resident_bytes(pid)
                print(f"  {name_of(pid)}: {resident / 1e6:.0f} MB resident, "
                      f"{proportional_bytes(pid) / 1e6:.0f} MB proportional")  # fmt: skip
            resident = memory_bytes(system.roots()) / 1e6
            total = sum(map(proportional_bytes, pids)) / 1e6
            print(f"cold start {cold:.1f} s; {resident:.0f} MB resident, {total:.0f} proportional")
            parts = ", ".join(f"{n} {u / seconds:.1%}" for n, u in cost.parts.items())
            print(f"{cost.cpu / seconds:.1%} of a core: {parts}")
        finally:
            system.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

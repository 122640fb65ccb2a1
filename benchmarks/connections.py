"""What a kept connection costs a gateway: `python -m benchmarks.connections [count]`.

Each makes one authenticated request and is then kept, as the SDK keeps its own.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import uvloop

from benchmarks.meter import cpu_seconds, resident_bytes
from benchmarks.systems.cordee import Cordee
from gateway.cli.benching.connection import Connection

COUNT, IDLE_S = 5_000, 10.0


async def measure(system: Cordee, count: int) -> tuple[float, float]:
    """Bytes and CPU seconds of the gateway for each of them."""
    gateway = system.whole.pid_of("gateway")
    wire = system.target().wire
    first = await Connection.open(system.url)
    await first.send(wire.get("/users/me"))
    memory, cpu = resident_bytes(gateway), cpu_seconds([gateway])[gateway]
    kept = []
    for _ in range(count):
        kept.append(await Connection.open(system.url))
        await kept[-1].send(wire.get("/users/me"))
    grown = resident_bytes(gateway) - memory
    used = cpu_seconds([gateway])[gateway] - cpu
    for connection in (first, *kept):
        connection.close()
    return grown / count, used / count


def main(argv: list[str]) -> int:
    """Print both."""
    count = int(argv[0]) if argv else COUNT
    with tempfile.TemporaryDirectory() as folder:
        system = Cordee(Path(folder) / "cordee")
        try:
            system.start()
            grown, used = uvloop.run(measure(system, count))
        finally:
            system.stop()
    print(f"{count} connections: {grown / 1024:.1f} KiB and {used * 1000:.2f} ms of CPU each")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

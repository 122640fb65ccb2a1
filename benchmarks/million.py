"""A million runs at the SDK's own pace, in a simulation: `python -m benchmarks.million`.

Requests fall at random upon gateways and travel as chunks do. A gateway takes one after the other;
those of a shard that wait while its message is under way go in the next one; a stream flushes one
message after the other; a writer writes down what has come of its shards, and the database flushes
that. What each costs was measured on one machine (`docs/scaling.md`). Networks, and what a machine
does at nine tenths of its load, are not in it.
"""

from __future__ import annotations

import random
import sys
from collections import defaultdict, deque
from dataclasses import dataclass, field

EVERY_S, TICK_S, LASTS_S = 15.0, 0.005, 20.0
MOST_IN_MESSAGE, MOST_IN_BATCH = 200, 2_000

GATEWAY_S, WRITER_S, DATABASE_S = 0.00065, 0.00031, 0.00048
"""CPU for one request, measured."""
STREAM_S = 0.00006
"""A quarter of what a broker's CPU was measured to be: so much, it is assumed, is one thread's."""
FLUSH_S, BATCH_S = 0.0015, 0.008
"""What a message, and a batch of a writer, waits for disks."""
DATABASE_CORES = 8


@dataclass(frozen=True)
class Size:
    """How much there is of each."""

    runs: int
    gateways: int
    streams: int
    shards: int
    writers: int
    databases: int


SIZES = (
    Size(1_000, gateways=1, streams=1, shards=16, writers=1, databases=1),
    Size(10_000, gateways=2, streams=1, shards=16, writers=2, databases=1),
    Size(100_000, gateways=8, streams=1, shards=16, writers=4, databases=1),
    Size(1_000_000, gateways=72, streams=1, shards=16, writers=16, databases=6),
    Size(1_000_000, gateways=72, streams=32, shards=64, writers=64, databases=6),
)


@dataclass
class Server:
    """One that does one thing at a time."""

    free_at: float = 0.0
    busy: float = 0.0
    waiting: deque[list[float]] = field(default_factory=deque)

    def work(self, now: float, seconds: float) -> float:
        """When it will be done with it."""
        self.free_at = max(self.free_at, now) + seconds
        self.busy += seconds
        return self.free_at


class Cluster:
    """All of them, and everything that is on its way."""

    def __init__(self, size: Size, seed: int = 1) -> None:
        self.size = size
        self.gateways = [Server() for _ in range(size.gateways)]
        self.streams = [Server() for _ in range(size.streams)]
        self.writers = [Server() for _ in range(size.writers)]
        self.answers: list[float] = []
        self.readable: list[float] = []
        self._chance = random.Random(seed)
        self._lanes: dict[tuple[int, int], deque[float]] = defaultdict(deque)
        self._lane_free: dict[tuple[int, int], float] = {}
        self._arriving: dict[int, list[tuple[int, float]]] = defaultdict(list)

    def run(self) -> None:
        """For `LASTS_S`."""
        for tick in range(int(LASTS_S / TICK_S)):
            now = tick * TICK_S
            expected = self.size.runs / EVERY_S * TICK_S
            for _ in range(max(0, round(self._chance.gauss(expected, expected**0.5)))):
                self._accept(now)
            for lane, waiting in self._lanes.items():
                if waiting and self._lane_free.get(lane, 0.0) <= now:
                    self._publish(lane, waiting, now)
            for shard, began in self._arriving.pop(tick, []):
                writer = self.writers[shard % self.size.writers]
                if not writer.waiting:
                    writer.waiting.append([])
                writer.waiting[0].append(began)
            for writer in self.writers:
                if writer.waiting and writer.free_at <= now:
                    self._write(writer, now)

    def _accept(self, now: float) -> None:
        number = self._chance.randrange(self.size.gateways)
        self.gateways[number].work(now, GATEWAY_S)
        shard = self._chance.randrange(self.size.shards)
        self._lanes[number, shard].append(now)

    def _publish(self, lane: tuple[int, int], waiting: deque[float], now: float) -> None:
        group = [waiting.popleft() for _ in range(min(MOST_IN_MESSAGE, len(waiting)))]
        began = max(now, self.gateways[lane[0]].free_at)
        stream = self.streams[lane[1] % self.size.streams]
        done = stream.work(began, FLUSH_S + STREAM_S * len(group))
        self._lane_free[lane] = done
        self.answers += [done - one for one in group]
        at = int(done / TICK_S) + 1
        self._arriving[at] += [(lane[1], one) for one in group]

    def _write(self, writer: Server, now: float) -> None:
        group = writer.waiting.popleft()
        rest = group[MOST_IN_BATCH:]
        if rest:
            writer.waiting.append(rest)
        group = group[:MOST_IN_BATCH]
        done = writer.work(now, BATCH_S + WRITER_S * len(group))
        self.readable += [done - one for one in group]

    def told(self) -> str:
        """A row of the table in docs/scaling.md."""
        size = self.size
        wanted = size.runs / EVERY_S
        database = wanted * DATABASE_S / size.databases / DATABASE_CORES
        done = len(self.readable) / LASTS_S / wanted
        cells = [
            *(f"{size.runs:,}", f"{size.gateways}", f"{size.streams}", f"{size.shards}"),
            *(f"{size.writers}", f"{size.databases}"),
            *(_busy(servers) for servers in (self.gateways, self.streams, self.writers)),
            *(f"{database:.0%}", f"{percentile(self.answers, 0.99) * 1000:,.0f}"),
            *(f"{percentile(self.readable, 0.99) * 1000:,.0f}", f"{min(done, 1):.0%}"),
        ]
        return "| " + " | ".join(cells) + " |"


def _busy(servers: list[Server]) -> str:
    return f"{sum(one.busy for one in servers) / len(servers) / LASTS_S:.0%}"


def percentile(values: list[float], part: float) -> float:
    """Infinite where there is none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else float("inf")


def main() -> int:
    """Every size, smallest first."""
    print(
        "| runs | gateways | streams | shards | writers | databases | gateways busy | streams busy "
        "| writers busy | databases busy | answered p99 ms | readable p99 ms | done |"
    )
    print("|" + "---|" * 13)
    for size in SIZES:
        cluster = Cluster(size)
        cluster.run()
        print(cluster.told(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

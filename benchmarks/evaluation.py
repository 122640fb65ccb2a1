"""Whether evaluation keeps up: rules × running runs × points a second, on real servers.

`python -m benchmarks.evaluation [rules] [runs] [seconds]` starts mongod and nats-server, publishes
what runs would publish (a message a second for each run, ten points of each metric in it), and lets
the very listener and evaluator of the alerts service take it in. Lag is from the moment when a
message was published to the moment when what it caused had been committed.

Two shapes: rules spread over as many projects as there are four runs for, all about one metric; and
all rules in one project, over a hundred metrics, of which each run logs one.
"""

from __future__ import annotations

import asyncio
import bisect
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import nats

from services.alerts.domain.alert import RunFacts
from services.alerts.domain.kinds import condition_of
from services.alerts.domain.rule import Rule
from services.alerts.evaluating.comparing import Comparer
from services.alerts.evaluating.evaluator import Evaluator
from services.alerts.evaluating.judge import Judge
from services.alerts.evaluating.listening import PointListener
from services.alerts.evaluating.rulebook import RememberedRules
from shared.contracts.runs import POINTS_LOGGED, PointsLogged, WatchedRow
from shared.kit import clock
from shared.messaging import streams
from shared.messaging.bus import Bus
from tests.contract.alerts.world import NOON, MadeUpRuns, World
from tests.servers import OPERATOR, Servers

RULES, RUNS, SECONDS = 1_000, 200, 30
POINTS, RUNS_EACH, METRICS = 10, 4, 100
WARM_UP_S = 3.0


def a_rule(number: int, project: str, metric: str) -> Rule:
    """One in ten is crossed now and then; windows are of one to seven points."""
    when = condition_of(
        {
            "kind": "threshold",
            "metric": metric,
            "op": ">",
            "value": 9.0 if number % 10 == 0 else 1e6,
            "window": 1 + number % 7,
            "agg": "avg",
        }
    )
    return Rule(
        id=f"{project}-{number}", project_id=project, entity="team", project=project,
        name=f"rule {number}", when=when, notify=[], severity="warn", cooldown_s=0.0,
        once_per_run=True, enabled=True, created_by="us", created_at=NOON, updated_at=NOON,
    )  # fmt: skip


class Shape:
    """Which rules there are, and what each run logs."""

    def __init__(self, rules: int, runs: int, *, spread: bool) -> None:
        count = max(1, runs // RUNS_EACH) if spread else 1
        projects = [f"{'spread' if spread else 'one'}{number}" for number in range(count)]
        self.name = f"{rules} rules in {count} project{'s' * (count > 1)}, {runs} runs"
        metrics = ["loss"] if spread else [f"metric/{number}" for number in range(METRICS)]
        self.rules = [
            a_rule(number, projects[number % count], metrics[number // count % len(metrics)])
            for number in range(rules)
        ]
        self.runs = [
            (
                f"{projects[0]}-run{number}",
                projects[number % count],
                metrics if spread else [metrics[number % METRICS]],
            )
            for number in range(runs)
        ]


def told(run: str, project: str, metrics: Sequence[str], second: int) -> PointsLogged:
    """What a run logged within a second."""
    rows = [
        WatchedRow(
            step=second * POINTS + step,
            at=time.time(),
            values=dict.fromkeys(metrics, float((second * POINTS + step) % 11)),
        )
        for step in range(POINTS)
    ]
    return PointsLogged(
        run_id=run, project_id=project, generation=0, position=second, stream="history", rows=rows
    )


class PlacedRuns(MadeUpRuns):
    """Each in its project: a rule is heard about its own project's runs alone."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self._projects = {run: project for run, project, _ in shape.runs}

    async def facts(self, run_id: str) -> RunFacts:
        return replace(await super().facts(run_id), project_id=self._projects[run_id])


class Watcher:
    """When everything up to which message had been committed."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.marks: list[int] = []
        self.times: list[float] = []

    async def run(self) -> None:
        while True:
            mark = await self._world.windows.mark()
            if not self.marks or mark > self.marks[-1]:
                self.marks.append(mark)
                self.times.append(time.monotonic())
            await asyncio.sleep(0.01)

    def behind(self, sequence: int) -> bool:
        return not self.marks or self.marks[-1] < sequence

    def lag(self, sequence: int, at: float) -> float:
        index = bisect.bisect_left(self.marks, sequence)
        return self.times[index] - at if index < len(self.times) else float("inf")


async def measure(servers: Servers, shape: Shape, seconds: int) -> bool:
    """Print the lags; whether their 99th percentile is under a second."""
    world = World(servers)
    await world.prepare()
    for rule in shape.rules:
        await world.rules.create(rule, [])
    seed = servers.nkey_file(OPERATOR)
    client = await nats.connect(servers.nats_url, nkeys_seed=str(seed))
    bus = Bus(client)
    await streams.ensure(bus.js, streams.WATCHED_STREAM)
    await bus.js.purge_stream(streams.WATCHED_STREAM.name)

    async def announce(project_id: str, rules: Sequence[Rule]) -> None:
        """Nobody is told."""

    runs: Any = PlacedRuns(shape)
    judge = Judge(runs, world.channels, world.alerts, world.maintenance, "http://cordee")
    comparer = Comparer(runs)
    rulebook = RememberedRules(world.rules, announce)
    evaluator = Evaluator(rulebook, world.windows, judge, comparer, clock.now, lambda: None)
    watcher = Watcher(world)
    beside = [
        asyncio.create_task(PointListener(bus, evaluator, world.windows.mark).run()),
        asyncio.create_task(watcher.run()),
    ]
    sent = await publish(bus, shape, seconds)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and watcher.behind(sent[-1][0]):  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    for task in beside:
        task.cancel()
    await asyncio.gather(*beside, return_exceptions=True)
    since = sent[0][1] + WARM_UP_S
    lags = sorted(watcher.lag(sequence, at) for sequence, at in sent if at >= since)
    alerts = await world.database["alerts"].count_documents({})
    rate = len(sent) * POINTS * len(shape.runs[0][2]) / (sent[-1][1] - sent[0][1])
    p99 = lags[int(len(lags) * 0.99)]
    print(f"{shape.name}: {rate:.0f} points/s for {seconds} s, {alerts} alerts")
    print(f"  lag: median {lags[len(lags) // 2]:.3f} s, p99 {p99:.3f} s, largest {lags[-1]:.3f} s")
    await client.close()
    await world.close()
    return p99 < 1.0


async def publish(bus: Bus, shape: Shape, seconds: int) -> list[tuple[int, float]]:
    """Sequence and moment of every message, evenly over the time."""
    sent: list[tuple[int, float]] = []
    began = time.monotonic()

    async def one(body: bytes) -> None:
        at = time.monotonic()
        answer = await bus.js.publish(POINTS_LOGGED.subject, body, timeout=30.0)
        sent.append((answer.seq, at))

    async with asyncio.TaskGroup() as under_way:
        for second in range(seconds):
            for index, (run, project, metrics) in enumerate(shape.runs):
                due = began + second + index / len(shape.runs)
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                body = told(run, project, metrics, second).model_dump_json().encode()
                under_way.create_task(one(body))
    return sorted(sent)


def main(argv: list[str]) -> int:
    rules, runs, seconds = [*map(int, argv), *(RULES, RUNS, SECONDS)[len(argv) :]]
    kept_up = True
    with Servers() as servers:
        for spread in (True, False):
            shape = Shape(rules, runs, spread=spread)
            kept_up &= asyncio.run(measure(servers, shape, seconds))
    return 0 if kept_up else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Alerts' rooms put together by hand: real MongoDB, a clock that obeys, runs that are made up."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from services.alerts.delivering.dispatcher import Dispatcher
from services.alerts.domain.alert import RunFacts
from services.alerts.domain.baseline import Sample, Wanted
from services.alerts.domain.channel import Channel
from services.alerts.domain.delivery import Attempt, Delivery
from services.alerts.domain.kinds import condition_of
from services.alerts.domain.rule import Rule
from services.alerts.domain.track import Point
from services.alerts.evaluating.comparing import Comparer
from services.alerts.evaluating.evaluator import Evaluator
from services.alerts.evaluating.judge import Judge
from services.alerts.evaluating.rulebook import RememberedRules
from services.alerts.repository.alerts import MongoAlerts
from services.alerts.repository.channels import MongoChannels
from services.alerts.repository.deliveries import MongoDeliveries
from services.alerts.repository.leadership import MongoLeadership
from services.alerts.repository.maintenance import MongoMaintenance
from services.alerts.repository.rules import MongoRules
from services.alerts.repository.scripted import MongoScripted
from services.alerts.repository.vault import Vault
from services.alerts.repository.windows import MongoWindows
from shared.contracts.runs import PointsLogged, RunStateChanged, WatchedRow
from shared.kit import mongo
from shared.kit.outbox import Outbox
from tests.servers import Servers

NOON = (datetime.now(UTC) + timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
"""Tomorrow's: MongoDB's own clock deletes what has expired, within a minute of any test."""


class Clock:
    """Stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        """Some time."""
        self.now += timedelta(**time)


class MadeUpRuns:
    """Every run exists; `others` are what finished before, `matching` whether filters match."""

    def __init__(self) -> None:
        self.others: Sequence[float] = ()
        self.value: float | None = None
        self.asked: list[Wanted] = []
        self.matching = True
        self.project_id = "project"

    async def may_log(self, caller: Any, entity: str, project: str, run: str) -> str:
        return run

    async def facts(self, run_id: str) -> RunFacts:
        return RunFacts(run_id, run_id, run_id, "team", "demo", self.project_id, "running", "alice")

    async def matches(self, run: RunFacts, filters: str) -> bool:
        return self.matching

    async def summary_value(self, run: RunFacts, metric: str) -> float | None:
        return self.value

    async def samples(
        self, caller: Any, place: tuple[str, str], wanted: Wanted, metrics: Sequence[str]
    ) -> Sequence[Sample]:
        self.asked.append(wanted)
        return [
            Sample(str(number), str(number), "", "finished", NOON, values={metrics[0]: value})
            for number, value in enumerate(self.others)
        ][: wanted.limit]

    async def named(
        self, caller: Any, place: tuple[str, str], name: str, metrics: Sequence[str]
    ) -> Sample | None:
        value = self.others[int(name)]
        return Sample(name, name, "", "finished", NOON, values={metrics[0]: value})

    async def curve(
        self, caller: Any, run_id: str, metric: str, until: int | None = None
    ) -> Sequence[Point]:
        """A straight line through what it ended with."""
        value = self.others[int(run_id)]
        return [Point(metric, value * step / 100, step, 0.0) for step in range(101)]


class Receiver:
    """Keeps `ports.Sender`: answers what it is told to, and remembers what came when."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.status = 200
        self.received: list[tuple[str, datetime]] = []

    async def send(self, delivery: Delivery, channel: Channel) -> Attempt:
        self.received.append((delivery.webhook_id, self._clock.now))
        error = None if self.status == 200 else f"answered {self.status}"
        return Attempt(self._clock.now, self.status, error)


class Stepped(Evaluator):
    """Compares running runs with their baselines at once, not when it is time for it."""

    async def take_points(self, batch: Sequence[PointsLogged], mark: int | None = None) -> int:
        raised = await super().take_points(batch, mark)
        await self.comparisons.settle()
        return raised


class World:
    """Everything that evaluates and delivers, stepped by hand."""

    def __init__(self, servers: Servers) -> None:
        self.client = mongo.connect(servers.root_mongo_url, "test")
        self.database = self.client[f"alerts_{secrets.token_hex(4)}"]
        self.clock, self.runs = Clock(), MadeUpRuns()
        self.announced: list[str] = []
        self.receiver = Receiver(self.clock)
        outbox = Outbox(self.database)
        self.leadership = MongoLeadership(self.database, "us")
        self.rules = MongoRules(self.client, self.database, outbox)
        self.channels = MongoChannels(self.client, self.database, Vault("k" * 32))
        self.alerts, self.deliveries = MongoAlerts(self.database), MongoDeliveries(self.database)
        self.windows = MongoWindows(self.client, self.database, outbox, self.leadership)
        self.scripted = MongoScripted(self.client, self.database, outbox, self.windows)
        self.maintenance = MongoMaintenance(self.database)
        self.restart()

    def restart(self) -> None:
        """What a process remembers is gone; what is in the database is not."""
        runs: Any = self.runs
        senders = {"webhook": self.receiver, "slack": self.receiver, "email": self.receiver}
        self.dispatcher = Dispatcher(
            self.deliveries, self.channels, senders, self.clock, lambda: 0.5
        )
        self.rulebook = RememberedRules(self.rules, self._announce)
        self.judge = Judge(runs, self.channels, self.alerts, self.maintenance, "http://cordee")
        self.evaluator = Stepped(
            self.rulebook,
            self.windows,
            self.judge,
            Comparer(runs),
            self.clock,
            self.dispatcher.wake,
        )

    async def _announce(self, project_id: str, rules: Sequence[Rule]) -> None:
        self.announced.append(project_id)

    async def prepare(self) -> None:
        """Indexes and leadership."""
        for store in (self.rules, self.channels, self.alerts, self.deliveries, self.windows):
            await store.prepare()
        await self.scripted.prepare()
        await self.leadership.gain()

    async def close(self) -> None:
        """Nothing stays."""
        await self.client.drop_database(self.database.name)
        self.client.close()

    async def a_channel(self, **given: Any) -> Channel:
        """A webhook."""
        fields: dict[str, Any] = {"name": "hook", "kind": "webhook", "url": "https://x.example"}
        own_id = secrets.token_hex(8)
        channel = Channel(
            id=own_id, team="team", created_by="alice", created_at=NOON, **{**fields, **given}
        )
        await self.channels.create(channel)
        return channel

    async def a_rule(self, when: dict[str, Any], *channels: Channel, **given: Any) -> Rule:
        """A rule that tells channels."""
        fields: dict[str, Any] = {"severity": "warn", "cooldown_s": 0.0, "once_per_run": True}
        own_id = secrets.token_hex(8)
        fields |= {"project_id": "project", "project": "demo"}
        rule = Rule(
            id=own_id,
            entity="team",
            name=own_id,
            when=condition_of(when),
            notify=[channel.id for channel in channels],
            enabled=True,
            created_by="alice",
            created_at=NOON,
            updated_at=NOON,
            **{**fields, **given},
        )
        await self.rules.create(rule, [])
        return rule

    async def fired(self) -> list[str]:
        """The texts of all alerts, the oldest first."""
        page, _ = await self.alerts.page({}, 1_000, None)
        return [alert.text for alert in reversed(page)]

    async def dispatch(self) -> None:
        """Begin what is due now, and wait for it."""
        await self.dispatcher.begin_due(self.clock.now)
        await self.dispatcher.settle()


def points(position: int, *values: float, run: str = "run", first: int = 0) -> PointsLogged:
    """Told points of one metric."""
    return PointsLogged(
        run_id=run,
        project_id="project",
        generation=0,
        position=position,
        stream="history",
        rows=[
            WatchedRow(step=first + index, at=0.0, values={"loss": value})
            for index, value in enumerate(values)
        ],
    )


def state(now: str, before: str | None = "running", run: str = "run") -> RunStateChanged:
    """Told news of a run's state."""
    return RunStateChanged(
        run_id=run,
        entity="team",
        project="demo",
        project_id="project",
        name=run,
        display_name=run,
        state=now,
        previous=before,
        reason=None,
        at=NOON,
    )

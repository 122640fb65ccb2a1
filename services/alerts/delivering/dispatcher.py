"""The dispatcher: takes what is due, at most four at once to one channel, as many channels as due.

What is under way is kept in memory, the schedule in MongoDB: after a crash everything that was
under way is due again, and goes out once more under the same `webhook-id`.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime

from pymongo.errors import PyMongoError

from services.alerts.domain.channel import Channel
from services.alerts.domain.delivery import Attempt, Delivery
from services.alerts.ports import Sender
from services.alerts.repository.channels import MongoChannels
from services.alerts.repository.deliveries import MongoDeliveries
from shared.errors import CordeeError, NotFound
from shared.kit import logs
from shared.kit.clock import Clock

log = logs.get(__name__)

IN_FLIGHT_EACH = 4
IN_FLIGHT = 1_000
_TAKEN_AT_ONCE, _POLL_S = 100, 0.5


class Dispatcher:
    """`chance` is the jitter; a test gives its own, and its own clock."""

    def __init__(
        self,
        deliveries: MongoDeliveries,
        channels: MongoChannels,
        senders: Mapping[str, Sender],
        clock: Clock,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._deliveries = deliveries
        self._channels = channels
        self._senders = senders
        self._clock = clock
        self._chance = chance
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._each: Counter[str] = Counter()
        self._writing: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._news = asyncio.Event()

    def wake(self) -> None:
        """Something is due now: do not wait for the next look."""
        self._news.set()

    async def run(self) -> None:
        """For ever."""
        try:
            while True:
                self._news.clear()
                try:
                    await self.begin_due(self._clock())
                except (CordeeError, PyMongoError) as error:
                    log.warning("deliveries wait", error=str(error))
                await self._wait()
        finally:
            for task in self._under_way.values():
                task.cancel()

    async def begin_due(self, now: datetime) -> int:
        """Begin as many as may be begun now; how many were."""
        begun = 0
        full = set(await self._channels.not_now(now))
        while (room := min(IN_FLIGHT - len(self._under_way), _TAKEN_AT_ONCE)) > 0:
            full |= {channel for channel, count in self._each.items() if count >= IN_FLIGHT_EACH}
            due = await self._deliveries.due(now, full, list(self._under_way), room)
            if not due:
                break
            channels = await self._channels.load(list({one.channel_id for one in due}))
            for one in due:
                if self._begin(one, channels.get(one.channel_id)):
                    begun += 1
                else:
                    full.add(one.channel_id)
        return begun

    async def settle(self) -> None:
        """Wait for what is under way."""
        while self._under_way:
            await asyncio.wait(self._under_way.values())

    def _begin(self, delivery: Delivery, channel: Channel | None) -> bool:
        most = 1 if channel is not None and channel.health.broken else IN_FLIGHT_EACH
        if self._each[delivery.channel_id] >= most:
            return False
        self._each[delivery.channel_id] += 1
        task = asyncio.create_task(self._deliver(delivery))
        self._under_way[delivery.id] = task
        task.add_done_callback(lambda done: self._ended(delivery, done))
        return True

    def _ended(self, delivery: Delivery, task: asyncio.Task[None]) -> None:
        self._under_way.pop(delivery.id, None)
        self._each[delivery.channel_id] -= 1
        if self._each[delivery.channel_id] <= 0:
            del self._each[delivery.channel_id]
        self._news.set()
        if not task.cancelled() and task.exception() is not None:
            log.warning("delivery not written down", error=repr(task.exception()))

    async def _deliver(self, delivery: Delivery) -> None:
        try:
            channel = await self._channels.get(delivery.channel_id)
        except NotFound:
            delivery.state, delivery.due_at = "failed", None
            await self._deliveries.tried(delivery)
            return
        attempt = await self._senders[channel.kind].send(delivery, channel)
        await self._write_down(delivery, attempt)

    async def _write_down(self, delivery: Delivery, attempt: Attempt) -> None:
        """The channel is read afresh: others of its deliveries ended while this one was sent."""
        async with self._writing[delivery.channel_id]:
            await self._settle_one(delivery, attempt)

    async def _settle_one(self, delivery: Delivery, attempt: Attempt) -> None:
        channel = await self._channels.get(delivery.channel_id)
        was_failing = channel.health.failures > 0
        delivery.tried(attempt, channel, self._chance)
        if was_failing or not attempt.arrived:
            await self._channels.save_health(channel)
        await self._deliveries.tried(delivery)
        if attempt.arrived and was_failing:
            await self._deliveries.hasten(channel.id, attempt.at)
        if channel.health.disabled_at is not None:
            await self._deliveries.give_up(channel.id)
        log.info(
            "delivery",
            delivery=delivery.id,
            kind=channel.kind,
            state=delivery.state,
            status=attempt.status,
            ms=attempt.ms,
        )

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(_POLL_S):
                await self._news.wait()
        except TimeoutError:
            return

"""The dispatcher: takes what is due, at most four at once to one channel, as many channels as due.

A delivery is claimed in MongoDB before it is sent: what cannot be written down is not sent again
and again, and two dispatchers do not both send it. After a crash everything that was under way is
due again once its lease is over, and goes out once more under the same `webhook-id`.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from pymongo.errors import PyMongoError

from services.alerts.domain.channel import Channel
from services.alerts.domain.delivery import Attempt, Delivery
from services.alerts.domain.digest import MOST, may_leave_at, together
from services.alerts.ports import Sender
from services.alerts.repository.channels import MongoChannels
from services.alerts.repository.deliveries import MongoDeliveries
from shared.errors import CordeeError, NotFound
from shared.kit import logs
from shared.kit.clock import Clock

log = logs.get(__name__)

IN_FLIGHT_EACH = 4
IN_FLIGHT = 1_000
_TAKEN_AT_ONCE, _POLL_S = 100, 1.0
_LAST_WORDS_S = 3.0
"""What was sent may still be written down when this process is told to stop."""


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
        self._sent: set[str] = set()
        self._each: Counter[str] = Counter()
        self._writing: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._mailing: defaultdict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)
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
            await self._stop()

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
        broken = channel is not None and channel.health.broken
        most = 1 if broken else IN_FLIGHT_EACH
        if self._each[delivery.channel_id] >= most:
            return False
        self._each[delivery.channel_id] += 1
        task = asyncio.create_task(self._deliver(delivery, counts=not broken))
        self._under_way[delivery.id] = task
        task.add_done_callback(lambda done: self._ended(delivery, done))
        return True

    def _ended(self, delivery: Delivery, task: asyncio.Task[None]) -> None:
        self._under_way.pop(delivery.id, None)
        self._sent.discard(delivery.id)
        self._each[delivery.channel_id] -= 1
        if self._each[delivery.channel_id] <= 0:
            del self._each[delivery.channel_id]
        if not task.cancelled() and task.exception() is not None:
            log.warning("delivery not written down", error=repr(task.exception()))
            return  # whatever that was, it is not looked for again at once
        self._news.set()

    async def _stop(self) -> None:
        """Nothing more is sent; what was sent is still written down."""
        writing = {task for own_id, task in self._under_way.items() if own_id in self._sent}
        for task in {*self._under_way.values()} - writing:
            task.cancel()
        if writing:
            await asyncio.wait(writing, timeout=_LAST_WORDS_S)
        for task in writing:
            task.cancel()

    async def _deliver(self, delivery: Delivery, *, counts: bool) -> None:
        if delivery.kind == "email" and delivery.alert_id is not None:
            async with self._mailing[delivery.team, delivery.recipient or ""]:
                await self._deliver_mail(delivery.id, counts=counts)
            return
        if not await self._deliveries.claim([delivery], self._clock(), counts=counts):
            return
        try:
            channel = await self._channels.get(delivery.channel_id)
        except NotFound:
            delivery.end()
            await self._deliveries.tried([delivery])
            return
        attempt = await self._send(delivery, channel)
        self._sent.add(delivery.id)
        await self._write_down(channel, attempt, [delivery])

    async def _deliver_mail(self, delivery_id: str, *, counts: bool) -> None:
        """A mailbox is told at once, and then for a while of everything together."""
        delivery, now = await self._deliveries.get(delivery_id), self._clock()
        if delivery.state != "pending" or delivery.due_at is None or delivery.due_at > now:
            return  # it went with another, or waits with it
        team, recipient = delivery.team, delivery.recipient or ""
        leaves_at = may_leave_at(await self._deliveries.last_mail(team, recipient), now)
        if leaves_at > now:
            delivery.due_at = leaves_at
            await self._deliveries.tried([delivery])
            return
        not_to = await self._channels.not_now(now)
        waiting = await self._deliveries.to_mailbox(delivery, now, not_to, MOST - 1)
        claimed = await self._deliveries.claim([delivery, *waiting], now, counts=counts)
        channels = await self._channels.load(list({one.channel_id for one in claimed}))
        wanted = await self._still_wanted(claimed, channels, now)
        if not wanted:
            return
        channel = channels[wanted[0].channel_id]
        attempt = await self._send(together(wanted), channel)
        self._sent.add(delivery.id)
        mailed = (team, recipient, now) if attempt.arrived else None
        await self._write_down(channel, attempt, wanted, mailed)

    async def _still_wanted(
        self, claimed: Sequence[Delivery], channels: Mapping[str, Channel], now: datetime
    ) -> list[Delivery]:
        """What waits for one mailbox comes from several channels; who left one may be in others.

        The oldest is first: sent once more after a crash, it is the same mail for its receiver.
        """
        for one in claimed:
            channel = channels.get(one.channel_id)
            if channel is None:
                one.end()
            elif channel.was_left_by(one.recipient or ""):
                one.end(Attempt(now, 0, "the recipient has unsubscribed", final=True))
        await self._deliveries.tried([one for one in claimed if one.state != "pending"])
        wanted = [one for one in claimed if one.state == "pending"]
        return sorted(wanted, key=lambda one: (one.created_at, one.id))

    async def _send(self, delivery: Delivery, channel: Channel) -> Attempt:
        """A fault of ours is a try that failed, and comes again as late as one."""
        if channel.sealed:
            return Attempt(self._clock(), 0, "its URL and secret are sealed with a lost key")
        try:
            return await self._senders[channel.kind].send(delivery, channel)
        except Exception as error:  # a sender keeps its promise, until it does not
            log.error("delivery failed inside", delivery=delivery.id, error=repr(error))
            return Attempt(self._clock(), 0, f"a fault inside: {type(error).__name__}")

    async def _write_down(
        self,
        channel: Channel,
        attempt: Attempt,
        sent: Sequence[Delivery],
        mailed: tuple[str, str, datetime] | None = None,
    ) -> None:
        """All that was in one message became what its first did.

        The channel is read afresh: others of its deliveries ended while this one was sent.
        """
        delivery, *others = sent
        async with self._writing[channel.id]:
            channel = (await self._channels.load([channel.id])).get(channel.id, channel)
            was_failing = channel.health.failures > 0
            delivery.tried(attempt, channel, self._chance)
            for other in others:
                other.follow(delivery)
            if was_failing or not attempt.arrived:
                await self._channels.save_health(channel)
            await self._deliveries.tried(sent, mailed)
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

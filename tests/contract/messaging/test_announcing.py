"""News leaves the outbox once, whatever dies between publishing it and forgetting it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from nats.aio.client import Client

from shared.errors import Unavailable
from shared.kit import mongo
from shared.kit.ids import new_id
from shared.kit.mongo import Session
from shared.kit.outbox import Announcement, Outbox
from shared.messaging import streams
from shared.messaging.bus import Bus
from shared.messaging.streams import EVENTS_STREAM
from tests.contract.messaging.conftest import Connect
from tests.servers import Servers

Publish = Callable[[Announcement], Awaitable[None]]


class Killed(Exception):
    """The process is no more."""


class Life:
    """An outbox in a database of its own, and the subject that its news goes to."""

    def __init__(self, servers: Servers, bus: Bus, operator: Client) -> None:
        self.client = mongo.connect(servers.root_mongo_url, "test")
        self.database = self.client[f"test_{new_id()}"]
        self.outbox = Outbox(self.database)
        self.subject = f"events.runs.test.{new_id()}"
        self.bus = bus
        self._operator = operator

    async def happen(self, count: int, *, then: Exception | None = None) -> list[Announcement]:
        """So many things happen, each with its news, in one transaction."""
        news = [Announcement(new_id(), self.subject, str(n).encode()) for n in range(count)]

        async def work(session: Session) -> None:
            await self.database["things"].insert_one({"_id": new_id()}, session=session)
            await self.outbox.add(news, session)
            if then is not None:
                raise then

        await mongo.in_transaction(self.client, work)
        self.outbox.wake()
        return news

    async def waiting(self) -> int:
        return int(await self.database["outbox"].count_documents({}))

    async def emptied(self) -> None:
        """Returns when nothing waits any more."""
        async with asyncio.timeout(20):
            while await self.waiting():  # noqa: ASYNC110 - what is waited for is in MongoDB
                await asyncio.sleep(0.01)

    async def relayed(self, publish: Publish | None = None) -> None:
        """A new life of the relay, until nothing waits or it is killed."""
        relay = asyncio.create_task(Outbox(self.database).relay(publish or self.bus.announce))
        emptied = asyncio.create_task(self.emptied())
        await asyncio.wait({relay, emptied}, return_when=asyncio.FIRST_COMPLETED)
        for task in (relay, emptied):
            task.cancel()
        ends = await asyncio.gather(relay, emptied, return_exceptions=True)
        assert isinstance(ends[0], Killed | asyncio.CancelledError)

    async def heard(self) -> list[str]:
        """The ids of all that the stream holds, in its order."""
        js = self._operator.jetstream()
        info = await js.stream_info(EVENTS_STREAM.name, subjects_filter=self.subject)
        count = (info.state.subjects or {}).get(self.subject, 0)
        subscription = await js.subscribe(self.subject, ordered_consumer=True)
        found = [await subscription.next_msg(timeout=5) for _ in range(count)]
        await subscription.unsubscribe()
        return [(message.headers or {})["Nats-Msg-Id"] for message in found]


@pytest.fixture
async def life(servers: Servers, connect: Connect, operator: Client) -> AsyncIterator[Life]:
    await streams.ensure(operator.jetstream(), EVENTS_STREAM)
    found = Life(servers, Bus((await connect("runs")).client), operator)
    yield found
    found.client.close()


def dying(publish: Publish, at: int, *, before: bool) -> Publish:
    """Publishing that is killed at the n-th piece of news, before or after it is out."""
    count = 0

    async def killed(announcement: Announcement) -> None:
        nonlocal count
        count += 1
        if count == at and before:
            raise Killed
        await publish(announcement)
        if count == at:
            raise Killed

    return killed


class TestTransaction:
    async def test_news_of_what_did_not_happen_is_never_told(self, life: Life) -> None:
        with pytest.raises(ZeroDivisionError):
            await life.happen(3, then=ZeroDivisionError())
        assert await life.waiting() == 0
        assert await life.database["things"].count_documents({}) == 0

    async def test_no_news_is_no_news(self, life: Life) -> None:
        await life.happen(0)
        assert await life.waiting() == 0


class TestRelay:
    async def test_everything_is_told_once_and_forgotten(self, life: Life) -> None:
        told = await life.happen(250)
        await life.relayed()
        assert sorted(await life.heard()) == sorted(one.id for one in told)

    @pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
    async def test_a_death_at_any_point_neither_loses_nor_repeats(
        self, life: Life, before: bool
    ) -> None:
        told = await life.happen(6)
        for at in (1, 2, 3):
            await life.relayed(dying(life.bus.announce, at, before=before))
        await life.relayed()
        assert sorted(await life.heard()) == sorted(one.id for one in told)

    async def test_two_relays_at_once_tell_everything_once(self, life: Life) -> None:
        told = await life.happen(40)
        await asyncio.gather(life.relayed(), life.relayed())
        assert sorted(await life.heard()) == sorted(one.id for one in told)

    async def test_a_stream_that_refuses_is_tried_again(self, life: Life) -> None:
        told = await life.happen(3)
        await life.relayed(refusing(life.bus.announce, times=1))
        assert sorted(await life.heard()) == sorted(one.id for one in told)

    async def test_what_another_process_announces_is_told_too(self, life: Life) -> None:
        told: list[str] = []

        async def publish(announcement: Announcement) -> None:
            told.append(announcement.id)

        relay = asyncio.create_task(Outbox(life.database).relay(publish))
        news = [*await life.happen(1), *await life.happen(1)]
        await life.emptied()
        relay.cancel()
        assert told == [one.id for one in news]


def refusing(publish: Publish, times: int) -> Publish:
    left = times

    async def refused(announcement: Announcement) -> None:
        nonlocal left
        if left:
            left -= 1
            raise Unavailable("full")
        await publish(announcement)

    return refused

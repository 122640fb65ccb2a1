"""The queue of deliveries on a clock that obeys: schedule, breaker, fairness, replay."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

from services.alerts.domain.channel import Channel
from services.alerts.domain.delivery import LEASE, SCHEDULE, Attempt, Delivery, deliveries_for
from tests.contract.alerts.world import NOON, World


async def a_delivery(world: World, channel: Channel, cause: str) -> Delivery:
    [made] = deliveries_for(channel, cause, "alert.fired", "{}", world.clock.now)
    await world.deliveries.add([made])
    return made


async def within_seconds(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 - what holds is nothing that can tell of itself
            await asyncio.sleep(0.02)


async def test_a_receiver_that_is_down_for_seventy_hours_gets_everything(world: World) -> None:
    channel = await world.a_channel()
    ids = {(await a_delivery(world, channel, str(n))).webhook_id for n in range(25)}
    world.receiver.status = 503
    while world.clock.now < NOON + timedelta(hours=70):
        await world.dispatch()
        world.clock.pass_by(minutes=20)
    world.receiver.status, world.receiver.received = 200, []
    for _ in range(3):
        world.clock.pass_by(minutes=5)
        await world.dispatch()
        await world.dispatch()
    for _ in range(10):
        await world.dispatch()
    assert {webhook_id for webhook_id, _ in world.receiver.received} == ids
    assert len(world.receiver.received) == len(ids)


async def test_tries_come_on_schedule(world: World) -> None:
    channel = await world.a_channel()
    await a_delivery(world, channel, "one")
    world.receiver.status = 503
    for wait in SCHEDULE:
        world.clock.now += wait
        await world.dispatch()
    moments = [at for _, at in world.receiver.received]
    assert [later - at for at, later in pairwise(moments)] == [*SCHEDULE[1:]]


async def test_four_at_once_to_one_channel_and_nobody_waits_for_another(world: World) -> None:
    slow = [await world.a_channel(name=f"slow-{n}") for n in range(20)]
    quick = await world.a_channel(name="quick")
    for channel in slow:
        for n in range(8):
            await a_delivery(world, channel, f"{channel.id}-{n}")
    await a_delivery(world, quick, "quick")
    release, done = asyncio.Event(), asyncio.Event()
    under_way = {channel.id: 0 for channel in slow}

    async def send(delivery: Delivery, channel: Channel) -> Attempt:
        if channel.id != quick.id:
            under_way[channel.id] += 1
            await release.wait()
        else:
            done.set()
        return Attempt(world.clock.now, 200)

    world.receiver.send = send  # type: ignore[method-assign]
    await world.dispatcher.begin_due(world.clock.now)
    await within_seconds(lambda: done.is_set() and set(under_way.values()) == {4})
    release.set()
    await world.dispatcher.settle()


async def test_a_bad_night_is_one_mail_and_a_digest_each_quarter(world: World) -> None:
    mail = await world.a_channel(name="mail", kind="email", url=None, to=["a@x.example"])
    await a_delivery(world, mail, "first")
    await world.dispatch()
    assert len(world.receiver.received) == 1
    for n in range(100):
        world.clock.pass_by(seconds=1)
        await a_delivery(world, mail, f"more-{n}")
    await world.dispatch()
    world.clock.pass_by(minutes=12)
    await world.dispatch()
    assert len(world.receiver.received) == 1
    world.clock.pass_by(minutes=3)
    await world.dispatch()
    assert len(world.receiver.received) == 2
    page, _ = await world.deliveries.page({}, 1_000, None)
    assert {one.state for one in page} == {"delivered"}
    world.clock.pass_by(minutes=16)
    await a_delivery(world, mail, "later")
    await world.dispatch()
    assert len(world.receiver.received) == 3


async def test_a_digest_that_failed_is_tried_again_as_one(world: World) -> None:
    mail = await world.a_channel(name="mail", kind="email", url=None, to=["a@x.example"])
    world.receiver.status = 500
    for n in range(20):
        await a_delivery(world, mail, f"d-{n}")
    await world.dispatch()
    assert len(world.receiver.received) == 1
    world.receiver.status = 200
    world.clock.pass_by(seconds=10)
    await world.dispatch()
    assert len(world.receiver.received) == 2
    page, _ = await world.deliveries.page({}, 1_000, None)
    assert {one.state for one in page} == {"delivered"}


async def test_a_disabled_channel_is_left_alone_until_it_is_brought_back(world: World) -> None:
    channel = await world.a_channel()
    gone = await a_delivery(world, channel, "gone")
    waiting = await a_delivery(world, channel, "waiting")
    world.receiver.status = 410
    await world.dispatch()
    assert (await world.deliveries.get(waiting.id)).state == "failed"
    replayed = await world.deliveries.get(gone.id)
    replayed.replay(world.clock.now)
    await world.deliveries.replay(replayed)
    world.receiver.status, world.receiver.received = 200, []
    await world.dispatch()
    assert world.receiver.received == []
    await world.channels.revive(await world.channels.get(channel.id))
    await world.dispatch()
    assert world.receiver.received == [(gone.webhook_id, world.clock.now)]


async def test_what_was_under_way_is_due_again_after_a_crash(world: World) -> None:
    channel = await world.a_channel()
    made = await a_delivery(world, channel, "one")
    plain, sending = world.receiver.send, asyncio.Event()

    async def send(delivery: Delivery, channel: Channel) -> Attempt:
        sending.set()
        await asyncio.Event().wait()
        return await plain(delivery, channel)

    world.receiver.send = send  # type: ignore[method-assign]
    await world.dispatcher.begin_due(world.clock.now)
    await sending.wait()
    for task in world.dispatcher._under_way.values():
        task.cancel()
    world.restart()
    world.receiver.send = plain  # type: ignore[method-assign]
    world.clock.now += LEASE
    await world.dispatch()
    assert [webhook_id for webhook_id, _ in world.receiver.received] == [made.webhook_id]


async def test_a_dump_of_the_database_holds_no_secret(world: World) -> None:
    secrets = {"url": "https://x.example/services/T0K3N", "headers": {"Authorization": "B34R3R"}}
    channel = await world.a_channel(secrets=["whsec_S3CR3T"], **secrets)
    dump = json.dumps([d async for d in world.database["channels"].find()], default=str)
    assert not [word for word in ("T0K3N", "B34R3R", "S3CR3T") if word in dump]
    assert (await world.channels.get(channel.id)).secrets == ["whsec_S3CR3T"]

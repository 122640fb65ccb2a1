"""What was sent and cannot be written down: sent again late, and a digest never in part."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from services.alerts.delivering.dispatcher import Dispatcher
from services.alerts.domain.channel import Channel
from services.alerts.domain.delivery import LEASE, MAIL_LEASE, Attempt, Delivery
from services.alerts.repository.vault import Vault
from tests.contract.alerts.test_dispatching import a_delivery
from tests.contract.alerts.world import World


@asynccontextmanager
async def unwritable(world: World, **which: Any) -> AsyncIterator[None]:
    """MongoDB takes no word of such a delivery's arrival."""
    refused = {"$nor": [{"state": "delivered", **which}]}
    await world.database.command("collMod", "deliveries", validator=refused)
    yield
    await world.database.command("collMod", "deliveries", validator={})


async def a_mailbox(world: World, name: str = "mail", **given: Any) -> Channel:
    return await world.a_channel(name=name, kind="email", url=None, to=["a@x.example"], **given)


async def states(world: World) -> set[str]:
    page, _ = await world.deliveries.page({}, 1_000, None)
    return {one.state for one in page}


async def test_what_cannot_be_written_down_is_not_sent_again_at_once(world: World) -> None:
    await a_delivery(world, await world.a_channel(), "one")
    async with unwritable(world):
        for _ in range(5):
            await world.dispatch()
        assert len(world.receiver.received) == 1
        world.clock.now += LEASE
        for _ in range(5):
            await world.dispatch()
        assert len(world.receiver.received) == 2
    world.clock.pass_by(days=1)
    await world.dispatch()
    assert len(world.receiver.received) == 3
    assert await states(world) == {"delivered"}


async def test_a_sender_that_breaks_is_asked_again_on_schedule(world: World) -> None:
    made = await a_delivery(world, await world.a_channel(), "one")
    asked = 0

    async def send(delivery: Delivery, channel: Channel) -> Attempt:
        nonlocal asked
        asked += 1
        raise ZeroDivisionError

    world.receiver.send = send  # type: ignore[method-assign]
    for _ in range(5):
        await world.dispatch()
    found = await world.deliveries.get(made.id)
    assert (asked, found.tries, found.due_at) == (1, 1, world.clock.now + timedelta(seconds=5))
    assert [one.error for one in found.attempts] == ["a fault inside: ZeroDivisionError"]


async def test_two_dispatchers_send_one_delivery_once(world: World) -> None:
    senders: Any = {"webhook": world.receiver}
    both = [
        Dispatcher(world.deliveries, world.channels, senders, world.clock, lambda: 0.5)
        for _ in range(2)
    ]
    channel = await world.a_channel()
    for number in range(20):
        await a_delivery(world, channel, str(number))
    for _ in range(10):
        await asyncio.gather(*(one.begin_due(world.clock.now) for one in both))
        await asyncio.gather(*(one.settle() for one in both))
    assert len(world.receiver.received) == 20
    assert await states(world) == {"delivered"}


async def test_a_replay_while_it_is_sent_is_sent_too(world: World) -> None:
    made = await a_delivery(world, await world.a_channel(), "one")
    plain = world.receiver.send

    async def send(delivery: Delivery, channel: Channel) -> Attempt:
        replayed = await world.deliveries.get(made.id)
        replayed.replay(world.clock.now)
        await world.deliveries.replay(replayed)
        return await plain(delivery, channel)

    world.receiver.send = send  # type: ignore[method-assign]
    await world.dispatch()
    world.receiver.send = plain  # type: ignore[method-assign]
    await world.dispatch()
    assert len(world.receiver.received) == 2


async def test_a_digest_is_written_down_as_a_whole(world: World) -> None:
    mail = await a_mailbox(world)
    made = [await a_delivery(world, mail, str(number)) for number in range(30)]
    async with unwritable(world, _id=made[17].id):
        await world.dispatch()
        assert len(world.receiver.received) == 1
        assert await states(world) == {"pending"}
        assert await world.deliveries.last_mail("team", "a@x.example") is None
    world.clock.now += MAIL_LEASE
    await world.dispatch()
    assert len(world.receiver.received) == 2
    assert len({message_id for message_id, _ in world.receiver.received}) == 1
    assert await states(world) == {"delivered"}


async def test_what_was_sent_is_written_down_by_a_process_that_is_told_to_stop(
    world: World,
) -> None:
    made = await a_delivery(world, await world.a_channel(), "one")
    sent, go_on = asyncio.Event(), asyncio.Event()
    tried = world.deliveries.tried

    async def late(*given: Any) -> None:
        sent.set()
        await go_on.wait()
        await tried(*given)

    world.deliveries.tried = late  # type: ignore[method-assign]
    running = asyncio.create_task(world.dispatcher.run())
    await sent.wait()
    running.cancel()
    asyncio.get_running_loop().call_later(0.1, go_on.set)
    await asyncio.wait([running])
    assert (await world.deliveries.get(made.id)).state == "delivered"


async def test_who_leaves_one_channel_is_written_to_by_the_other(world: World) -> None:
    left, kept = await a_mailbox(world, "left"), await a_mailbox(world, "kept")
    gone = [await a_delivery(world, left, f"l-{number}") for number in range(3)]
    wanted = [await a_delivery(world, kept, f"k-{number}") for number in range(3)]
    await world.channels.leave(left, "a@x.example")
    told: list[tuple[str, int]] = []

    async def send(delivery: Delivery, channel: Channel) -> Attempt:
        told.append((channel.name, len(json.loads(delivery.facts)["digest"])))
        return Attempt(world.clock.now, 250)

    world.receiver.send = send  # type: ignore[method-assign]
    await world.dispatch()
    assert told == [("kept", 3)]
    assert {(await world.deliveries.get(one.id)).state for one in gone} == {"failed"}
    assert {(await world.deliveries.get(one.id)).state for one in wanted} == {"delivered"}


async def test_a_channel_that_stays_sealed_holds_up_no_other(world: World) -> None:
    lost = await world.a_channel(name="lost")
    vault = world.channels._vault
    world.channels._vault = Vault("another" * 8)
    kept = await world.a_channel(name="kept")
    await a_delivery(world, lost, "to nobody")
    await a_delivery(world, kept, "to somebody")
    await world.dispatch()
    assert len(world.receiver.received) == 1
    assert await states(world) == {"delivered", "pending"}
    again = await world.channels.get(lost.id)
    again.name = "still lost"
    await world.channels.save(again)
    world.channels._vault = vault
    found = await world.channels.get(lost.id)
    assert (found.name, found.sealed, found.url) == ("still lost", False, lost.url)

"""Writers share the shards fairly, and what a dead one held is taken over."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from services.runs.repository.shards import LEASE
from shared.messaging.streams import SHARDS
from tests.contract.runs.world import NOON, Kept

ALL = set(range(SHARDS))
LATER = NOON + LEASE + timedelta(seconds=1)
HALF = SHARDS // 2


class TestRenew:
    async def test_a_writer_alone_holds_everything(self, kept: Kept) -> None:
        one = kept.writer("one")
        await one.prepare()
        assert await one.renew(NOON) == dict.fromkeys(ALL, 0)

    async def test_two_writers_share(self, kept: Kept) -> None:
        one, two = kept.writer("one"), kept.writer("two")
        await one.prepare()
        await one.renew(NOON)
        assert await two.renew(NOON) == {}
        ours = await one.renew(NOON)
        theirs = await two.renew(NOON)
        assert len(ours) == len(theirs) == HALF
        assert set(ours) | set(theirs) == ALL

    async def test_a_dead_writers_shards_are_taken_over_once_its_lease_has_run_out(
        self, kept: Kept
    ) -> None:
        one, two = kept.writer("one"), kept.writer("two")
        await one.prepare()
        await one.renew(NOON)
        await two.renew(NOON)
        before = NOON + LEASE - timedelta(seconds=1)
        await one.renew(NOON + timedelta(seconds=2))
        assert len(await two.renew(before)) == HALF
        assert set(await two.renew(LATER + timedelta(seconds=2))) == ALL

    async def test_one_that_was_away_too_long_holds_nothing_of_what_others_took(
        self, kept: Kept
    ) -> None:
        one, two = kept.writer("one"), kept.writer("two")
        await one.prepare()
        await one.renew(NOON)
        await two.renew(LATER)
        back = await one.renew(LATER + timedelta(seconds=1))
        theirs = await two.renew(LATER + timedelta(seconds=1))
        assert not set(back) & set(theirs)

    async def test_one_that_leaves_lets_others_take_over_at_once(self, kept: Kept) -> None:
        one, two = kept.writer("one"), kept.writer("two")
        await one.prepare()
        await one.renew(NOON)
        await one.leave()
        assert set(await two.renew(NOON)) == ALL

    async def test_no_shard_is_ever_held_twice_however_many_race(self, kept: Kept) -> None:
        writers = [kept.writer(f"w{n}") for n in range(4)]
        await asyncio.gather(*(writer.prepare() for writer in writers))
        for second in range(6):
            at = NOON + timedelta(seconds=second)
            await asyncio.gather(*(writer.renew(at) for writer in writers))
        owners = [
            document["owner"] async for document in kept.database["shards"].find().sort("_id", 1)
        ]
        assert len(owners) == SHARDS
        assert {owners.count(f"w{n}") for n in range(4)} == {SHARDS // 4}


class TestMarks:
    async def test_a_mark_never_goes_back_and_travels_with_its_shard(self, kept: Kept) -> None:
        one, two = kept.writer("one"), kept.writer("two")
        await one.prepare()
        await one.renew(NOON)
        await one.mark({0: 50, 1: 60})
        await one.mark({0: 40, 1: 70})
        await one.mark({})
        await one.leave()
        held = await two.renew(NOON)
        assert (held[0], held[1], held[2]) == (50, 70, 0)

    async def test_the_floor_is_what_every_shard_has_passed(self, kept: Kept) -> None:
        one = kept.writer("one")
        assert await one.floor() == 0
        await one.prepare()
        await one.mark(dict.fromkeys(ALL, 100) | {7: 42})
        assert await one.floor() == 42

    async def test_preparing_again_forgets_nothing(self, kept: Kept) -> None:
        one = kept.writer("one")
        await one.prepare()
        await one.mark({3: 9})
        await kept.writer("two").prepare()
        assert (await one.renew(NOON))[3] == 9

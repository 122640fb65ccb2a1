"""What many follow is looked for once, as one who may, and only as long as somebody follows."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from fastapi import Request

from gateway.dependencies import Asker
from gateway.http import live
from gateway.http.live import Live, Poller, Watch
from shared.contracts.identity import Caller
from shared.errors import CordeeError, NotFound, RateLimited, Unavailable

NEVER = float("inf")


class Looking(Poller):
    """Finds something each time, unless it is asked as somebody who may not."""

    every = 0.01

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.often = asyncio.Event()
        self.refused: dict[str, Exception] = {}

    async def look(self, ask: Asker) -> bool:
        name = ask.caller.username
        self.asked.append(name)
        if len(self.asked) >= 3:
            self.often.set()
        if name in self.refused:
            raise self.refused[name]
        return True


def watch(name: str, address: str = "10.0.0.1", *, signed_in: bool = True) -> Watch:
    caller = Caller(principal_id=name if signed_in else None, username=name)
    request = Request({"type": "http", "client": (address, 1), "headers": []})
    ask = Asker(cast(Any, None), cast(Any, None), caller, "")
    return Watch(request, ask, asked_at=NEVER, checked_at=NEVER)


async def looked(poller: Looking, times: int = 3) -> None:
    until = len(poller.asked) + times
    async with asyncio.timeout(5):
        while len(poller.asked) < until:
            await poller.news(poller.version)


class TestPoller:
    async def test_all_readers_of_one_thing_share_one(self) -> None:
        followed, ada, bob = Live(), watch("ada"), watch("bob")
        with followed.following(ada, "thing", Looking) as first:
            with followed.following(bob, "thing", Looking) as second:
                assert second is first
                await looked(first)
            with followed.following(bob, "other", Looking) as third:
                assert third is not first
        assert set(first.asked) == {"ada"}

    async def test_it_ends_with_its_last_reader(self) -> None:
        followed, ada, bob = Live(), watch("ada"), watch("bob")
        with followed.following(bob, "thing", Looking) as poller:
            with followed.following(ada, "thing", Looking):
                await looked(poller)
            await looked(poller)
        count = len(poller.asked)
        await asyncio.sleep(0.1)
        assert len(poller.asked) == count
        with followed.following(ada, "thing", Looking) as another:
            assert another is not poller

    async def test_who_may_no_more_is_told_and_the_others_go_on(self) -> None:
        followed, ada, bob = Live(), watch("ada"), watch("bob")
        with (
            followed.following(ada, "thing", Looking) as poller,
            followed.following(bob, "thing", Looking),
        ):
            poller.refused["ada"] = NotFound("No such run.")
            async with asyncio.timeout(5):
                while "bob" not in poller.asked:
                    await poller.news(poller.version)
            assert isinstance(ada.refusal, NotFound)
            assert bob.refusal is None
        assert poller.asked.count("ada") == 1

    @pytest.mark.parametrize("fault", [Unavailable("later"), RateLimited("later"), OSError()])
    async def test_a_fault_is_nobodys_refusal(
        self, fault: Exception, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(live, "PAUSE_S", 0.01)
        followed, ada = Live(), watch("ada")
        with followed.following(ada, "thing", Looking) as poller:
            poller.refused["ada"] = fault
            await asyncio.wait_for(poller.often.wait(), 5)
            poller.refused.clear()
            await looked(poller)
        assert ada.refusal is None


class TestWatch:
    async def test_a_reader_is_checked_now_and_then(self, monkeypatch: pytest.MonkeyPatch) -> None:
        reader, asked = watch("ada"), []

        async def check(ask: Asker) -> None:
            asked.append(ask.caller.username)
            if len(asked) == 2:
                raise NotFound("project ada/demo not found")

        reader.checked_at = 0.0
        monkeypatch.setattr(live, "ASK_AGAIN_S", 0.05)
        assert await reader.still_may(check)
        assert await reader.still_may(check)
        assert len(asked) == 1
        await asyncio.sleep(0.06)
        assert not await reader.still_may(check)
        assert not await reader.still_may(check)
        assert (len(asked), type(reader.refusal)) == (2, NotFound)


class TestRoom:
    async def test_one_caller_has_so_many(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(live, "MOST_OF_ONE", 1)
        followed, ada = Live(), watch("ada")
        with followed.following(ada, "thing", Looking):
            with pytest.raises(RateLimited) as refused:
                followed.must_have_room(watch("ada", "10.0.0.2"))
            assert refused.value.retry_after
            followed.must_have_room(watch("bob"))
        followed.must_have_room(ada)

    async def test_visitors_count_by_address(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(live, "MOST_OF_ONE", 1)
        followed = Live()
        with followed.following(watch("", signed_in=False), "thing", Looking):
            with pytest.raises(RateLimited):
                followed.must_have_room(watch("", signed_in=False))
            followed.must_have_room(watch("", "10.0.0.2", signed_in=False))

    async def test_a_process_has_so_many(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(live, "MOST_READERS", 2)
        followed = Live()
        with (
            followed.following(watch("ada"), "thing", Looking),
            followed.following(watch("bob"), "thing", Looking),
            pytest.raises(CordeeError, match="Too many live streams"),
        ):
            followed.must_have_room(watch("cem"))

"""Grants that wait together are asked for together, and each gets its own answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from gateway.ingest.grants import MOST_AT_ONCE, UNDER_WAY, Grants
from shared.contracts.identity import Caller
from shared.contracts.runs import (
    OPEN_STREAMS,
    OpenStreams,
    StreamAnswer,
    StreamAnswers,
    StreamAsk,
    StreamGrant,
)
from shared.errors import CordeeError, Forbidden, NotFound, Unavailable

ADA = Caller(principal_id="p1", kind="user", username="ada", key_id="k1", roles={"ada": "owner"})
BEN = Caller(principal_id="p2", kind="user", username="ben", key_id="k2")


@dataclass
class Runs:
    """A bus on which runs answers once it is told to: `none` of a name is there, nobody but Ada
    may log, and it is at a loss with a question about `poison`."""

    asked: list[list[StreamAsk]] = field(default_factory=list)
    down: bool = False
    open: asyncio.Event = field(default_factory=asyncio.Event)

    async def call(self, contract: Any, ask: OpenStreams, *, again: bool) -> StreamAnswers:
        assert contract is OPEN_STREAMS
        assert again
        self.asked.append(ask.asks)
        await self.open.wait()
        if self.down:
            raise Unavailable("Nobody answers.", retry_after=1)
        if any(one.run == "poison" for one in ask.asks):
            raise ValueError("poison")
        return StreamAnswers(answers=[self._answer(one) for one in ask.asks])

    def _answer(self, ask: StreamAsk) -> StreamAnswer:
        if ask.run == "none":
            return StreamAnswer(error="not_found", message="No such run.")
        if ask.caller != ADA:
            return StreamAnswer(error="forbidden", message="You may not.")
        grant = StreamGrant(run_id=f"id-{ask.run}", generation=0, stop_requested=False)
        return StreamAnswer(grant=grant)


@pytest.fixture
def runs() -> Runs:
    return Runs()


@pytest.fixture
def grants(runs: Runs) -> Grants:
    return Grants(runs)  # type: ignore[arg-type]


async def ask(
    grants: Grants, runs: Runs, *names: str, caller: Caller = ADA
) -> list[StreamGrant | BaseException]:
    """All at once; answered when all of them wait."""
    asking = [asyncio.create_task(grants.of(caller, ("team", "project", name))) for name in names]
    for _ in range(3):
        await asyncio.sleep(0)
    runs.open.set()
    return await asyncio.gather(*asking, return_exceptions=True)


async def test_each_gets_the_grant_of_its_own_run(grants: Grants, runs: Runs) -> None:
    found = await ask(grants, runs, *map(str, range(600)))
    assert [one.run_id for one in found if isinstance(one, StreamGrant)] == [
        f"id-{number}" for number in range(600)
    ]


async def test_who_waits_together_asks_together(grants: Grants, runs: Runs) -> None:
    await ask(grants, runs, *map(str, range(600)))
    assert sum(map(len, runs.asked)) == 600
    assert max(map(len, runs.asked)) == MOST_AT_ONCE
    assert len(runs.asked) <= UNDER_WAY + 600 // MOST_AT_ONCE + 1


async def test_a_grant_is_remembered_for_who_got_it(grants: Grants, runs: Runs) -> None:
    await ask(grants, runs, "a")
    await ask(grants, runs, "a")
    assert len(runs.asked) == 1
    (refused,) = await ask(grants, runs, "a", caller=BEN)
    assert isinstance(refused, Forbidden)


async def test_a_grant_that_is_void_is_asked_for_again(grants: Grants, runs: Runs) -> None:
    await ask(grants, runs, "a", "b")
    grants.forget_run("id-a")
    await ask(grants, runs, "a", "b")
    assert [one.run for one in runs.asked[-1]] == ["a"]


async def test_a_refusal_is_of_its_own_question_and_not_remembered(
    grants: Grants, runs: Runs
) -> None:
    granted, absent = await ask(grants, runs, "a", "none")
    assert isinstance(granted, StreamGrant)
    assert isinstance(absent, NotFound)
    await ask(grants, runs, "none")
    assert [one.run for one in runs.asked[-1]] == ["none"]


async def test_while_nobody_answers_all_are_told_to_try_again(grants: Grants, runs: Runs) -> None:
    runs.down = True
    found = await ask(grants, runs, "a", "b", "c")
    assert all(isinstance(one, Unavailable) for one in found)
    runs.down = False
    assert isinstance((await ask(grants, runs, "a"))[0], StreamGrant)


async def test_a_question_that_breaks_things_breaks_no_other(grants: Grants, runs: Runs) -> None:
    broken, *whole = await ask(grants, runs, "poison", "a", "b", "c", "d")
    assert isinstance(broken, CordeeError)
    assert all(isinstance(one, StreamGrant) for one in whole)


async def test_who_goes_away_holds_up_nobody(grants: Grants, runs: Runs) -> None:
    gone = asyncio.create_task(grants.of(ADA, ("team", "project", "gone")))
    await asyncio.sleep(0)
    gone.cancel()
    assert isinstance((await ask(grants, runs, "a"))[0], StreamGrant)


async def test_who_asks_again_while_the_last_answers_are_given_is_answered(
    grants: Grants, runs: Runs
) -> None:
    async def again() -> StreamGrant:
        await grants.of(ADA, ("team", "project", "first"))
        return await grants.of(ADA, ("team", "project", "again"))

    asking = asyncio.create_task(again())
    for _ in range(3):
        await asyncio.sleep(0)
    beside = asyncio.create_task(grants.of(ADA, ("team", "project", "beside")))
    for _ in range(3):
        await asyncio.sleep(0)
    assert len(runs.asked) == UNDER_WAY
    runs.open.set()
    await beside
    assert (await asyncio.wait_for(asking, 5)).run_id == "id-again"

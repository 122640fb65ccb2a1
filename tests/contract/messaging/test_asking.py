"""A question and its answer, over a real NATS."""

from __future__ import annotations

import asyncio
import secrets
import time

import pytest
from nats.aio.client import Client

from shared.contracts._kinds import Call, Message, Nothing
from shared.contracts.identity import ANONYMOUS, Caller
from shared.errors import BY_CODE, CordeeError, Invalid, Unavailable
from shared.messaging import headers
from shared.messaging.bus import Bus
from tests.contract.messaging.world import (
    BREAK,
    ECHO,
    FAIL,
    MEET,
    ODD,
    WAIT,
    WHO,
    Answering,
    Fail,
    Said,
    Say,
    Together,
)
from tests.servers import Servers


class Other(Message):
    """What ECHO does not ask for."""

    number: int


class TestFailures:
    async def test_where_nobody_answers_one_is_told_at_once(self, bus: Bus) -> None:
        began = time.monotonic()
        with pytest.raises(Unavailable, match="Nobody answers"):
            await bus.call(ECHO, Say(text="hello?"), patience=20)
        assert time.monotonic() - began < 5

    async def test_who_is_too_slow_is_not_waited_for(self, bus: Bus, runs: Answering) -> None:
        with pytest.raises(Unavailable, match="not answered in time"):
            await bus.call(WAIT, Nothing(), patience=0.3)
        runs.may_go_on.set()

    @pytest.mark.parametrize("code", BY_CODE)
    async def test_a_failure_comes_home_as_itself(
        self, bus: Bus, runs: Answering, code: str
    ) -> None:
        said = "Zeile eins\nline two: \u0000 é 😀 " + "x" * 5_000
        ask = Fail(code=code, message=said, field="files.a\r\nX: y.é", retry_after=7.5)
        with pytest.raises(CordeeError) as raised:
            await bus.call(FAIL, ask)
        assert type(raised.value) is BY_CODE[code]
        assert raised.value.message == said
        assert raised.value.retry_after == 7.5
        assert (raised.value.field or "").startswith("files.a")

    async def test_a_fault_comes_home_as_unavailable_and_tells_nothing(
        self, bus: Bus, runs: Answering
    ) -> None:
        with pytest.raises(Unavailable) as raised:
            await bus.call(BREAK, Nothing())
        assert "hunter2" not in raised.value.message

    async def test_a_malformed_question_is_invalid_with_its_field(
        self, bus: Bus, runs: Answering
    ) -> None:
        wrong = Call(ECHO.subject, Other, ECHO.answer)
        with pytest.raises(Invalid) as raised:
            await bus.call(wrong, Other(number=1))
        assert "text" in (raised.value.field or "")
        assert runs.asked == 0

    async def test_an_answer_of_another_form_is_unavailable(
        self, bus: Bus, runs: Answering
    ) -> None:
        with pytest.raises(Unavailable, match="unknown form"):
            await bus.call(ODD, Nothing())

    async def test_what_arrives_after_its_deadline_is_not_begun(
        self, bus: Bus, runs: Answering
    ) -> None:
        late = {headers.DEADLINE: str(int(time.time() * 1000) - 1_000)}
        body = Say(text="late").model_dump_json().encode()
        answer = await bus.connection.request(ECHO.subject, body, timeout=5, headers=late)
        assert (answer.headers or {})[headers.ERROR] == Unavailable.code
        assert runs.asked == 0

    async def test_after_any_failure_it_goes_on_answering(self, bus: Bus, runs: Answering) -> None:
        for _ in range(3):
            with pytest.raises(Unavailable):
                await bus.call(BREAK, Nothing())
        assert (await bus.call(ECHO, Say(text="still here"))).text == "still here"


class TestAnswers:
    @pytest.mark.parametrize("text", ["", "é😀\u0000\n", "NaN", "x" * 100_000])
    async def test_a_text_goes_there_and_back(self, bus: Bus, runs: Answering, text: str) -> None:
        assert (await bus.call(ECHO, Say(text=text))).text == text

    async def test_a_long_answer_comes_in_parts_and_whole(self, bus: Bus, runs: Answering) -> None:
        text = secrets.token_urlsafe(9_000_000)
        assert len(text) == 12_000_000
        ask = Say(text=text)
        answers = await asyncio.gather(*(bus.call(ECHO, ask, patience=30) for _ in range(2)))
        assert [answer.text == text for answer in answers] == [True, True]

    async def test_a_long_and_dull_answer_is_packed(self, bus: Bus, runs: Answering) -> None:
        answer = await bus.call(ECHO, Say(text="0123456789", times=5_000_000), patience=30)
        assert len(answer.text) == 50_000_000

    async def test_fifty_slow_questions_are_answered_at_once(
        self, bus: Bus, runs: Answering
    ) -> None:
        questions = [bus.call(MEET, Together(count=50), patience=20) for _ in range(50)]
        assert await asyncio.gather(*questions) == [Nothing()] * 50

    async def test_a_slow_question_does_not_hold_up_the_next(
        self, bus: Bus, runs: Answering
    ) -> None:
        slow = asyncio.create_task(bus.call(WAIT, Nothing()))
        assert (await bus.call(ECHO, Say(text="quick"))).text == "quick"
        assert not slow.done()
        runs.may_go_on.set()
        await slow

    async def test_of_two_processes_one_answers_each_question(
        self, bus: Bus, runs: Answering, servers: Servers
    ) -> None:
        async with Answering(servers) as second:
            for number in range(40):
                assert (await bus.call(ECHO, Say(text=str(number)))).text == str(number)
            assert runs.asked + second.asked == 40
            assert runs.asked > 0
            assert second.asked > 0

    async def test_an_answer_in_parts_is_fetched_from_whom_gave_it(
        self, bus: Bus, runs: Answering, servers: Servers
    ) -> None:
        text = secrets.token_urlsafe(5_000_000)
        async with Answering(servers):
            for _ in range(4):
                assert (await bus.call(ECHO, Say(text=text), patience=30)).text == text

    async def test_draining_lets_what_is_under_way_be_answered(
        self, bus: Bus, runs: Answering
    ) -> None:
        asking = asyncio.create_task(bus.call(WAIT, Nothing()))
        await bus.call(ECHO, Say(text="so that it has arrived"))
        draining = asyncio.create_task(runs.answers.drain(10))
        runs.may_go_on.set()
        await draining
        assert await asking == Nothing()


class TestCaller:
    async def test_who_does_not_say_who_they_are_is_nobody(self, bus: Bus, runs: Answering) -> None:
        assert await bus.call(WHO, Nothing()) == ANONYMOUS

    async def test_who_asks_travels_along(self, bus: Bus, runs: Answering) -> None:
        caller = Caller(
            principal_id="p1",
            kind="user",
            username="ada",
            email="adaé@example.com",
            admin=True,
            roles={f"team-{n} \r\n é😀": "member" for n in range(200)},
            agent="curl\r\nCordee-Caller: {}",
            acting_note="x\u0000y",
        )
        assert await bus.call(WHO, Nothing(), caller=caller, request_id="r1") == caller


class TestAskingAgain:
    """As when the process that was given the question is frozen."""

    async def swallow(self, operator: Client, bus: Bus) -> asyncio.Task[Said]:
        """A question under way that somebody has been given who will never answer."""
        mute = await operator.subscribe(ECHO.subject, queue=ECHO.owner)
        await operator.flush()
        asking = asyncio.create_task(bus.call(ECHO, Say(text="hello?"), again=True))
        await mute.next_msg()
        await mute.unsubscribe()
        await operator.flush()
        return asking

    async def test_somebody_else_answers(
        self, bus: Bus, operator: Client, servers: Servers
    ) -> None:
        asking = await self.swallow(operator, bus)
        async with Answering(servers) as other:
            assert (await asking).text == "hello?"
            assert other.asked == 1

    async def test_where_nobody_else_is_one_is_told(self, bus: Bus, operator: Client) -> None:
        asking = await self.swallow(operator, bus)
        with pytest.raises(Unavailable, match="Nobody answers"):
            await asking

    async def test_a_failure_is_an_answer(self, bus: Bus, runs: Answering) -> None:
        with pytest.raises(Invalid):
            await bus.call(FAIL, Fail(code=Invalid.code), again=True)

"""One principal that asks too often is told when to come back; nobody else notices."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.contract.gateway.edge import Edge, Person
from tests.contract.gateway.stream import Stream
from tests.cordee import Cordee

RATE, BURST = 5, 50


@pytest.fixture(scope="module")
def limited() -> Iterator[Edge]:
    """Of a Cordée that is content with very little."""
    with (
        Cordee(env={"CORDEE_RATE_REQUESTS": str(RATE)}) as running,
        Edge(running.url, running.admin_key) as edge,
    ):
        yield edge


@pytest.fixture
def spendthrift(limited: Edge) -> Person:
    return limited.person("spendthrift")


def spend(ask: Callable[[], httpx.Response]) -> httpx.Response:
    """Ask until the answer is no; that answer.

    A slow machine is given new requests while it answers, so that one asking is never enough.
    """
    for _ in range(BURST * 4):
        answer = ask()
        if answer.status_code != 200:
            return answer
    raise AssertionError("nobody said no")


def query(person: Person) -> httpx.Response:
    return person.http.post("/graphql", json={"query": "{viewer{id}}"})


def test_each_answer_of_file_stream_says_what_is_left(spendthrift: Person) -> None:
    stream = Stream(spendthrift, "r1")
    first, second = stream.log(0, ['{"a":1}']), stream.log(1, ['{"a":2}'])
    assert 0 < float(second.headers["ratelimit-remaining"]) < BURST
    assert float(second.headers["ratelimit-remaining"]) <= float(
        first.headers["ratelimit-remaining"]
    )
    assert float(second.headers["ratelimit-reset"]) >= 1


def test_who_asks_too_often_is_told_when_to_come_back_at_every_door(spendthrift: Person) -> None:
    stream = Stream(spendthrift, "r1")
    answers = [
        spend(lambda: query(spendthrift)),
        spend(lambda: spendthrift.http.get("/api/v1/users/me")),
        spend(lambda: stream.log(0, ['{"a":1}'])),
    ]
    for answer in answers:
        assert answer.status_code == 429, answer.text
        assert answer.headers["retry-after"] == "1"
        assert answer.headers["ratelimit-remaining"] == "0"
        assert float(answer.headers["ratelimit-reset"]) >= 1
    assert answers[1].json()["type"].endswith("rate_limited")


def test_others_are_heard(limited: Edge, spendthrift: Person) -> None:
    other = limited.person("other")
    assert spend(lambda: query(spendthrift)).status_code == 429
    assert other.http.get("/api/v1/users/me").status_code == 200


def test_nobody_in_particular_is_not_counted(limited: Edge) -> None:
    visitor = limited.visitor()
    assert {visitor.get("/api/v1/sessions/options").status_code for _ in range(2 * BURST)} == {200}

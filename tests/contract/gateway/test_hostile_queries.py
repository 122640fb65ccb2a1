"""Whatever is asked in GraphQL is answered: with data, or with what is wrong about it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.gateway.edge import Edge
from tests.contract.gateway.hostile_queries import Query, everything
from tests.contract.gateway.stream import Stream
from tests.cordee import Cordee
from tests.processes import Processes
from tests.unit.runs.test_filters import HOSTILE as FILTERS

QUERIES = list(everything())
HEADERS = {"Content-Type": "application/json"}
MOST_GROWTH = 80 * 1024 * 1024


@pytest.fixture(scope="module")
def stream(edge: Edge, cordee: Cordee) -> Iterator[Stream]:
    """The administrator's run; no process may die of a question, or grow by much."""
    stream = Stream(edge.admin, "good-and-bad")
    assert stream.log(0, ['{"_step":0,"a":1}']).is_success
    before = Processes.of(cordee)
    yield stream
    after = Processes.of(cordee)
    assert after.pids == before.pids
    assert after.growth_since(before) < MOST_GROWTH


def test_there_are_very_many_and_no_two_are_the_same() -> None:
    assert len({one.body for one in QUERIES}) == len({one.name for one in QUERIES}) == len(QUERIES)
    assert len(QUERIES) + len(FILTERS) >= 180


@pytest.mark.parametrize("query", QUERIES, ids=[one.name for one in QUERIES])
def test_each_is_answered(stream: Stream, query: Query) -> None:
    answer = stream.http.post("/graphql", content=query.body, headers=HEADERS)
    assert answer.status_code in (200, 400, 401, 403, 404, 409, 413, 422), answer.text
    if answer.status_code != 200:
        assert answer.json()["errors"][0]["message"]

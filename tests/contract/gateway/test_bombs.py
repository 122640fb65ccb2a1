"""Bodies that inflate without end are given up, wherever they come in, and cost no memory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.gateway.bombs import BOMBS, MIB, Bomb
from tests.contract.gateway.edge import Edge
from tests.contract.gateway.stream import Stream
from tests.cordee import Cordee
from tests.processes import Processes

MOST_GROWTH = 80 * MIB
ENCODED = {"Content-Type": "application/json", "Content-Encoding": "gzip"}


@pytest.fixture(scope="module")
def stream(edge: Edge, cordee: Cordee) -> Iterator[Stream]:
    """No process may die of a bomb, or keep what it had to inflate."""
    stream = Stream(edge.person(), "bombed")
    assert stream.log(0, ['{"_step":0}']).is_success
    before = Processes.of(cordee)
    yield stream
    after = Processes.of(cordee)
    assert after.pids == before.pids
    assert after.growth_since(before) < MOST_GROWTH


def test_there_are_twenty_of_them() -> None:
    assert len({bomb.name for bomb in BOMBS}) >= 20
    assert len({bomb.made() for bomb in BOMBS}) == len(BOMBS)


@pytest.mark.parametrize("bomb", BOMBS, ids=[bomb.name for bomb in BOMBS])
def test_one_is_refused_at_every_door(stream: Stream, bomb: Bomb) -> None:
    body = bomb.made()
    for path in (stream.path, "/graphql", "/api/v1/teams"):
        answer = stream.http.post(path, content=body, headers=ENCODED)
        assert answer.status_code in bomb.statuses, (path, answer.text)
    assert stream.log(0, ['{"_step":0}']).is_success

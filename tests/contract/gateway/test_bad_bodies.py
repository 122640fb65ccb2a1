"""Bad bodies on file_stream: refused with the field named, and nothing else happens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.gateway.edge import Edge
from tests.contract.gateway.hostile_bodies import HISTORY, Hostile, everything
from tests.contract.gateway.stream import Stream
from tests.cordee import Cordee
from tests.processes import Processes

HOSTILE = list(everything())
MOST_GROWTH = 80 * 1024 * 1024


@pytest.fixture(scope="module")
def stream(edge: Edge, cordee: Cordee) -> Iterator[Stream]:
    """With lines that must survive whatever comes, as must the processes."""
    stream = Stream(edge.person(), "good-and-bad")
    assert stream.log(0, ['{"_step":0,"loss":1}', '{"_step":1,"loss":NaN}']).is_success
    before = Processes.of(cordee)
    yield stream
    after = Processes.of(cordee)
    assert after.pids == before.pids
    assert after.growth_since(before) < MOST_GROWTH


def test_there_are_very_many_and_no_two_are_the_same() -> None:
    said = {(one.body, one.headers.get("Content-Encoding")) for one in HOSTILE}
    assert len(said) == len({one.name for one in HOSTILE}) == len(HOSTILE) >= 320


@pytest.mark.parametrize("hostile", HOSTILE, ids=[one.name for one in HOSTILE])
def test_a_bad_body_is_refused_and_says_why(stream: Stream, hostile: Hostile) -> None:
    answer = stream.http.post(stream.path, content=hostile.body, headers=hostile.headers)
    assert answer.status_code in hostile.statuses, answer.text
    said = answer.json()
    assert said["error"]
    assert hostile.field in said.get("field", "") + said["error"]


def test_what_was_good_before_and_after_is_intact(stream: Stream) -> None:
    for hostile in HOSTILE[::7]:
        stream.http.post(stream.path, content=hostile.body, headers=hostile.headers)
    assert stream.log(2, ['{"_step":2,"loss":3}']).is_success
    stream.settle()
    assert stream.lines() == [
        '{"_step":0,"loss":1}', '{"_step":1,"loss":NaN}', '{"_step":2,"loss":3}',
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["wandb-events.jsonl", "wandb-summary.json", HISTORY])
def test_of_a_request_that_is_partly_bad_nothing_is_kept(edge: Edge, name: str) -> None:
    stream = Stream(edge.person(), "partly-bad")
    files: dict[str, Any] = {
        HISTORY: {"content": ['{"_step":0,"loss":1}']},
        "output.log": {"content": ["hello"]},
        "wandb-events.jsonl": {"content": ['{"system.cpu":1}']},
        "wandb-summary.json": {"content": ['{"loss":1}']},
    }
    files[name] = {"content": ['{"loss":1e400}']}
    refused = stream.http.post(stream.path, json={"files": files, "complete": True, "exitcode": 0})
    assert refused.status_code == 400
    stream.settle()
    found = stream.run("historyLineCount eventsLineCount logLineCount summaryMetrics")
    assert found == {
        "historyLineCount": 0,
        "eventsLineCount": 0,
        "logLineCount": 0,
        "summaryMetrics": "{}",
    }

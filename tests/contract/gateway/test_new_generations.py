"""Lines logged the moment a run has begun afresh are of the run as it is from then on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.contract.gateway.edge import Edge, Person
from tests.contract.gateway.stream import Stream

OFTEN = 5
REWIND = """mutation($e: String, $r: String!) {
  rewindRun(input: {entityName: $e, projectName: "bodies", runName: $r, metricName: "_step",
    metricValue: 0}) { rewoundRun { id } }
}"""

START = """mutation {
  upsertBucket(input: {modelName: "bodies", name: "r1", config: "{}", host: "crag"}) { inserted }
}"""


def line(step: int, told: int) -> str:
    return json.dumps({"_step": step, "told": told})


@pytest.fixture
def ada(edge: Edge) -> Person:
    return edge.person("ada")


def told(stream: Stream) -> list[Any]:
    stream.settle()
    return [json.loads(text)["told"] for text in stream.lines()]


def test_after_a_rewind(ada: Person) -> None:
    stream = Stream(ada, "r1")
    assert stream.log(0, [line(0, 0), line(1, 0)]).is_success
    for turn in range(1, OFTEN):
        answer = stream.graphql(REWIND, e=ada.username, r="r1")
        assert answer.json()["data"]["rewindRun"]["rewoundRun"], answer.text
        assert stream.log(1, [line(1, turn)]).is_success
        assert told(stream) == [0, turn]


def test_after_the_same_id_again(ada: Person) -> None:
    stream = Stream(ada, "r1")
    for turn in range(OFTEN):
        assert stream.graphql(START).is_success
        assert stream.log(0, [line(0, turn)]).is_success
        assert told(stream) == [turn]

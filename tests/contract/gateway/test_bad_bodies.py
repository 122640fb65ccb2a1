"""Bad bodies on file_stream: refused with the field named, and nothing else happens."""

from __future__ import annotations

import json
import math
from typing import Any

import httpx
import pytest

from shared.dialect import decode_row
from tests.contract.gateway.edge import Edge, Person
from tests.contract.gateway.hostile_bodies import HISTORY, Hostile, everything
from tests.servers import Cordee

HOSTILE = list(everything())
KEPT = [
    {"_step": 0, "loss": math.nan, "up": math.inf, "down": -math.inf},
    {"_step": 1, "big": 1180591620717411303424, "negative": -(2**80), "digits": 10**300},
    {"_step": 2, "a.b": 1, "a/b": 2, "$inc": 3, "": 4, "ключ": 5, "emoji 🧗": 6, "a b": 7},
    {"_step": 3, "nested": {"deep": {"er": [1, {"x": None}]}}, "none": None, "yes": True},
    {"_step": 4, "text": 'quote " slash \\ newline \n tab \t nul \x00', "tiny": 5e-324},
    {"_step": 5, "deep": None},
]
"""What the SDK can really send."""


class Stream:
    """A run of somebody's, and its file_stream."""

    def __init__(self, somebody: Person, name: str) -> None:
        self.http = somebody.http
        self.path = f"/files/{somebody.username}/bodies/{name}/file_stream"
        self.name = name
        made = self.graphql(
            'mutation($n: String) { upsertBucket(input: {modelName: "bodies", name: $n}) '
            "{ bucket { id } } }",
            n=name,
        )
        assert made.status_code == 200, made.text

    def graphql(self, query: str, **variables: Any) -> httpx.Response:
        return self.http.post("/graphql", json={"query": query, "variables": variables})

    def log(self, offset: int, lines: list[str]) -> httpx.Response:
        body = {"files": {HISTORY: {"offset": offset, "content": lines}}}
        return self.http.post(self.path, json=body)

    def settle(self) -> None:
        assert self.http.post(self.path, json={"complete": True, "exitcode": 0}).is_success

    def lines(self) -> list[str]:
        answer = self.graphql(
            'query($n: String!) { project(name: "bodies") { run(name: $n) '
            "{ history(minStep: 0, maxStep: 1000000, samples: 100000) } } }",
            n=self.name,
        )
        found: list[str] = answer.json()["data"]["project"]["run"]["history"]
        return found


@pytest.fixture(scope="module")
def stream(edge: Edge) -> Stream:
    stream = Stream(edge.person(), "good-and-bad")
    assert stream.log(0, ['{"_step":0,"loss":1}', '{"_step":1,"loss":NaN}']).is_success
    return stream


@pytest.mark.parametrize("hostile", HOSTILE, ids=[one.name for one in HOSTILE])
def test_a_bad_body_is_refused_and_says_why(stream: Stream, hostile: Hostile) -> None:
    answer = stream.http.post(stream.path, content=hostile.body, headers=hostile.headers)
    assert answer.status_code in hostile.statuses, answer.text
    said = answer.json()
    assert said["error"]
    assert hostile.field in said.get("field", "") + said["error"]


def test_what_was_good_before_and_after_is_intact(
    stream: Stream, cordee: Cordee, edge: Edge
) -> None:
    before = cordee.pid_of("gateway"), cordee.pid_of("runs")
    for hostile in HOSTILE[::7]:
        stream.http.post(stream.path, content=hostile.body, headers=hostile.headers)
    assert stream.log(2, ['{"_step":2,"loss":3}']).is_success
    stream.settle()
    assert stream.lines() == [
        '{"_step":0,"loss":1}', '{"_step":1,"loss":NaN}', '{"_step":2,"loss":3}',
    ]  # fmt: skip
    assert (cordee.pid_of("gateway"), cordee.pid_of("runs")) == before


def test_what_the_sdk_can_send_reads_back_as_it_was(edge: Edge) -> None:
    stream = Stream(edge.person(), "odd-but-good")
    assert stream.log(0, [json.dumps(row) for row in KEPT]).is_success
    stream.settle()
    for line, row in zip(stream.lines(), KEPT, strict=True):
        assert same(decode_row(line), row)


def same(found: Any, wanted: Any) -> bool:
    """Equal, where NaN equals NaN."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        return found.keys() == wanted.keys() and all(same(found[k], wanted[k]) for k in wanted)
    if isinstance(found, float) and isinstance(wanted, float) and math.isnan(wanted):
        return math.isnan(found)
    return bool(found == wanted)

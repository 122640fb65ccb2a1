"""What is odd about a body and yet can be sent is stored, and reads back as it was."""

from __future__ import annotations

import gzip
import json
import math
from typing import Any

import numpy as np
import pytest

from shared.dialect import decode_row
from tests.contract.gateway.edge import Edge
from tests.contract.gateway.hostile_bodies import HISTORY
from tests.contract.gateway.stream import Stream

EVENTS, SUMMARY, CONSOLE = "wandb-events.jsonl", "wandb-summary.json", "output.log"
MIB = 1024 * 1024
KEPT = [
    {"_step": 0, "loss": math.nan, "up": math.inf, "down": -math.inf},
    {"_step": 1, "big": 1180591620717411303424, "negative": -(2**80), "digits": 10**300},
    {"_step": 2, "a.b": 1, "a/b": 2, "$inc": 3, "": 4, "ключ": 5, "emoji 🧗": 6, "a b": 7},
    {"_step": 3, "nested": {"deep": {"er": [1, {"x": None}]}}, "none": None, "yes": True},
    {"_step": 4, "text": 'quote " slash \\ newline \n tab \t nul \x00', "tiny": 5e-324},
    {"_step": 5, "deep": None},
]
"""What the SDK can really send."""


@pytest.fixture
def stream(edge: Edge) -> Stream:
    return Stream(edge.person(), "odd-but-good")


def send(stream: Stream, **body: Any) -> None:
    answer = stream.http.post(stream.path, content=json.dumps(body).encode())
    assert answer.status_code == 200, answer.text


def lines_of(rows: list[dict[str, Any]]) -> list[str]:
    return [json.dumps(row) for row in rows]


class TestReadBack:
    def test_history(self, stream: Stream) -> None:
        assert stream.log(0, lines_of(KEPT)).is_success
        stream.settle()
        for line, row in zip(stream.lines(), KEPT, strict=True):
            assert same(decode_row(line), row)

    def test_history_to_the_letter(self, stream: Stream) -> None:
        lines = [
            '{"_step":0, "loss" : 1.0 , "e":1e-05}',
            '{"loss":NaN,"_step":1,"loss":Infinity}',
            '{"_step":2,"caf\\u00e9":"\\ud83d\\ude00 😀"}',
        ]
        assert stream.log(0, lines).is_success
        stream.settle()
        assert stream.lines() == lines

    @pytest.mark.parametrize("key", ["", "a.b", "a/b", "$inc", "ключ", "emoji 🧗", "a b", "\x00"])
    def test_a_metric_of_any_name(self, stream: Stream, key: str) -> None:
        values = [1, math.nan, 2**80, -math.inf, 0.1]
        rows = [{"_step": step, key: value} for step, value in enumerate(values)]
        assert stream.log(0, lines_of(rows)).is_success
        stream.settle()
        spec = json.dumps(json.dumps({"keys": ["_step", key], "samples": 100}))
        (points,) = stream.run(f"sampledHistory(specs: [{spec}])")["sampledHistory"]
        assert [point["_step"] for point in points] == [0, 1, 2, 3, 4]
        assert [point[key] for point in points] == [1, "NaN", 2**80, "-Infinity", 0.1]

    def test_summary_and_system_metrics(self, stream: Stream) -> None:
        summary = {key: value for row in KEPT for key, value in row.items()}
        events = [{"system.disk./.usageGB": 1.5, "system.gpu.0.temp": math.nan}]
        send(
            stream,
            files={
                SUMMARY: {"content": lines_of([summary])},
                EVENTS: {"content": lines_of(events)},
            },
        )
        stream.settle()
        found = stream.run("summaryMetrics events(samples: 9) systemMetrics")
        assert same(decode_row(found["summaryMetrics"]), summary)
        (event,) = found["events"]
        assert same(decode_row(event), events[0])
        assert same(decode_row(found["systemMetrics"]), events[0])

    def test_console(self, stream: Stream) -> None:
        lines = ["", "\r 10%|█", "\x1b[31mred\x1b[0m", "\x00", "{", '{"content":"a & b"}']
        send(stream, files={CONSOLE: {"content": lines}})
        stream.settle()
        found = stream.run("logLines(first: 100) { edges { node { line } } }")["logLines"]
        assert [edge["node"]["line"] for edge in found["edges"]] == [*lines[:-1], "a & b"]


class TestTaken:
    def test_a_heartbeat(self, stream: Stream) -> None:
        send(stream)
        assert stream.http.post(stream.path, json={}).json() == {"stopped": False}

    def test_what_a_later_sdk_may_add(self, stream: Stream) -> None:
        send(stream, files={HISTORY: {"content": ["{}"], "more": 1}}, news=[{"a": {}}])

    def test_of_equal_keys_the_last(self, stream: Stream) -> None:
        body = b'{"exitcode":7,"complete":false,"complete":true,"exitcode":0}'
        assert stream.http.post(stream.path, content=body).is_success
        assert stream.run("state exitcode") == {"state": "finished", "exitcode": 0}

    def test_gzip(self, stream: Stream) -> None:
        rows = [{"_step": step, "loss": step / 7} for step in range(5_000)]
        body = gzip.compress(json.dumps({"files": {HISTORY: {"content": lines_of(rows)}}}).encode())
        headers = {"Content-Encoding": "gzip"}
        assert stream.http.post(stream.path, content=body, headers=headers).is_success
        stream.settle()
        assert [decode_row(line) for line in stream.lines()] == rows

    def test_the_same_again(self, stream: Stream) -> None:
        for _ in range(3):
            assert stream.log(0, ['{"_step":0,"a":1}', '{"_step":1,"a":2}']).is_success
        assert stream.log(1, ['{"_step":1,"a":2}', '{"_step":2,"a":3}']).is_success
        stream.settle()
        assert len(stream.lines()) == 3

    def test_lines_far_ahead_of_any_other(self, stream: Stream) -> None:
        assert stream.log(2**39, ['{"_step":7}']).is_success
        assert stream.log(0, ['{"_step":0}']).is_success
        stream.settle()
        assert stream.lines() == ['{"_step":0}', '{"_step":7}']

    def test_the_largest_line_of_the_sdk(self, stream: Stream) -> None:
        size = 10 * MIB - 100 * 1024 - 30
        letters = np.random.default_rng(1).integers(0x30, 0x5B, size, np.uint8).tobytes().decode()
        line = f'{{"_step":0,"a":"{letters}"}}'
        assert stream.log(0, [line]).is_success
        assert stream.log(1, ['{"_step":1}']).is_success
        stream.settle()
        assert stream.lines() == [line, '{"_step":1}']


def same(found: Any, wanted: Any) -> bool:
    """Equal, where NaN equals NaN."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        return found.keys() == wanted.keys() and all(same(found[k], wanted[k]) for k in wanted)
    if isinstance(found, float) and isinstance(wanted, float) and math.isnan(wanted):
        return math.isnan(found)
    return bool(found == wanted)

"""Bodies that file_stream must refuse, and the field that the refusal must name.

Made as data: each is (name, body, headers, field). Where a line is at fault the field names the
file and the line.
"""

from __future__ import annotations

import gzip
import json
import random
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

HISTORY = "wandb-history.jsonl"
HEADERS = {"Content-Type": "application/json"}
MIB = 1024 * 1024


class Hostile(NamedTuple):
    """One of them. `statuses` are those that tell the truth about it."""

    name: str
    body: bytes
    field: str
    headers: dict[str, str] = HEADERS
    statuses: tuple[int, ...] = (400,)


def everything() -> Iterator[Hostile]:
    """All of them."""
    yield from _not_json()
    yield from _wrong_types()
    yield from _wrong_lines()
    yield from _too_large()
    yield from _encodings()


def _not_json() -> Iterator[Hostile]:
    for index, body in enumerate(
        [
            b"", b" ", b"{", b"}", b"[", b"nul", b"not json", b"{'files': 1}", b'{"files": }',
            b'{"files" 1}', b'{"a": 1,}', b"\x00", b"\xff\xfe{}", b'{"files": {"\xc3\x28": 1}}',
            b"\xef\xbb\xbf{}", b"{}{}", b"{} x", b'{"exitcode": 01}', b'{"exitcode": +1}',
            b'{"exitcode": NaN}', b'{"exitcode": Infinity}', b'{"exitcode": 1e}', b"<xml/>",
            b'{"files": {"' + HISTORY.encode() + b'": {"content": ["\xed\xa0\x80"]}}}',
            b'{"uploaded": ["\\ud800"]}', b'{"uploaded": ["\\udc00 x"]}', b'{"\\ud800": 1}',
            b'{"files": {"' + HISTORY.encode() + b'": {"content": ["{\\"a\\":\\"\xff\\"}"]}}}',
            b"[" * 100_000, b'{"a":' * 50_000, b'{"files":' * 50_000, b'{"x":[{' * 30_000,
        ]
    ):  # fmt: skip
        yield Hostile(f"not-json-{index}", body, "body")


def _wrong_types() -> Iterator[Hostile]:
    for index, body in enumerate([[], "text", 1, None, True, [{}]]):
        yield Hostile(f"no-object-{index}", _json(body), "body")
    wrong: dict[str, list[Any]] = {
        "files": [1, "x", [], None, True],
        "uploaded": [1, "x", {}, None, True],
        "complete": [1, "true", [], {}],
        "preempting": [1, "true", [], {}],
        "exitcode": ["1", 1.5, [], {}, True, 2**31, -(2**31) - 1, 2**70],
    }
    for field, values in wrong.items():
        for index, value in enumerate(values):
            yield Hostile(f"{field}-{index}", _json({field: value}), field)
    for index, item in enumerate([1, None, {}, [], True]):
        yield Hostile(f"uploaded-item-{index}", _json({"uploaded": [item]}), "uploaded")
    yield Hostile("uploaded-long", _json({"uploaded": ["x" * 5_000]}), "uploaded")
    for index, chunk in enumerate([1, "x", [], None, True]):
        yield Hostile(f"chunk-{index}", _json({"files": {HISTORY: chunk}}), "files")
    for index, offset in enumerate([-1, "0", 1.5, None, [], {}, True, 2**41, 2**70, -(2**70)]):
        yield Hostile(f"offset-{index}", _chunk([], offset=offset), "offset")
    for index, content in enumerate([1, "x", {}, None, True]):
        body = {"files": {HISTORY: {"offset": 0, "content": content}}}
        yield Hostile(f"content-{index}", _json(body), "content")
    for index, line in enumerate([1, None, {}, [], 1.5, True]):
        yield Hostile(f"line-type-{index}", _chunk([line]), "content")
    for name in ("output.log", "wandb-summary.json", "wandb-events.jsonl"):
        for index, offset in enumerate([-1, 2**70, "0", 1e300]):
            body = _chunk([], offset=offset, name=name)
            yield Hostile(f"{name}-offset-{index}", body, "offset")
    yield Hostile("no-content", _json({"files": {HISTORY: {"offset": 0}}}), "content")
    for index, name in enumerate(["", "x", "../x", HISTORY.upper(), "output.log\x00", "a" * 9_000]):
        body = {"files": {name: {"offset": 0, "content": []}}}
        yield Hostile(f"file-name-{index}", _json(body), "files")


def _wrong_lines() -> Iterator[Hostile]:
    lines = [
        "", " ", "x", "{", "}", "[]", "1", "null", '"x"', "true", '{"a"}', '{"a":}', '{"a":1',
        '{"a":1}}', '{"a":1},{"b":2}', "{'a':1}", '{"a":01}', '{"a":+1}', '{"a":.5}', '{"a":1.}',
        '{"a":1e400}', '{"a":-1e400}', '{"a":1E999}', '{"a":{"b":[1e400]}}', '{"a":nan}',
        '{"a":Inf}', '{"a":undefined}', '{"a":"\\ud800"}', '{"\\udfff":1}', '{"a":"\\x"}',
        '{"a":"\t"}', '{"a":1}\x00', _nested(33), _nested(5_000),
        '{"a":' + "[" * 40 + "]" * 40 + "}",
        '{"_step":"x"}', '{"_step":1.5}', '{"_step":[]}',
        '{"_step":{}}', '{"_step":true}', '{"_step":1180591620717411303424}',
        '{"a":' + "9" * 5_000 + "}", '{"a":' + "9" * 309 + ".5}", '{"a":' + "9" * 250 + "e90}",
        '{"a":"\n"}', "\ufeff{}", "NaN",
    ]  # fmt: skip
    good = '{"_step": 7, "loss": 1.0}'
    for index, line in enumerate(lines):
        yield Hostile(f"line-{index}", _chunk([line]), HISTORY)
        yield Hostile(f"line-among-good-{index}", _chunk([good, line, good]), HISTORY)
    for index, pair in enumerate([['{"a":{}', '}{"b":2}'], ['{"a":1}{"b":2}', ""], ["{}", ""]]):
        yield Hostile(f"mended-by-its-neighbour-{index}", _chunk(pair), HISTORY)
    steps = _chunk(['{"_step":1180591620717411303424}'], name="wandb-events.jsonl")
    yield Hostile("events-step", steps, "_step")
    for name in ("wandb-events.jsonl", "wandb-summary.json"):
        for index, line in enumerate(["x", "[]", '{"a":1e400}', '{"a":"\\ud800"}', '{"a"']):
            yield Hostile(f"{name}-{index}", _chunk([line], name=name), name)


def _too_large() -> Iterator[Hostile]:
    large = (400, 413)
    yield Hostile("line-of-11-mb", _chunk(["x" * 11_000_000]), "", HEADERS, large)
    line = json.dumps({"_step": 1, "text": "x" * 11_000_000})
    yield Hostile("good-line-of-11-mb", _chunk([line]), "", HEADERS, (413,))
    lines = [json.dumps({"_step": step, "text": "x" * 100_000}) for step in range(120)]
    yield Hostile("12-mb-of-lines", _chunk(lines), "", HEADERS, (413,))
    yield Hostile("33-mib", b" " * (33 * MIB), "body", HEADERS, (413,))
    yield Hostile("many-lines", _chunk(["{}"] * 200_001), "", HEADERS, (413,))
    yield Hostile("12-mb-of-two-byte-letters", _chunk(["é" * 6_000_000]), "", HEADERS, (413,))
    names = {"uploaded": [f"{n}" + "x" * 4_000 for n in range(3_000)]}
    yield Hostile("12-mb-of-names", _json(names), "files", HEADERS, (413,))
    yield Hostile("many-names", _json({"uploaded": [""] * 200_001}), "uploaded", HEADERS, (413,))
    yield Hostile("11-mb-of-nothing", b" " * 11_000_000, "body")


def _encodings() -> Iterator[Hostile]:
    zipped = HEADERS | {"Content-Encoding": "gzip"}
    large = (413,)
    yield Hostile("no-gzip", b"{}", "body", zipped)
    yield Hostile("half-gzip", gzip.compress(b"{}")[:10], "body", zipped)
    for index, body in enumerate(
        [
            b"", gzip.compress(b"{}")[:-1], gzip.compress(b"{}")[:-8] + b"\0" * 8,
            gzip.compress(b"{}") + b"x", gzip.compress(b"{}") * 2, zlib.compress(b"{}"),
        ]
    ):  # fmt: skip
        yield Hostile(f"no-whole-gzip-{index}", body, "body", zipped)
    yield Hostile("bomb-behind-noise", _noisy_bomb(), "body", zipped, large)
    yield Hostile("bomb-of-brackets", gzip.compress(b"[" * 64 * MIB), "body", zipped, large)
    yield Hostile("gzip-of-no-json", gzip.compress(b"nope"), "body", zipped)
    for size in (40, 200):
        bomb = gzip.compress(b" " * (size * MIB))
        yield Hostile(f"bomb-{size}", bomb, "body", zipped, large)
    line = _chunk(['{"a":"' + "x" * (9 * MIB) + '"}'] * 4)
    yield Hostile("bomb-of-lines", gzip.compress(line), "body", zipped, large)
    for encoding in ("br", "deflate", "zstd", "gzip, gzip", "x"):
        headers = HEADERS | {"Content-Encoding": encoding}
        yield Hostile(f"encoding-{encoding}", b"{}", "content-encoding", headers)


def _noisy_bomb() -> bytes:
    return gzip.compress(random.Random(1).randbytes(20 * MIB) + b" " * (40 * MIB), 1)


def _nested(depth: int) -> str:
    return '{"a":' * depth + "1" + "}" * depth


def _chunk(lines: list[Any], *, offset: Any = 0, name: str = HISTORY) -> bytes:
    return _json({"files": {name: {"offset": offset, "content": lines}}})


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()

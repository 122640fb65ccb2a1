"""Bodies that file_stream must refuse, and the field that the refusal must name.

Made as data: each is (name, body, headers, field). Where a line is at fault the field names the
file and the line.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

HISTORY = "wandb-history.jsonl"
HEADERS = {"Content-Type": "application/json"}
MIB = 1024 * 1024


class Hostile(NamedTuple):
    """One of them. `statuses` are those that tell the truth about it.

    Large ones are made when they are wanted: every process that collects tests lists them all.
    """

    name: str
    given: bytes | Callable[[], bytes]
    field: str
    headers: dict[str, str] = HEADERS
    statuses: tuple[int, ...] = (400,)

    @property
    def body(self) -> bytes:
        """What is sent."""
        return self.given() if callable(self.given) else self.given


def everything() -> Iterator[Hostile]:
    """All of them; what inflates without end is in `bombs`."""
    yield from _not_json()
    yield from _almost_json()
    yield from _in_other_letters()
    yield from _of_other_kinds()
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


def _almost_json() -> Iterator[Hostile]:
    for index, body in enumerate(
        [
            b"// {}\n", b"/* */{}", b"{}//", b'{"uploaded":["a",]}', b'{"uploaded":[,"a"]}',
            b'{"uploaded":["a" "b"]}', b'{"uploaded":["a"}', b'{"uploaded"', b'{"uploaded":',
            b'{"uploaded":[', b'{"uploaded":["a', b'{"uploaded":["a"', b'{"uploaded":["\\',
            b'{"uploaded":["\\u12', b'{"uploaded":["\\u12G4"]}', b'{"uploaded":["\\x41"]}',
            b'{"uploaded":["\\\n"]}', b'{"uploaded":["\n"]}', b'{"uploaded":["\t"]}',
            b'{"uploaded":["\x1f"]}', b'{uploaded:[]}', b"{'uploaded':[]}", b'{"uploaded":[]]',
            b'{"uploaded":[]}}', b'{"uploaded":[]}\x00', b'{1:2}', b'{null:1}', b'{"exitcode":-}',
            b'{"exitcode":--1}', b'{"exitcode":1.}', b'{"exitcode":.1}', b'{"exitcode":1e+}',
            b'{"exitcode":0x1F}', b'{"exitcode":1_000}', b'{"exitcode":1 2}', b'{"exitcode":-01}',
            b'{"exitcode":' + "\u0661".encode() + b"}", b'{"complete":tru}', b'{"complete":True}',
            b'{"complete":None}', b'{"complete":undefined}', b'{"complete":nulll}',
        ]
    ):  # fmt: skip
        yield Hostile(f"almost-json-{index}", body, "body")


def _in_other_letters() -> Iterator[Hostile]:
    whole = '{"uploaded":["é"]}'
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp037"):
        if whole.encode(encoding) != whole.encode():
            yield Hostile(f"in-{encoding}", whole.encode(encoding), "body")
    for name, letters in {
        "overlong": b"\xc0\xaf", "overlong-nul": b"\xc0\x80",
        "five-bytes": b"\xf8\x88\x80\x80\x80",
        "beyond-unicode": b"\xf4\x90\x80\x80", "surrogate-pair": b"\xed\xa0\xbd\xed\xb8\x80",
        "cut-off": b"\xe2\x82", "only-a-second-byte": b"\x80",
    }.items():  # fmt: skip
        yield Hostile(f"utf-8-{name}", b'{"uploaded":["' + letters + b'"]}', "body")
        yield Hostile(f"utf-8-{name}-in-a-name", b'{"files":{"' + letters + b'":{}}}', "")


def _of_other_kinds() -> Iterator[Hostile]:
    parts = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n{}\r\n--x--'
    request = b"POST /graphql HTTP/1.1\r\nHost: x\r\n\r\n{}"
    for name, body in {
        "a-form": b"complete=true&exitcode=0", "a-form-of-parts": parts, "toml": b"complete = true",
        "yaml": b"complete: true\n", "line-ends": b"\r\n\r\n", "msgpack": b"\x81\xa8complete\xc3",
        "two-lines": b'{"complete":true}\n{"exitcode":0}', "protobuf": b"\x08\x96\x01",
        "a-zip": b"PK\x03\x04", "an-image": b"\x89PNG\r\n\x1a\n", "gzip": gzip.compress(b"{}"),
        "a-request": request, "a-chunk": b"2\r\n{}\r\n0\r\n\r\n", "padding": b")]}',\n{}",
        "a-call": b"f({})",
    }.items():  # fmt: skip
        yield Hostile(f"is-{name}", body, "body")
    second = b'{"files":{},"files":1}'
    yield Hostile("second-meaning-of-files", second, "files")
    yield Hostile("second-meaning-of-exitcode", b'{"exitcode":0,"exitcode":"0"}', "exitcode")


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
        '{"a":"\n"}', "\ufeff{}", "NaN", '{"_step":-4611686018427387905}', '{"_step":1e400}',
        '{"_step":1,"_step":"x"}', '{"a":tru}', '{"a":"\\u12"}', '{"a":/**/1}', '{"a":1;"b":2}',
        "{:1}", '{"a":[1,]}', '{"a":[,1]}', "{,}", '{"a":-}', '{"a":--1}', '{"a":1e+}',
        '{"a":0x1}', '{"a":1_0}', "{\"a\":'x'}", '{"a":-Inf}', '{"a":+Infinity}',
        '{"a":infinity}', '{"a":None}', '{"a":True}', "\x00{}", '{"a":1}\n{"b":2}', '{"a":"x',
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
    yield Hostile("no-gzip", b"{}", "body", zipped)
    yield Hostile("half-gzip", gzip.compress(b"{}")[:10], "body", zipped)
    for index, body in enumerate(
        [
            b"", gzip.compress(b"{}")[:-1], gzip.compress(b"{}")[:-8] + b"\0" * 8,
            gzip.compress(b"{}") + b"x", gzip.compress(b"{}") * 2, zlib.compress(b"{}"),
        ]
    ):  # fmt: skip
        yield Hostile(f"no-whole-gzip-{index}", body, "body", zipped)
    yield Hostile("gzip-of-no-json", gzip.compress(b"nope"), "body", zipped)
    for encoding in ("br", "deflate", "zstd", "gzip, gzip", "x", "identity, gzip", "x-gzip", "*"):
        headers = HEADERS | {"Content-Encoding": encoding}
        yield Hostile(f"encoding-{encoding}", b"{}", "content-encoding", headers)


def _nested(depth: int) -> str:
    return '{"a":' * depth + "1" + "}" * depth


def _chunk(lines: list[Any], *, offset: Any = 0, name: str = HISTORY) -> bytes:
    return _json({"files": {name: {"offset": offset, "content": lines}}})


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()

"""GraphQL requests that try to mean more than they may, or more than a computation survives."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any, NamedTuple


class Query(NamedTuple):
    """One of them: what it tries, and the body that is sent."""

    name: str
    body: bytes


PROJECT = 'project(name: "bodies", entityName: "admin")'
HUGE = ("9223372036854775808", "-9223372036854775809", "9" * 400, "1e308", "-1")
CURSORS = (
    *("x", "====", "é", "²", "-1", "9" * 30, "9" * 5_000, "\\u0000", "{}", "1 OR 1=1"),
    base64.b64encode(b'{"$gt":""}').decode(),
)
FILTERS = (
    '{"$where": "sleep(1000)"}', '{"$expr": {"$eq": [1, 1]}}', '{"name": {"$regex": "^(a+)+$"}}',
    '{"$or": []', "[]", "null", "1", '"x"', "{'a': 1}", '{"project_id": {"$ne": ""}}',
    '{"user_id": {"$gt": ""}}', '{"config.a": {"$in": {}}}', '{"a": {"$function": {}}}',
    '{"createdAt": {"$gt": "0001-01-01T00:00:00+14:00"}}', '{"summary_metrics.x": 1e400}',
    '{"duration": {"$gt": 1e308}}', '{"duration": {"$gt": "x"}}', "{" * 3_000, "\\ud800",
    '{"$and": [' * 60 + "{}" + "]}" * 60, '{"name": {"$regex": "(?=a)"}}', '{"\\u0000": 1}',
)  # fmt: skip
ORDERS = (
    *("", "+", "-", "++created_at", "+$where", "-deleted_at", "+config.", "+summary_metrics."),
    *("created_at; drop", "+\\u0000", "+" + "x" * 5_000, "+user_id", "+config.a.$gt"),
)
IDS = (
    *("", "x", "UnVuOg==", "====", "VXNlcjox", "é", "\\u0000", "x" * 10_000),
    *(base64.b64encode(text).decode() for text in (b"Run:v1:$ne:x:y", b"Run:v1:a:b", b"\xff\xfe")),
    base64.b64encode(b"Entity:" + b"9" * 5_000).decode(),
    base64.b64encode("User:²".encode()).decode(),
)
FORKED = '{"_wandb": {"value": {"branch_point": {"run_id": "gone", "step": %s}}}}'
INPUTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("upsertBucket", {"config": "{", "name": "q"}), ("upsertBucket", {"config": "[]"}),
    ("upsertBucket", {"config": '{"a": NaN' + "}" * 2}), ("upsertBucket", {"name": "../x"}),
    ("upsertBucket", {"config": "[" * 100_000}), ("upsertBucket", {"name": "\x00"}),
    ("upsertBucket", {"summaryMetrics": '{"a": 1e400}'}), ("upsertBucket", {"tags": [""] * 5_000}),
    ("upsertBucket", {"summaryMetrics": "x"}), ("upsertBucket", {"name": "n" * 100_000}),
    ("upsertBucket", {"groupName": "\x00$where"}), ("upsertBucket", {"id": "UnVuOjo6"}),
    ("upsertBucket", {"config": FORKED % "1e300"}), ("upsertBucket", {"config": FORKED % '"x"'}),
    ("upsertBucket", {"config": FORKED % 2**70, "name": "forked"}),
    ("upsertModel", {"name": "a/b"}), ("upsertModel", {"name": ""}),
    ("upsertModel", {"access": "X"}),
    ("upsertModel", {"name": "p", "views": "{"}), ("upsertSweep", {"config": "- [" * 9_000}),
    ("upsertSweep", {"config": "a: &a [*a, *a]"}),
    ("upsertSweep", {"config": "!!python/object:os"}),
    ("upsertSweep", {"config": "method: grid\nparameters: {x: {min: 0, max: 1e308, q: 1e-308}}"}),
    ("upsertSweep", {"config": "method: grid\nparameters: {x: {values: [.nan, .inf, 1e400]}}"}),
    ("upsertSweep", {"config": "method: grid\nparameters: {x: {min: -1e400, max: 1e400}}"}),
    ("upsertSweep", {"config": "method: grid\nparameters: {x: {min: 0, max: " + "9" * 400 + "}}"}),
    ("upsertSweep", {"config": "a: " + "x" * 3_000_000}), ("upsertSweep", {"config": "\x00"}),
)  # fmt: skip
BODIES: dict[str, bytes] = {
    "a batch": b'[{"query": "{serverInfo{__typename}}"}]',
    "a batch of many": b"[" + b",".join([b'{"query": "{viewer{id}}"}'] * 1_000) + b"]",
    "no query": b"{}", "a query that is none": b'{"query": 1}', "a null": b'{"query": null}',
    "variables that are none": b'{"query": "{viewer{id}}", "variables": "x"}',
    "a list of variables": b'{"query": "{viewer{id}}", "variables": []}',
    "deep variables": b'{"query":"{viewer{id}}","variables":{"a":' + b"[" * 50_000,
    "half a sign": b'{"query": "{viewer{id}}", "variables": {"a": "\\ud800"}}',
    "an operation of another name": b'{"query": "query A {viewer{id}}", "operationName": "B"}',
    "two without a name": b'{"query": "query A {viewer{id}} query B {viewer{id}}"}',
    "an operation name that is none": b'{"query": "{viewer{id}}", "operationName": 1}',
}  # fmt: skip
DOCUMENTS: dict[str, str] = {
    "nested": "{viewer" * 5_000, "fields": "{" + "viewer{id} " * 2_000 + "}",
    "aliases": "{" + " ".join(f"a{n}: viewer{{id}}" for n in range(2_000)) + "}",
    "directives": "{viewer" + " @include(if: true)" * 5_000 + "{id}}",
    "unknown directives": "{viewer @a @b @c {id}}", "no document": "é{", "comments": "#" * 60_000,
    "a fragment of itself": "{...a} fragment a on Query {...a}",
    "fragments of each other": "{...a} fragment a on Query {...b} fragment b on Query {...a}",
    "a wide fan": "{...a0} " + " ".join(
        f"fragment a{n} on Query {{...a{n + 1} ...a{n + 1}}}" for n in range(30)
    ) + " fragment a30 on Query {viewer{id}}",
    "a subscription": "subscription {viewer{id}}", "a type": "type A {b: Int}",
    "introspection": "{__schema{types" + "{fields{type{ofType" * 20 + "{name}" + "}}}" * 20,
    "variables": "query(" + " ".join(f"$a{n}: Int" for n in range(4_000)) + "){viewer{id}}",
    "defaults": "query($a: Int = " + "9" * 400 + "){viewer{id}}",
    "a list without end": "{users(query: " + "[" * 3_000,
    "an argument twice": '{users(query:"",query:"")}',
    "a string of blocks": '{users(query: """' + "\\u0000" * 50 + '""") {edges{node{id}}}}',
    "all at once": "{" + " ".join(
        f"p{n}: {PROJECT} {{runs(first: 1000) {{edges{{node{{config}}}}}}}}" for n in range(50)
    ) + "}",
}  # fmt: skip


def everything() -> Iterator[Query]:
    """All of them."""
    for name, body in BODIES.items():
        yield Query(name, body)
    for name, text in DOCUMENTS.items():
        yield _query(name, text)
    runs = "query($v: String) {" + PROJECT + "{runs(%s) {edges{node{name}}}}}"
    for at, text in enumerate(FILTERS):
        typed = (runs % "filters: $v").replace("$v: String", "$v: JSONString")
        yield _query(f"filters {at}", typed, v=text)
    for at, text in enumerate(ORDERS):
        yield _query(f"order {at}", runs % "order: $v", v=text)
    for at, text in enumerate(CURSORS):
        yield _query(f"cursor of runs {at}", runs % "after: $v", v=text)
        yield _query(
            f"cursor of lines {at}", _of_run("logLines(after: $v) {edges{node{line}}}"), v=text
        )
        yield _query(
            f"cursor of files {at}", _of_run("files(after: $v) {edges{node{name}}}"), v=text
        )
    for number in HUGE:
        yield _query(
            f"first {number:.12}",
            "{" + PROJECT + f"{{runs(first: {number}) {{edges{{node{{id}}}}}}}}}}",
        )
        yield _query(f"samples {number:.12}", _of_run(f"history(samples: {number})"))
        yield _query(
            f"steps {number:.12}", _of_run(f"history(minStep: {number}, maxStep: {number})")
        )
        spec = json.dumps(f'{{"keys": ["a"], "minStep": {number}, "samples": {number}}}')
        yield _query(f"specs {number:.12}", _of_run(f"sampledHistory(specs: [{spec}])"))
        rewind = (
            f'{{runName: "r", projectName: "bodies", metricName: "_step", metricValue: {number}}}'
        )
        yield _query(
            f"rewind {number:.12}", f"mutation {{rewindRun(input: {rewind}) {{__typename}}}}"
        )
    for at, text in enumerate(IDS):
        yield _query(f"artifact {at}", "query($v: ID!) {artifact(id: $v) {id}}", v=text)
        yield _query(
            f"deleted run {at}",
            "mutation($v: ID!) {deleteRun(input: {id: $v}) {clientMutationId}}",
            v=text,
        )
    for at, (field, given) in enumerate(INPUTS):
        kind = f"{field[0].upper()}{field[1:]}Input!"
        yield _query(
            f"{field} {at}", f"mutation($v: {kind}) {{{field}(input: $v) {{__typename}}}}", v=given
        )


def _of_run(fields: str) -> str:
    given = "query($v: String) " if "$v" in fields else ""
    return given + "{" + PROJECT + '{run(name: "good-and-bad") {' + fields + "}}}"


def _query(name: str, text: str, **variables: Any) -> Query:
    return Query(name, json.dumps({"query": text, "variables": variables}).encode())

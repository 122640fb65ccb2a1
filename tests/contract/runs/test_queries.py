"""Filters, orders and cursors, against a plain reading of the same over the same runs."""

from __future__ import annotations

import asyncio
import base64
import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import bson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.runs.domain.filters import Compare, Every, Field, Node, Not, Some, parse, parse_field
from services.runs.domain.run import Run, State
from services.runs.domain.searchable import config_pairs, summary_pairs
from services.runs.patterns import accepted
from services.runs.ports import Order, RunQuery
from shared.dialect import decode_row
from shared.errors import Invalid
from shared.kit.ids import new_id
from tests.contract.runs.world import ALL_TEXTS, MINUTE, NOON, Kept, a_run
from tests.servers import Servers

# -- The plain reading ------------------------------------------------------------------------


def rank(value: object) -> int:
    """MongoDB's order of kinds; values of different kinds are never equal nor compared."""
    for place, kinds in enumerate([(bool,), (int, float), (str,), (datetime,)]):
        if isinstance(value, kinds):
            return (3, 1, 2, 4)[place]
    return 0


def is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)


def equal(one: Any, other: Any) -> bool:
    if is_nan(one) or is_nan(other):
        return is_nan(one) and is_nan(other)
    return rank(one) == rank(other) and bool(one == other)


def compares(op: str, value: Any, wanted: Any) -> bool:
    if op == "eq":
        return equal(value, wanted)
    if op == "in":
        return any(equal(value, choice) for choice in wanted)
    if op == "regex":
        return isinstance(value, str) and re.search(wanted, value) is not None
    if value is None or rank(value) != rank(wanted):
        return False
    if is_nan(value) or is_nan(wanted):
        return op in ("gte", "lte") and is_nan(value) and is_nan(wanted)
    return bool(
        {
            "gt": value > wanted,
            "gte": value >= wanted,
            "lt": value < wanted,
            "lte": value <= wanted,
        }[op]
    )


def values_of(run: Run, field: Field) -> list[Any] | None:
    """Every value that the field has; None where it is absent."""
    if field.area == "run":
        if field.path == "duration":
            return [(run.heartbeat_at - run.created_at).total_seconds()]
        found = getattr(run, field.path)
        return found if isinstance(found, list) else None if found is None else [found]
    if field.area == "config":
        pairs = config_pairs(decode_row(run.config))
    else:
        pairs = summary_pairs(decode_row(run.summary))
    found = [value for path, value in pairs if path == field.path]
    return found or None


def holds(node: Node, run: Run) -> bool:
    if isinstance(node, Every):
        return all(holds(term, run) for term in node.terms)
    if isinstance(node, Some):
        return any(holds(term, run) for term in node.terms)
    if isinstance(node, Not):
        return not holds(node.term, run)
    if node.op in ("ne", "nin"):
        op = {"ne": "eq", "nin": "in"}[node.op]
        return not holds(Compare(node.field, op, node.value), run)
    values = values_of(run, node.field)
    if node.field.area == "keys":
        return values is not None
    if node.op == "exists":
        return (values is not None) is node.value
    if values is None:
        return compares(node.op, None, node.value)
    return any(compares(node.op, value, node.value) for value in values)


def sorting(run: Run, field: Field) -> tuple[Any, ...]:
    values = values_of(run, field)
    if not values or values[0] is None:
        return (0, 0, 0)
    value = values[0]
    return (rank(value), 0, 0) if is_nan(value) else (rank(value), 1, value)


def in_order(runs: Sequence[Run], order: Order) -> list[Run]:
    def has_value(run: Run) -> bool:
        return sorting(run, order.field)[0] > 0

    found = sorted(
        runs, key=lambda run: (sorting(run, order.field), run.id), reverse=order.descending
    )
    return [*filter(has_value, found), *[run for run in found if not has_value(run)]]


# -- Small projects, filters and orders ---------------------------------------------------------

numbers = st.sampled_from([0, 1, 2, -1, 0.5, 1.0, -0.0, math.nan, math.inf, -math.inf, 2**53 + 1])
texts = st.sampled_from(["", "a", "b", "ab", "B", "é", "a.b", "$x", "0"])
scalars = numbers | texts | st.booleans() | st.none()
moments = st.sampled_from([NOON + n * MINUTE for n in range(3)])
leaves = st.dictionaries(st.sampled_from(["loss", "acc", "a.b", "$where", ""]), scalars, max_size=3)
summaries = st.builds(
    lambda flat, nested: flat | ({"a": nested} if nested else {}),
    leaves,
    st.dictionaries(st.sampled_from(["b", "c"]), scalars, max_size=2),
)
configs = leaves.map(lambda found: {key: {"value": value} for key, value in found.items()})


@st.composite
def projects(draw: st.DrawFn) -> list[Run]:
    return [
        a_run(
            f"run{number}",
            state=draw(st.sampled_from([State.RUNNING, State.FINISHED, State.CRASHED])),
            created_at=draw(moments),
            heartbeat_at=draw(moments),
            group=draw(st.none() | texts),
            tags=draw(st.lists(texts, max_size=2, unique=True)),
            exit_code=draw(st.none() | st.integers(-1, 1)),
            username=draw(st.sampled_from(["ada", "bob"])),
            summary=json.dumps(draw(summaries)),
            config=json.dumps(draw(configs)),
        )
        for number in range(draw(st.integers(0, 7)))
    ]


FIELDS = (
    *("state", "name", "group", "tags", "username", "exitCode", "duration", "createdAt"),
    *("config.loss", "config.acc.value", "config.$where", "config.a.b", "config."),
    *("summary_metrics.loss", "summary.a.b", "summary_metrics.acc", "summaryMetrics.a"),
    *("heartbeat_at", "keys_info.keys.loss"),
)
fields = st.sampled_from([name for name in FIELDS if name != "config."])


@st.composite
def clauses(draw: st.DrawFn) -> dict[str, Any]:
    name = draw(fields)
    values: st.SearchStrategy[Any] = scalars
    if name == "duration":
        values = st.sampled_from([0, 60, -60.0, 120, math.inf])
    if name in ("createdAt", "heartbeat_at"):
        values = moments.map(datetime.isoformat)
    plain = ["$eq", "$ne", "$gt", "$gte", "$lt", "$lte"]
    more = [] if name == "duration" else ["$in", "$nin", "$exists", "$regex"]
    op = draw(st.sampled_from([*plain, *more]))
    if op in ("$in", "$nin"):
        return {name: {op: draw(st.lists(values, max_size=3))}}
    if op == "$exists":
        return {name: {op: draw(st.booleans())}}
    if op == "$regex":
        return {
            name: {op: draw(st.sampled_from(["a", "^a$", "^b|é", "", ".", "\\.", "^$", "(?i)B"]))}
        }
    ordered = values.filter(lambda value: value is not None and not isinstance(value, bool))
    return {name: {op: draw(values if op in ("$eq", "$ne") else ordered)}}


filters = st.recursive(
    clauses() | st.just({}),
    lambda inner: (
        st.builds(
            lambda op, terms: {op: terms},
            st.sampled_from(["$and", "$or", "$nor"]),
            st.lists(inner, max_size=3),
        )
        | inner.map(lambda term: {"$not": term})
        | st.builds(lambda one, other: one | other, inner, inner)
    ),
    max_leaves=5,
)
orders = st.builds(
    Order, fields.filter(lambda n: not n.startswith("keys")).map(parse_field), st.booleans()
)


@dataclass
class Asked:
    """The stores, and the loop in which they live."""

    kept: Kept
    loop: asyncio.Runner

    def born(self, runs: Sequence[Run]) -> str:
        """They are in a project of their own, with others around."""
        project = new_id()
        for run in runs:
            run.project_id = project
        self.loop.run(self._insert([*runs, a_run("gone", project, deleted_at=NOON)]))
        return project

    async def _insert(self, runs: Sequence[Run]) -> None:
        for run in runs:
            await self.kept.born(run)

    def page(self, query: RunQuery) -> tuple[Sequence[Run], Sequence[str]]:
        return self.loop.run(self.kept.runs.query(query))

    def count(self, project: str, node: Node) -> int:
        return self.loop.run(self.kept.runs.count(project, node))


@pytest.fixture(scope="module")
def asked(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    with asyncio.Runner() as loop:
        kept = loop.run(opened(servers, tmp_path_factory.mktemp("blobs")))
        yield Asked(kept, loop)
        kept.close()


async def opened(servers: Servers, folder: Path) -> Kept:
    return await Kept(servers, folder).prepare()


def reached(asked: Asked, query: RunQuery, size: int) -> list[str]:
    """Names of all runs, page by page."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        page, cursors = asked.page(
            RunQuery(query.project_id, query.where, query.order, size, cursor)
        )
        found += [run.name for run in page]
        if len(page) < size:
            return found
        cursor = cursors[-1]


class TestAgainstThePlainReading:
    def test_pages_hold_every_run_that_matches_once_and_in_order(self, asked: Asked) -> None:
        @settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(projects(), st.lists(filters, min_size=2, max_size=4), orders, st.integers(1, 3))
        def check(
            runs: list[Run], documents: list[dict[str, Any]], order: Order, size: int
        ) -> None:
            project = asked.born(runs)
            for document in documents:
                where = parse(json.dumps(document), accepted)
                expected = in_order([run for run in runs if holds(where, run)], order)
                query = RunQuery(project, where, order, 100)
                assert reached(asked, query, size) == [run.name for run in expected]
                assert asked.count(project, where) == len(expected)

        check()

    def test_every_cursor_goes_on_after_its_own_run(self, asked: Asked) -> None:
        @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(projects(), orders)
        def check(runs: list[Run], order: Order) -> None:
            project = asked.born(runs)
            page, cursors = asked.page(RunQuery(project, Every(()), order, 100))
            for index, cursor in enumerate(cursors):
                rest, _ = asked.page(RunQuery(project, Every(()), order, 100, cursor))
                assert [run.name for run in rest] == [run.name for run in page[index + 1 :]]

        check()


BY_LOSS = Order(Field("summary", "loss"), descending=False)


class TestOrder:
    @pytest.mark.parametrize("descending", [False, True])
    def test_runs_without_a_value_come_last_both_ways(self, asked: Asked, descending: bool) -> None:
        losses = ["null", "2", "1", '"text"', "NaN"]
        runs = [a_run(f"r{n}", summary=f'{{"loss":{loss}}}') for n, loss in enumerate(losses)]
        project = asked.born([*runs, a_run("none")])
        order = Order(Field("summary", "loss"), descending)
        names = reached(asked, RunQuery(project, Every(()), order, 100), 2)
        rising = ["r4", "r2", "r1", "r3"]
        assert names[:4] == (rising[::-1] if descending else rising)
        assert set(names[4:]) == {"r0", "none"}

    def test_texts_are_loaded_only_if_asked_for(self, asked: Asked) -> None:
        project = asked.born([a_run(summary='{"loss":1}', config='{"a":{"value":1}}')])
        bare, _ = asked.page(RunQuery(project, Every(()), BY_LOSS, 9))
        full, _ = asked.page(RunQuery(project, Every(()), BY_LOSS, 9, texts=ALL_TEXTS))
        assert (bare[0].summary, bare[0].config) == ("{}", "{}")
        assert (full[0].summary, full[0].config) == ('{"loss":1}', '{"a":{"value":1}}')


def forged(*parts: Any) -> str:
    return base64.urlsafe_b64encode(bson.encode({"c": list(parts)})).decode()


class TestCursor:
    @pytest.mark.parametrize(
        "cursor",
        [
            *("x", "====", "é", "AAAA", "\x00", "A" * 1_000),
            base64.urlsafe_b64encode(bson.encode({})).decode(),
            base64.urlsafe_b64encode(bson.encode({"c": 7})).decode(),
            base64.urlsafe_b64encode(bson.encode({"c": "abc"})).decode(),
            forged(),
            forged(0, 1),
            forged(0, 1, "id", "more"),
            forged("0", 1, "id"),
            forged(7, 1, "id"),
            forged(0, 1, 7),
            forged(0, 1, {"$gt": ""}),
            forged(0, {"$gt": ""}, "id"),
            forged(0, ["a"], "id"),
            forged(0, bson.Regex("^(a+)+$"), "id"),
            forged(0, re.compile("a"), "id"),
            forged(0, bson.Code("sleep(1)"), "id"),
            forged(0, bson.ObjectId(), "id"),
            forged({"$gt": 0}, 1, "id"),
            forged(None, None, None),
        ],
    )
    def test_one_that_was_never_given_out_is_refused(self, asked: Asked, cursor: str) -> None:
        with pytest.raises(Invalid) as refused:
            asked.page(RunQuery("p", Every(()), BY_LOSS, 9, cursor))
        assert refused.value.field == "cursor"

    def test_one_from_another_project_shows_nothing_of_it(self, asked: Asked) -> None:
        ours = asked.born([a_run("ours", summary='{"loss":5}')])
        theirs = asked.born([a_run(f"t{n}", summary=f'{{"loss":{n}}}') for n in range(3)])
        _, cursors = asked.page(RunQuery(theirs, Every(()), BY_LOSS, 9))
        page, _ = asked.page(RunQuery(ours, Every(()), BY_LOSS, 9, cursors[0]))
        assert [run.name for run in page] == ["ours"]


class TestHostile:
    @pytest.mark.parametrize(
        "filters",
        [
            {"duration": {"$gt": "text"}},
            {"duration": True},
            {"duration": None},
            {"duration": {"$in": [1]}},
            {"duration": {"$regex": "a"}},
            {"duration": {"$exists": True}},
        ],
    )
    def test_a_duration_compares_with_a_number_only(self, asked: Asked, filters: Any) -> None:
        project = asked.born([a_run()])
        with pytest.raises(Invalid) as refused:
            asked.count(project, parse(json.dumps(filters), accepted))
        assert refused.value.field == "filters"

    @pytest.mark.parametrize("text", ["$name", "$$ROOT", "$where", "{$gt: ''}", "$project_id"])
    def test_a_text_is_never_taken_for_an_expression(self, asked: Asked, text: str) -> None:
        run = a_run(summary=json.dumps({"loss": text, text: 1}), group=text)
        project = asked.born([run, a_run("other")])
        for document in (
            {"summary.loss": text},
            {f"summary.{text}": 1},
            {"group": {"$gte": text}},
            {"summary.loss": {"$in": [text]}},
        ):
            assert asked.count(project, parse(json.dumps(document), accepted)) == 1
        order = Order(Field("summary", text), descending=True)
        page, cursors = asked.page(RunQuery(project, Every(()), order, 1))
        assert page[0].name == run.name
        by_group = Order(Field("run", "group"), descending=True)
        page, cursors = asked.page(RunQuery(project, Every(()), by_group, 1))
        rest, _ = asked.page(RunQuery(project, Every(()), by_group, 9, cursors[0]))
        assert [one.name for one in (*page, *rest)] == ["abc", "other"]

    @pytest.mark.parametrize(
        "pattern",
        [
            "\\pN",
            "\\pL+",
            "\\p{Greek}",
            "\\C",
            "\\Qa.b\\E",
            "(?P<n>a)",
            "(?i)A",
            "\\z",
            "[[:word:]]",
            "\\x{10FFFF}",
            "\\A",
            "(?s).",
            "(?U)a+",
            "a{0,1000}",
            "\\v",
            "\\h",
            "[^\\D]",
            "(?-i)a",
        ],
    )
    def test_a_pattern_that_passes_the_gate_is_answered_or_refused(
        self, asked: Asked, pattern: str
    ) -> None:
        project = asked.born([a_run()])
        try:
            found = asked.count(project, parse(json.dumps({"name": {"$regex": pattern}}), accepted))
        except Invalid as refused:
            found = 0 if refused.field == "filters" else -1
        assert found in (0, 1)

    def test_nobody_elses_runs_are_ever_counted(self, asked: Asked) -> None:
        project = asked.born([a_run("ours")])
        asked.born([a_run("theirs")])
        for document in ({}, {"$or": [{}]}, {"$nor": []}, {"name": {"$ne": "x"}}):
            where = parse(json.dumps(document), accepted)
            page, _ = asked.page(RunQuery(project, where, BY_LOSS, 100))
            assert [run.name for run in page] == ["ours"]

    def test_dates_of_any_zone_are_compared_as_moments(self, asked: Asked) -> None:
        project = asked.born([a_run(created_at=datetime(2026, 1, 1, 12, tzinfo=UTC))])
        east = datetime(2026, 1, 1, 14, tzinfo=UTC) + timedelta(0)
        for text, count in (("2026-01-01T14:00:00+02:00", 1), (east.isoformat(), 0)):
            where = parse(json.dumps({"createdAt": {"$gte": text}}), accepted)
            assert asked.count(project, where) == count

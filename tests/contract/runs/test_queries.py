"""Filters, orders and cursors, against a plain reading of the same over the same runs."""

from __future__ import annotations

import json
import math
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.runs.domain.filters import Every, Field, parse, parse_field
from services.runs.domain.run import Run, State
from services.runs.patterns import accepted
from services.runs.ports import Order, RunQuery
from tests.contract.runs.asking import born, page_of, reached
from tests.contract.runs.plain_reading import holds, in_order
from tests.contract.runs.world import ALL_TEXTS, MINUTE, NOON, Asked, a_run

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


class TestAgainstThePlainReading:
    @pytest.mark.parametrize(
        "examples",
        [200, pytest.param(1_700, marks=[pytest.mark.drill, pytest.mark.timeout(3_600)])],
    )
    def test_pages_hold_every_run_that_matches_once_and_in_order(
        self, asked: Asked, examples: int
    ) -> None:
        """Two to four filters an example: the drill draws more than five thousand."""

        @settings(
            max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow]
        )
        @given(projects(), st.lists(filters, min_size=2, max_size=4), orders, st.integers(1, 3))
        def check(
            runs: list[Run], documents: list[dict[str, Any]], order: Order, size: int
        ) -> None:
            project = born(asked, runs)
            for document in documents:
                where = parse(json.dumps(document), accepted)
                expected = in_order([run for run in runs if holds(where, run)], order)
                query = RunQuery(project, where, order, 100)
                assert reached(asked, query, size) == [run.name for run in expected]
                assert asked.do(asked.kept.runs.count(project, where)) == len(expected)

        check()

    def test_every_cursor_goes_on_after_its_own_run(self, asked: Asked) -> None:
        @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(projects(), orders)
        def check(runs: list[Run], order: Order) -> None:
            project = born(asked, runs)
            page, cursors = page_of(asked, RunQuery(project, Every(()), order, 100))
            for index, cursor in enumerate(cursors):
                rest, _ = page_of(asked, RunQuery(project, Every(()), order, 100, cursor))
                assert [run.name for run in rest] == [run.name for run in page[index + 1 :]]

        check()


BY_LOSS = Order(Field("summary", "loss"), descending=False)


class TestOrder:
    @pytest.mark.parametrize("descending", [False, True])
    def test_runs_without_a_value_come_last_both_ways(self, asked: Asked, descending: bool) -> None:
        losses = ["null", "2", "1", '"text"', "NaN"]
        runs = [a_run(f"r{n}", summary=f'{{"loss":{loss}}}') for n, loss in enumerate(losses)]
        project = born(asked, [*runs, a_run("none")])
        order = Order(Field("summary", "loss"), descending)
        names = reached(asked, RunQuery(project, Every(()), order, 100), 2)
        rising = ["r4", "r2", "r1", "r3"]
        assert names[:4] == (rising[::-1] if descending else rising)
        assert set(names[4:]) == {"r0", "none"}

    def test_texts_are_loaded_only_if_asked_for(self, asked: Asked) -> None:
        project = born(asked, [a_run(summary='{"loss":1}', config='{"a":{"value":1}}')])
        bare, _ = page_of(asked, RunQuery(project, Every(()), BY_LOSS, 9))
        full, _ = page_of(asked, RunQuery(project, Every(()), BY_LOSS, 9, texts=ALL_TEXTS))
        assert (bare[0].summary, bare[0].config) == ("{}", "{}")
        assert (full[0].summary, full[0].config) == ('{"loss":1}', '{"a":{"value":1}}')

"""A question about history has one answer, wherever the lines lie."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.runs.histories.points import Choice, _select_partly
from services.runs.segments.columns import table_from_lines
from services.runs.segments.parquet import read_segment, write_segment
from services.runs.segments.reading import (
    encode_lists,
    encode_points,
    minmax,
    sampled,
    select,
    select_partly,
    series,
)
from shared.dialect import MISSING, decode_value, dig

names = st.sampled_from(["_step", "a", "b", "a.b", "s"])
values = st.one_of(
    st.integers(-3, 30),
    st.floats(-5, 5),
    st.sampled_from(["text", True, None, 2**70]),
    st.dictionaries(st.sampled_from(["b", "c"]), st.integers(), max_size=2),
)
plain = st.fixed_dictionaries(
    {"_step": st.integers(0, 20)}, optional={"a": st.floats(-5, 5), "b": st.integers()}
)
histories = st.lists(st.dictionaries(names, values, max_size=5), max_size=8) | st.lists(plain)
bounds = st.none() | st.integers(-1, 21)


def lines_of(*rows: dict[str, Any]) -> list[str]:
    return [json.dumps(row) for row in rows]


CURVE = lines_of(
    {"_step": 0, "loss": 1.5, "val": {"acc": 1}},
    {"_step": 1, "loss": math.nan},
    {"_step": 2, "note": "no loss"},
    {"_step": 4, "loss": 0.5, "val": {"acc": 2}},
)
PIECES = [
    pytest.param(CURVE, id="lines"),
    pytest.param([line.encode() for line in CURVE], id="bytes"),
    pytest.param(table_from_lines(CURVE), id="table"),
    pytest.param(read_segment(write_segment(table_from_lines(CURVE))), id="segment"),
]


class TestSelect:
    @pytest.mark.parametrize("piece", PIECES)
    def test_only_rows_with_all_the_keys(self, piece: Any) -> None:
        assert select(piece, ["_step", "note"]) == [(2, "no loss")]
        assert [step for step, _ in select(piece, ["_step", "loss"])] == [0, 1, 4]
        assert select(piece, ["_step", "ghost"]) == []

    @pytest.mark.parametrize("piece", PIECES)
    def test_nested_values_answer_to_dotted_keys(self, piece: Any) -> None:
        assert select(piece, ["val.acc", "_step"]) == [(1, 0), (2, 4)]

    @pytest.mark.parametrize("piece", PIECES)
    def test_the_upper_step_is_not_included(self, piece: Any) -> None:
        assert select(piece, ["loss"], min_step=2, max_step=5) == [(0.5,)]
        assert select(piece, ["loss"], min_step=2, max_step=4) == []

    def test_a_key_may_be_asked_for_twice(self) -> None:
        assert select(table_from_lines(CURVE), ["_step", "note", "_step"]) == [(2, "no loss", 2)]

    def test_a_line_that_cannot_be_read_is_no_row(self) -> None:
        lines = ["oops", *CURVE]
        for piece in (lines, table_from_lines(lines)):
            assert select(piece, ["note"]) == [("no loss",)]

    def test_rows_too_sparse_for_columns_are_rows(self) -> None:
        lines = lines_of({"loss": -1}, *({f"{n}": n, f"{n}/": n, "loss": n} for n in range(999)))
        table = table_from_lines([*lines_of({"loss": -2}), *lines], frame_lines=len(lines))
        assert select(table, ["loss"]) == [(-2,), (-1,), *((n,) for n in range(999))]

    def test_a_null_is_a_value(self) -> None:
        lines = lines_of({"a": None}, {})
        assert select(lines, ["a"]) == select(table_from_lines(lines), ["a"]) == [(None,)]

    @settings(max_examples=400, deadline=None)
    @given(history=histories, keys=st.lists(names, min_size=1), low=bounds, high=bounds)
    def test_table_and_lines_answer_as_the_plain_definition(
        self, history: list[dict[str, Any]], keys: list[str], low: int | None, high: int | None
    ) -> None:
        def wanted(row: dict[str, Any]) -> bool:
            step = row.get("_step")
            if isinstance(step, bool) or not isinstance(step, int | float):
                return low is None and high is None
            return (low is None or low <= step) and (high is None or step < high)

        answers = [tuple(dig(row, key) for key in keys) for row in history if wanted(row)]
        expected = [answer for answer in answers if MISSING not in answer]
        lines = lines_of(*history)
        assert select(lines, keys, low, high) == expected
        assert select(table_from_lines(lines), keys, low, high) == expected


class TestSelectPartly:
    @settings(deadline=None)
    @given(histories, st.lists(names, min_size=1, max_size=3, unique=True), bounds, bounds)
    def test_columns_answer_as_the_lines_do(
        self, history: list[dict[str, Any]], keys: list[str], low: int | None, high: int | None
    ) -> None:
        lines = lines_of(*history)
        found = select_partly(table_from_lines(lines), keys, low, high)
        if found is not None:
            choice = Choice(keys, low, high, partial=True)
            assert found == _select_partly(lines, choice)

    def test_plain_columns_are_answered_from(self) -> None:
        """Else the test above would compare nothing."""
        table = table_from_lines(
            lines_of({"_step": 0, "a": 1.5}, {"_step": 1}, {"_step": 2, "b": 1})
        )
        assert select_partly(table, ["_step", "a", "b"], None, None) == [
            (0, 1.5, None),
            (2, None, 1),
        ]
        assert select_partly(table, ["_step", "ghost"], None, None) == []


class TestSeries:
    @pytest.mark.parametrize("piece", PIECES)
    def test_points_are_the_rows_where_both_are_numbers(self, piece: Any) -> None:
        steps, losses = series(piece, "loss")
        np.testing.assert_array_equal(steps, [0, 1, 4])
        np.testing.assert_array_equal(losses, [1.5, math.nan, 0.5])

    @pytest.mark.parametrize("piece", PIECES)
    def test_text_draws_no_curve(self, piece: Any) -> None:
        assert [len(axis) for axis in series(piece, "note")] == [0, 0]

    @pytest.mark.parametrize("piece", PIECES)
    def test_a_curve_may_run_along_another_metric(self, piece: Any) -> None:
        along, up = series(piece, "loss", min_step=1, x="val.acc")
        assert (along.tolist(), up.tolist()) == ([2.0], [0.5])

    @given(histories)
    def test_table_and_lines_draw_the_same(self, history: list[dict[str, Any]]) -> None:
        lines = lines_of(*history, {"_step": 10**400, "a": 1})
        for left, right in zip(
            series(lines, "a"), series(table_from_lines(lines), "a"), strict=True
        ):
            np.testing.assert_array_equal(left, right)


class TestSampled:
    @given(st.integers(0, 60), st.integers(2, 70))
    def test_so_many_rows_evenly_with_both_ends(self, size: int, samples: int) -> None:
        rows = list(range(size))
        picks = sampled(rows, samples)
        assert len(picks) == min(size, samples)
        assert picks == sorted(set(picks))
        assert picks[:1] == rows[:1]
        assert picks[-1:] == rows[-1:]
        gaps = np.diff(picks)
        assert not len(gaps) or max(gaps) - min(gaps) <= 1

    def test_a_single_sample_is_the_newest(self) -> None:
        assert sampled([1, 2, 3], 1) == [3]

    def test_no_samples_are_no_rows(self) -> None:
        assert sampled([1, 2, 3], 0) == []


class TestMinmax:
    @settings(deadline=None)
    @given(
        st.lists(st.floats(width=32), max_size=80).map(lambda xs: np.array(xs, dtype=np.float64)),
        st.integers(1, 12),
    )
    def test_every_bucket_keeps_its_extremes(self, values: Any, buckets: int) -> None:
        steps = np.arange(len(values), dtype=np.float64)
        picked, kept = minmax(steps, values, buckets)
        assert len(kept) <= 2 * buckets
        np.testing.assert_array_equal(values[picked.astype(int)], kept)
        assert (np.diff(picked) > 0).all()
        width = -(-len(values) // buckets) or 1
        for start in range(0, len(values), width):
            bucket = values[start : start + width]
            here = kept[(picked >= start) & (picked < start + width)]
            assert len(here)
            if not np.isnan(bucket).all():
                assert np.nanmin(here) == np.nanmin(bucket)
                assert np.nanmax(here) == np.nanmax(bucket)

    def test_a_spike_survives(self) -> None:
        values = np.zeros(100_000)
        values[54_321] = 9.0
        steps, kept = minmax(np.arange(100_000.0), values, 500)
        assert steps[kept == 9.0].tolist() == [54_321]

    def test_few_points_stay_as_they_are(self) -> None:
        steps = values = np.array([1.0, 2.0, 3.0])
        assert minmax(steps, values, 2)[1].tolist() == [1.0, 2.0, 3.0]


class TestEncodeLists:
    @pytest.mark.parametrize(
        "column",
        [
            [1.0, 0.5, -0.0, 1e300, math.nan, math.inf, -math.inf, 2.0**53],
            [0, 2**63, -(2**63)],
            [2**64, -(2**63) - 1, 5],
            [1, 2.0, None, "text", True, {"a": math.nan}],
        ],
    )
    def test_a_column_says_what_each_of_its_values_says_alone(self, column: list[Any]) -> None:
        rows = list(enumerate(column))
        alone = [json.loads(encode_lists(["n", "v"], [row])) for row in rows]
        assert json.loads(encode_lists(["n", "v"], rows)) == [row for (row,) in alone]

    def test_plain_json_has_words_for_all_of_them(self) -> None:
        rows = [(math.nan,), (-math.inf,), (2.0,), (0.25,)]
        assert encode_lists(["v"], rows) == b'[["NaN"],["-Infinity"],[2],[0.25]]'

    def test_no_rows_are_an_empty_list(self) -> None:
        assert encode_lists(["a", "b"], []) == b"[]"


class TestEncodePoints:
    def test_points_are_objects_in_a_list(self) -> None:
        assert encode_points(["_step", "loss"], [(0, 1.5)]) == b'[{"_step":0,"loss":1.5}]'
        assert encode_points(["_step"], []) == b"[]"

    def test_nan_and_long_integers_stay_themselves(self) -> None:
        rows = [(0, math.nan), (1, -math.inf), (2, 2**70), (3, [math.inf, None]), (4, "null")]
        text = encode_points(["s", "v"], rows).decode()
        assert text.startswith('[{"s":0,"v":NaN},{"s":1,"v":-Infinity},')
        assert repr(decode_value(text)) == repr([{"s": s, "v": v} for s, v in rows])

    def test_a_key_asked_for_twice_comes_once(self) -> None:
        assert encode_points(["_step", "_step"], [(1, 1)]) == b'[{"_step":1}]'

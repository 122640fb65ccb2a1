"""Lines survive becoming columns, and becoming a Parquet file, whatever they hold."""

from __future__ import annotations

import json
import math
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.runs.segments.columns import table_from_lines
from services.runs.segments.decoding import decode_lines
from services.runs.segments.parquet import read_segment, write_segment
from services.runs.segments.rendering import lines_from_table
from services.runs.segments.schema import RAW, Kind, key_of, kind_of
from services.runs.segments.stats import ColumnStats, combine, stats_of
from shared.dialect import MAX_DEPTH, decode_row, decode_value

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
keys = st.sampled_from(["a", "b", "a.b", "", ".", "$x", "é/ö", "_step", "raw", "c0"]) | text
numbers = st.one_of(
    st.integers(),
    st.integers(min_value=-(2**66), max_value=2**66),
    st.sampled_from([2**53, 2**53 + 1, -(2**53) - 1, 2**63, -(2**63), -(2**63) - 1, 2**64]),
    st.integers(min_value=10**300, max_value=10**301),
    st.floats(),
    st.floats(width=32),
    st.sampled_from([math.nan, math.inf, -math.inf, -0.0, 0.0, 1.0, 1e22, 5e-324]),
)
media = st.fixed_dictionaries({"_type": st.just("image-file"), "path": text, "size": numbers})
scalars = numbers | text | st.booleans() | st.none()
values = scalars | st.recursive(
    scalars | media,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=6,
)
rows = st.dictionaries(keys, values, max_size=6)
# Rows of one column type each, so that not every column ends as JSON.
steady = st.lists(st.fixed_dictionaries({"a": numbers}, optional={"b": st.floats()}), max_size=12)
histories = st.one_of(st.lists(rows, max_size=12), steady)


def same(left: Any, right: Any) -> bool:
    """Equal, where NaN equals itself, zeros have signs, and 1 is 1.0 but not true."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, float) and isinstance(right, float) and left != left:
        return right != right
    if left == 0 and right == 0:
        return math.copysign(1, left) == math.copysign(1, right)
    return bool(left == right)


def lines_of(*rows: dict[str, Any]) -> list[str]:
    return [json.dumps(row) for row in rows]


def kinds(table: pa.Table) -> dict[str, Kind]:
    return {key_of(field): kind_of(field) for field in table.schema if field.name != RAW}


class TestLosslessness:
    @settings(max_examples=400, deadline=None)
    @given(history=histories, frame=st.integers(1, 5))
    def test_a_table_gives_back_every_row(self, history: list[dict[str, Any]], frame: int) -> None:
        lines = lines_of(*history)
        table = table_from_lines(lines, frame_lines=frame)
        assert table.num_rows == len(lines)
        for line, row in zip(lines_from_table(table), history, strict=True):
            assert same(decode_row(line), row)
        assert lines_from_table(read_segment(write_segment(table))) == lines_from_table(table)

    @settings(max_examples=200, deadline=None)
    @given(histories)
    def test_bytes_and_joined_bytes_make_the_same_table(
        self, history: list[dict[str, Any]]
    ) -> None:
        lines = lines_of(*history)
        encoded = [json.dumps(row, ensure_ascii=False).encode() for row in history]
        expected = lines_from_table(table_from_lines(lines))
        assert lines_from_table(table_from_lines(encoded)) == expected
        assert lines_from_table(table_from_lines(b"\n".join(encoded))) == expected

    @settings(max_examples=300, deadline=None)
    @given(histories)
    def test_the_quick_decoder_agrees_with_the_strict_one(
        self, history: list[dict[str, Any]]
    ) -> None:
        lines = lines_of(*history)
        assert all(map(same, decode_lines(lines), map(decode_row, lines)))

    def test_what_is_a_column_is_written_as_the_sdk_writes_it(self) -> None:
        table = table_from_lines(['{"x":1.0,"y":NaN}', '{"x":-0.0,"y":1e300}', '{"x":0.5}'])
        assert lines_from_table(table) == ['{"x":1,"y":NaN}', '{"x":-0.0,"y":1e+300}', '{"x":0.5}']

    @pytest.mark.parametrize(
        "line",
        [
            "",
            "not json",
            "[1]",
            '{"a":1e400}',
            '{"a":"\\ud800"}',
            '{"a":"\ud800"}',
            '{"a":' + "[" * MAX_DEPTH + "]" * MAX_DEPTH + "}",
            '{"a":' + "[" * 500 + "]" * 500 + "}",
        ],
    )
    def test_a_line_that_cannot_be_read_is_kept_word_for_word(self, line: str) -> None:
        lines = ['{"a":1}', line, '{"a":2}']
        table = read_segment(write_segment(table_from_lines(lines)))
        assert lines_from_table(table) == lines
        assert kinds(table) == {"a": Kind.INT}

    def test_the_deepest_row_allowed_and_the_widest_become_columns(self) -> None:
        deepest = '{"a":' + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1) + "}"
        widest = '{"a":[' + ",".join(["[]"] * 100) + "]}"
        table = table_from_lines([deepest, widest])
        assert table.column(RAW).null_count == 2
        assert lines_from_table(table) == [deepest, widest]

    def test_even_bytes_that_are_no_text_are_kept(self) -> None:
        (line,) = lines_from_table(table_from_lines(b'{"a":"\xff"}'))
        assert line.encode("utf-8", "surrogateescape") == b'{"a":"\xff"}'

    def test_two_broken_lines_do_not_heal_each_other(self) -> None:
        lines = ['{"a":[1', '2]},{"b":1}']
        assert lines_from_table(table_from_lines(lines)) == lines

    def test_rows_without_keys_are_rows(self) -> None:
        table = read_segment(write_segment(table_from_lines(["{}", "{}"])))
        assert lines_from_table(table) == ["{}", "{}"]

    def test_a_table_that_would_be_mostly_nothing_stays_raw(self) -> None:
        lines = lines_of(*({f"{n // 1_000}/{n % 900}": n, "n": n} for n in range(4_000)))
        table = table_from_lines(lines, frame_lines=1_000)
        assert table.num_columns == 1
        assert lines_from_table(table) == lines

    def test_keys_that_never_come_twice_do_not_explode_the_table(self) -> None:
        lines = lines_of(*({f"step {n}/{key}": n for key in range(2)} for n in range(1_000)))
        table = table_from_lines(lines)
        assert table.num_columns == 1
        assert lines_from_table(table) == lines


class TestKinds:
    @pytest.mark.parametrize(
        ("values", "kind"),
        [
            ([1, -(2**63)], Kind.INT),
            ([1, 2.5], Kind.FLOAT),
            ([2**53, 0.5], Kind.FLOAT),
            ([2**53 + 1, 0.5], Kind.JSON),
            ([2**63], Kind.JSON),
            ([math.nan, 1], Kind.FLOAT),
            ([True, False], Kind.BOOL),
            ([True, 1], Kind.JSON),
            (["a", ""], Kind.STR),
            (["a", 1], Kind.JSON),
            ([1, None], Kind.JSON),
            ([None, None], Kind.JSON),
            ([[1], [2]], Kind.JSON),
        ],
    )
    @pytest.mark.parametrize("frame", [1, 1_000])
    def test_the_narrowest_kind_that_loses_nothing(
        self, values: list[Any], kind: Kind, frame: int
    ) -> None:
        lines = lines_of(*({"k": value} for value in values))
        assert kinds(table_from_lines(lines, frame_lines=frame)) == {"k": kind}

    def test_a_missing_key_changes_no_kind(self) -> None:
        assert kinds(table_from_lines(lines_of({"k": 1}, {}, {"k": 2}))) == {"k": Kind.INT}

    def test_what_single_precision_can_say_takes_half_the_space(self) -> None:
        table = table_from_lines(lines_of({"x": 0.5, "y": 0.1}, {"x": math.nan, "y": 0.5}))
        assert table.schema.field("c0").type == pa.float32()
        assert table.schema.field("c1").type == pa.float64()

    def test_keys_keep_the_order_of_their_first_appearance(self) -> None:
        assert list(kinds(table_from_lines(lines_of({"z": 1}, {"a": 1, "z": 1})))) == ["z", "a"]


class TestReadSegment:
    def test_only_the_wanted_columns_come_with_the_step(self) -> None:
        data = write_segment(table_from_lines(lines_of({"_step": 0, "a": 1, "b": 2, "c": 3})))
        assert list(kinds(read_segment(data, ["b"]))) == ["_step", "b"]

    def test_a_dotted_key_brings_the_column_it_may_be_nested_in(self) -> None:
        data = write_segment(table_from_lines(lines_of({"a": {"b": 1}, "a.b": 2, "ab": {}})))
        assert list(kinds(read_segment(data, ["a.b"]))) == ["a", "a.b"]

    def test_a_key_that_is_nowhere_leaves_as_many_rows(self) -> None:
        data = write_segment(table_from_lines(lines_of({"a": 1}, {"a": 2})))
        assert read_segment(data, ["ghost"]).num_rows == 2


def stats(*rows: dict[str, Any]) -> dict[str, ColumnStats]:
    return {entry.key: entry for entry in stats_of(table_from_lines(lines_of(*rows)))}


def last_of(entry: ColumnStats) -> object:
    return decode_value(entry.last) if isinstance(entry.last, str) else entry.last


class TestStats:
    def test_nan_counts_but_is_neither_least_nor_most(self) -> None:
        entry = stats({"x": 2.5}, {"x": math.nan}, {}, {"x": 1.5})["x"]
        assert (entry.count, entry.minimum, entry.maximum, entry.total) == (3, 1.5, 2.5, 4.0)
        assert entry.last == 1.5
        assert not entry.monotonic

    def test_nothing_but_nan_has_no_least_nor_most(self) -> None:
        entry = stats({"x": math.nan})["x"]
        assert (entry.minimum, entry.maximum, entry.total) == (None, None, None)

    def test_a_count_that_never_falls_is_monotonic(self) -> None:
        assert stats({"n": 1}, {"n": 1}, {"n": 2})["n"].monotonic
        assert not stats({"n": 1}, {"n": 0})["n"].monotonic

    def test_leaves_of_dicts_are_known_by_their_dotted_keys(self) -> None:
        found = stats({"d": {"v": 1, "w": {"x": 2}}}, {"d": {"v": 3}}, {"d": 0})
        assert (found["d"].kind, found["d"].count, found["d"].opened) == (Kind.JSON, 3, 2)
        assert found["d.v"] == ColumnStats(
            "d.v", Kind.INT, 2, 1, 3, 4.0, last=3, monotonic=True, derived=True
        )
        assert found["d.w.x"].count == 1

    def test_media_are_leaves_and_their_last_value_is_text(self) -> None:
        found = stats({"img": {"_type": "image-file", "size": 1}})
        assert list(found) == ["img"]
        assert found["img"].last == '{"_type":"image-file","size":1}'

    def test_a_very_long_last_value_is_not_kept(self) -> None:
        assert stats({"s": "x" * 10_000})["s"].last is None

    def test_lines_kept_raw_count_too(self) -> None:
        odd = [{f"{n}/{key}": n for key in range(2)} | {"loss": n} for n in range(1_000)]
        even = [{"loss": -1}] * 1_000
        found = stats(*even, *odd)
        assert (found["loss"].count, found["loss"].last) == (2_000, 999)
        assert found["999/1"].derived

    def test_a_key_both_literal_and_nested_has_one_entry(self) -> None:
        entry = stats({"a.b": 1}, {"a": {"b": 2.5}}, {"a.b": 3, "a": {"b": 9}})["a.b"]
        assert (entry.kind, entry.count, entry.maximum) == (Kind.FLOAT, 3, 3)

    def test_the_last_value_is_that_of_the_last_row_however_it_is_nested(self) -> None:
        history = [{"a": {"b.c": 1}}, {"a.b": {"c": 2}}, {"a": {"b.c": 3}}]
        assert (stats(*history)["a.b.c"].last, stats(*history)["a.b.c"].monotonic) == (3, True)

    @settings(max_examples=200, deadline=None)
    @given(history=st.one_of(st.lists(rows, max_size=8), steady), cut=st.integers(0, 12))
    def test_pieces_combine_to_what_the_whole_says(
        self, history: list[dict[str, Any]], cut: int
    ) -> None:
        def of(part: list[dict[str, Any]]) -> list[ColumnStats]:
            return stats_of(table_from_lines(lines_of(*part)))

        whole = {entry.key: entry for entry in of(history)}
        both = {entry.key: entry for entry in combine([*of(history[:cut]), *of(history[cut:])])}
        assert both.keys() == whole.keys()
        for key, entry in both.items():
            assert (entry.count, entry.opened) == (whole[key].count, whole[key].opened)
            if entry.kind is whole[key].kind:  # whole, 2**53 + 1 and 0.5 are JSON
                assert (entry.minimum, entry.maximum) == (whole[key].minimum, whole[key].maximum)
                assert entry.monotonic is whole[key].monotonic
                assert same(last_of(entry), last_of(whole[key]))

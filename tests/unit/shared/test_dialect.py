"""The SDK's JSON is read exactly, and what is not JSON is refused with a reason."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.dialect import (
    MAX_DEPTH,
    MISSING,
    decode_row,
    decode_value,
    dig,
    encode_row,
    encode_value,
    flatten,
)
from shared.errors import Invalid

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | text
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3)
)
rows = st.dictionaries(text, values, max_size=4)
dotted = st.text("ab.", max_size=4)
nests = st.recursive(
    st.dictionaries(dotted, st.integers(), max_size=3),
    lambda inner: st.dictionaries(dotted, inner | st.integers(), max_size=3),
)


def nested(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


class TestDecodeRow:
    def test_bare_nan_and_infinities_are_numbers(self) -> None:
        row = decode_row('{"a":NaN,"b":Infinity,"c":-Infinity}')
        assert math.isnan(row["a"])  # type: ignore[arg-type]
        assert (row["b"], row["c"]) == (math.inf, -math.inf)

    @pytest.mark.parametrize("digits", [19, 20, 400, 4300])
    def test_an_integer_keeps_all_its_digits(self, digits: int) -> None:
        assert decode_row(f'{{"n":-{"9" * digits}}}') == {"n": -int("9" * digits)}

    def test_the_last_of_equal_keys_wins(self) -> None:
        assert decode_row('{"a":1,"a":2}') == {"a": 2}

    def test_any_text_is_a_key(self) -> None:
        keys = ["", ".", "a.b", "sys/gpu.0", "$set", "é", "\u0000", "😀"]
        assert list(decode_row(json.dumps(dict.fromkeys(keys, 0)))) == keys

    def test_an_escaped_pair_of_surrogates_is_one_character(self) -> None:
        assert decode_row('{"a":"\\ud83d\\ude00"}') == {"a": "😀"}

    def test_the_deepest_nesting_allowed_is_read(self) -> None:
        assert decode_row(nested(MAX_DEPTH))

    def test_many_brackets_side_by_side_are_not_deep(self) -> None:
        assert decode_row('{"boxes":[' + ",".join(["{}"] * 100) + "]}")

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ("", "not JSON"),
            ("{'a':1}", "not JSON"),
            ('{"a":1}{"b":2}', "not JSON"),
            ('{"a":+NaN}', "not JSON"),
            (f'{{"a":{"9" * 4301}}}', "not JSON"),
            ("[1]", "object"),
            ("null", "object"),
            ('{"a":1e400}', "too large"),
            ('{"a":[-1e400]}', "too large"),
            (nested(MAX_DEPTH + 1), "deeper"),
            ('{"a":' + "[" * MAX_DEPTH + "]" * MAX_DEPTH + "}", "deeper"),
            (nested(100_000), "deeper"),
            ('{"a":"\\ud800"}', "surrogate"),
            ('{"a":"\ud800"}', "surrogate"),
            ('{"\\udfff":1}', "surrogate"),
        ],
    )
    def test_what_cannot_be_kept_is_refused_with_the_reason(self, line: str, reason: str) -> None:
        with pytest.raises(Invalid, match=reason):
            decode_row(line)


class TestEncodeRow:
    @given(rows)
    def test_what_is_written_is_read_back(self, row: dict[str, object]) -> None:
        line = encode_row(row)
        assert decode_row(line) == row
        assert "\n" not in line

    @pytest.mark.parametrize(
        ("value", "written"),
        [
            (1.0, "1"),
            (0.0, "0"),
            (-0.0, "-0.0"),
            (0.1, "0.1"),
            (2.0**53 - 1, "9007199254740991"),
            (2.0**53, "9007199254740992.0"),
            (-1e300, "-1e+300"),
            (math.nan, "NaN"),
            (-math.inf, "-Infinity"),
            (True, "true"),
            (2**70, "1180591620717411303424"),
            ({"a": [1.0, {"b": -0.0}], "é": None}, '{"a":[1,{"b":-0.0}],"é":null}'),
        ],
    )
    def test_values_are_written_as_the_sdk_writes_them(self, value: object, written: str) -> None:
        assert encode_value(value) == written


class TestFlatten:
    def test_nested_keys_are_joined_by_dots(self) -> None:
        row = {"loss": 1, "val": {"acc": {"top1": 2}, "loss": 3}}
        assert dict(flatten(row)) == {"loss": 1, "val.acc.top1": 2, "val.loss": 3}

    def test_media_lists_and_empty_dicts_stay_whole(self) -> None:
        row = {"img": {"_type": "image-file", "path": "p"}, "xs": [{"a": 1}], "none": {}}
        assert dict(flatten(row)) == row

    @given(nests)
    def test_every_leaf_can_be_dug_up_by_its_name(self, row: dict[str, object]) -> None:
        for key, value in flatten(row):
            found = dig(row, key)
            twice = sum(name == key for name, _ in flatten(row)) > 1
            assert found == value or twice or isinstance(found, dict)


class TestDig:
    def test_a_literal_key_goes_before_a_nested_one(self) -> None:
        assert dig({"a": {"b": 1}, "a.b": 2}, "a.b") == 2

    def test_the_longest_prefix_goes_first(self) -> None:
        assert dig({"a": {"b.c": 1}, "a.b": {"c": 2}}, "a.b.c") == 2

    def test_a_dead_end_is_not_the_end(self) -> None:
        assert dig({"a": {"b.c": 1}, "a.b": {"x": 2}}, "a.b.c") == 1

    def test_keys_may_begin_or_end_with_a_dot_or_be_empty(self) -> None:
        assert dig({"": {"": 1}}, ".") == 1
        assert dig({"a.": {".b": 1}}, "a...b") == 1

    def test_null_is_a_value_and_absence_is_not(self) -> None:
        assert dig({"a": {"b": None}}, "a.b") is None
        assert dig({"a": {"b": None}}, "a.c") is MISSING
        assert dig({"a": 1}, "a.b") is MISSING


def test_a_value_alone_follows_the_same_rules() -> None:
    assert decode_value("[1,NaN]") != [1]
    with pytest.raises(Invalid):
        decode_value("1e999")

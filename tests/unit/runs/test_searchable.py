"""What of a config or summary can be searched: dotted paths with plain values."""

from __future__ import annotations

import math

import pytest

from services.runs.domain.searchable import (
    MAX_PAIRS,
    checked_object,
    config_pairs,
    summary_pairs,
)
from shared.errors import Invalid


class TestCheckedObject:
    @pytest.mark.parametrize("text", ["", "[]", "null", '"a"', '{"a":1e400}', '{"a":"\\ud800"}'])
    def test_what_is_no_object_is_refused_with_its_field(self, text: str) -> None:
        with pytest.raises(Invalid, match=r"^config: ") as refused:
            checked_object(text, "config")
        assert refused.value.field == "config"

    def test_an_object_is_read(self) -> None:
        assert checked_object('{"a":Infinity}', "summary") == {"a": math.inf}


class TestConfig:
    def test_what_the_sdk_keeps_for_itself_is_left_out(self) -> None:
        assert config_pairs({"_wandb": {"value": {"t": {}, "python_version": "3"}}}) == []

    def test_the_value_stands_under_its_own_name(self) -> None:
        config = {"lr": {"desc": None, "value": 0.1}, "model": {"value": {"depth": 3, "name": "x"}}}
        assert config_pairs(config) == [("lr", 0.1), ("model.depth", 3), ("model.name", "x")]

    def test_an_entry_without_a_value_is_taken_as_it_is(self) -> None:
        assert config_pairs({"lr": 1, "a": {"b": 2}}) == [("lr", 1), ("a.b", 2)]

    def test_an_empty_value_is_found_as_null(self) -> None:
        assert config_pairs({"a": {"value": None}}) == [("a", None)]


class TestSummary:
    def test_lists_and_empty_objects_are_no_values(self) -> None:
        assert summary_pairs({"a": [1, 2], "b": {}, "c": [{"d": 1}], "e": 1}) == [("e", 1)]

    def test_only_the_outermost_of_the_sdks_own_is_left_out(self) -> None:
        assert summary_pairs({"_wandb": {"runtime": 1}, "a": {"_wandb": 2}}) == [("a._wandb", 2)]

    @pytest.mark.parametrize(
        ("value", "found"),
        [
            (True, True),
            (None, None),
            (-0.0, -0.0),
            (math.inf, math.inf),
            ("x" * 2_000, "x" * 1_024),
            (2**63 - 1, 2**63 - 1),
            (-(2**63), -(2**63)),
            (2**63, float(2**63)),
            (-(10**400), -math.inf),
            (10**400, math.inf),
        ],
    )
    def test_a_value_is_kept_as_far_as_a_database_can(self, value: object, found: object) -> None:
        assert summary_pairs({"a": value}) == [("a", found)]
        assert type(summary_pairs({"a": value})[0][1]) is type(found)

    def test_nan_stays_nan(self) -> None:
        ((_, value),) = summary_pairs({"a": math.nan})
        assert isinstance(value, float)
        assert math.isnan(value)

    def test_dots_in_keys_and_nesting_are_the_same(self) -> None:
        assert summary_pairs({"a.b": 1, "a": {"b": 2}}) == [("a.b", 1), ("a.b", 2)]

    @pytest.mark.parametrize("key", ["", "$where", "a.$set", "\x00", "é😀", "." * 3])
    def test_any_key_is_only_text(self, key: str) -> None:
        assert summary_pairs({key: 1}) == [(key, 1)]

    def test_there_are_not_too_many_and_none_too_long(self) -> None:
        many = {f"k{n}": n for n in range(MAX_PAIRS + 10)}
        assert len(summary_pairs(many)) == MAX_PAIRS
        assert summary_pairs({"k" * 1_025: 1, "k" * 1_024: 2}) == [("k" * 1_024, 2)]

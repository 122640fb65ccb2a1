"""The words of filters and their bounds, said again: a word that is lost, or one more, shows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.runs.domain import filters
from services.runs.domain.filters import Compare, Field, Not, parse, parse_field
from services.runs.patterns import accepted
from shared.errors import Invalid

OURS = {
    "state": ["state"],
    "name": ["name"],
    "display_name": ["displayName", "display_name"],
    "created_at": ["createdAt", "created_at"],
    "updated_at": ["updatedAt", "updated_at"],
    "heartbeat_at": ["heartbeatAt", "heartbeat_at"],
    "group": ["group"],
    "host": ["host"],
    "job_type": ["jobType", "job_type"],
    "tags": ["tags"],
    "username": ["username", "user", "user.username"],
    "sweep": ["sweep"],
    "commit": ["commit"],
    "notes": ["notes"],
    "description": ["description"],
    "exit_code": ["exitCode"],
    "duration": ["duration"],
}
"""Our name of a run's field → those that clients may use for it."""
PREFIXES = {
    "config.": "config",
    "summary_metrics.": "summary",
    "summaryMetrics.": "summary",
    "summary.": "summary",
    "keys_info.keys.": "keys",
}
COMPARING = ("$eq", "$ne", "$gt", "$gte", "$lt", "$lte")


def read(document: Any) -> Any:
    return parse(json.dumps(document), accepted)


def refused(document: Any) -> str:
    with pytest.raises(Invalid) as found:
        read(document)
    assert found.value.field == "filters"
    return found.value.message


def test_a_run_s_own_fields_are_these_and_no_others() -> None:
    theirs = {name: ours for ours, names in OURS.items() for name in names}
    assert theirs == filters.RUN_FIELDS
    assert {name: parse_field(name) for name in theirs} == {
        name: Field("run", ours) for name, ours in theirs.items()
    }


@pytest.mark.parametrize(("prefix", "area"), PREFIXES.items())
def test_a_key_of_any_length_follows_its_prefix(prefix: str, area: str) -> None:
    assert parse_field(f"{prefix}x") == Field(area, "x")
    assert parse_field(f"{prefix}a.b.c") == Field(area, "a.b.c")
    with pytest.raises(Invalid):
        parse_field(prefix)


def test_the_bounds_are_what_they_are_said_to_be() -> None:
    assert (filters.MAX_DEPTH, filters.MAX_CLAUSES, filters.MAX_CHOICES) == (8, 64, 1_000)
    assert (filters.MAX_PATTERNS, filters.MAX_PATTERN) == (4, 256)
    assert {"created_at", "updated_at", "heartbeat_at"} == filters.DATES


@pytest.mark.parametrize("operator", COMPARING)
def test_each_operator_that_compares_says_how(operator: str) -> None:
    found = read({"config.a": {operator: 1}})
    assert found == Compare(Field("config", "a"), operator[1:], 1)


@pytest.mark.parametrize("operator", ["$gt", "$gte", "$lt", "$lte"])
@pytest.mark.parametrize("value", [None, True, False])
def test_what_has_no_order_is_not_ordered(operator: str, value: object) -> None:
    assert "a number, a text or a date" in refused({"config.a": {operator: value}})
    for equal in ("$eq", "$ne"):
        assert read({"config.a": {equal: value}}) == Compare(Field("config", "a"), equal[1:], value)


@pytest.mark.parametrize(("operator", "name"), [("$in", "in"), ("$nin", "nin")])
def test_a_choice_is_of_as_many_as_are_allowed(operator: str, name: str) -> None:
    most = list(range(1_000))
    assert read({"config.a": {operator: most}}) == Compare(Field("config", "a"), name, (*most,))
    assert "at most 1000" in refused({"config.a": {operator: [*most, 1]}})


def test_a_text_that_is_contained_is_taken_as_it_is() -> None:
    assert read({"name": {"$contains": "a.b*"}}) == Compare(
        Field("run", "name"), "regex", "a\\.b\\*"
    )
    for value in (1, None, ["a"], True):
        assert "$contains takes a text" in refused({"name": {"$contains": value}})


def test_patterns_are_counted_over_the_whole_filter() -> None:
    four = [{"name": {"$regex": "a"}}, {"name": {"$contains": "a"}}] * 2
    read({"$or": four})
    assert "more than 4" in refused({"$or": [*four, {"name": {"$contains": "a"}}]})


@pytest.mark.parametrize("letters", ["a" * 256, "é" * 128])
def test_a_pattern_is_of_as_many_bytes_as_are_allowed(letters: str) -> None:
    read({"name": {"$regex": letters}})
    assert "256 bytes" in refused({"name": {"$regex": letters + "a"}})


def test_clauses_and_operators_count_alike() -> None:
    """A field with one operator is two of them."""
    read({"$and": [{"config.a": {"$eq": 1}}] * 31 + [{"config.a": 1}]})
    read({"$and": [{"config.a": 1}] * 61 + [{"config.a": {"$eq": 1}}]})
    assert "64" in refused({"$and": [{"config.a": {"$eq": 1}}] * 32})
    assert "64" in refused({"$and": [{"config.a": 1}] * 64})


def test_negations_of_a_clause_are_as_deep_as_any() -> None:
    def negated(times: int) -> Any:
        found: Any = {"config.a": 1}
        for _ in range(times):
            found = {"$not": found}
        return found

    read(negated(8))
    assert "deeper than 8" in refused(negated(9))


def test_negations_of_a_value_are_as_deep_as_clauses() -> None:
    def negated(times: int) -> Any:
        found: Any = 1
        for _ in range(times):
            found = {"$not": found}
        return {"config.a": found}

    tree = read(negated(9))
    for _ in range(9):
        assert isinstance(tree, Not)
        tree = tree.term
    assert tree == Compare(Field("config", "a"), "eq", 1)
    refused(negated(10))


@pytest.mark.parametrize("operator", ["$where", "$", "$eq", "$contains", "$regex"])
def test_what_cannot_stand_where_a_field_does_is_called_an_operator(operator: str) -> None:
    assert "is not an operator that can stand here" in refused({operator: 1})


@pytest.mark.parametrize(("number", "fits"), [(2**63 - 1, True), (2**63, False), (-(2**63), False)])
def test_a_whole_number_has_sixty_four_bits(number: int, fits: bool) -> None:
    if fits:
        assert read({"config.a": number}) == Compare(Field("config", "a"), "eq", number)
    else:
        assert "64 bits" in refused({"config.a": number})


def test_a_date_is_one_only_where_a_run_has_one() -> None:
    for name in ("createdAt", "updated_at", "heartbeatAt"):
        assert "ISO 8601" in refused({name: "yesterday"})
    assert read({"config.created_at": "yesterday"}).value == "yesterday"
    assert read({"name": "2026-01-01"}).value == "2026-01-01"

"""Cursors that were never given out, and filters that try to mean more than they say."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime
from typing import Any

import bson
import pytest

from services.runs.domain.filters import Every, Field, parse
from services.runs.patterns import accepted
from services.runs.ports import Order, RunQuery
from shared.errors import Invalid
from tests.contract.runs.asking import born, count, page_of
from tests.contract.runs.world import Asked, a_run

BY_LOSS = Order(Field("summary", "loss"), descending=False)


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
            forged(0, bson.ObjectId("6920f0000000000000000000"), "id"),
            forged({"$gt": 0}, 1, "id"),
            forged(None, None, None),
        ],
    )
    def test_one_that_was_never_given_out_is_refused(self, asked: Asked, cursor: str) -> None:
        with pytest.raises(Invalid) as refused:
            page_of(asked, RunQuery("p", Every(()), BY_LOSS, 9, cursor))
        assert refused.value.field == "cursor"

    def test_one_from_another_project_shows_nothing_of_it(self, asked: Asked) -> None:
        ours = born(asked, [a_run("ours", summary='{"loss":5}')])
        theirs = born(asked, [a_run(f"t{n}", summary=f'{{"loss":{n}}}') for n in range(3)])
        _, cursors = page_of(asked, RunQuery(theirs, Every(()), BY_LOSS, 9))
        page, _ = page_of(asked, RunQuery(ours, Every(()), BY_LOSS, 9, cursors[0]))
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
        project = born(asked, [a_run()])
        with pytest.raises(Invalid) as refused:
            count(asked, project, filters)
        assert refused.value.field == "filters"

    @pytest.mark.parametrize("text", ["$name", "$$ROOT", "$where", "{$gt: ''}", "$project_id"])
    def test_a_text_is_never_taken_for_an_expression(self, asked: Asked, text: str) -> None:
        run = a_run(summary=json.dumps({"loss": text, text: 1}), group=text)
        project = born(asked, [run, a_run("other")])
        for document in (
            {"summary.loss": text},
            {f"summary.{text}": 1},
            {"group": {"$gte": text}},
            {"summary.loss": {"$in": [text]}},
        ):
            assert count(asked, project, document) == 1
        order = Order(Field("summary", text), descending=True)
        page, cursors = page_of(asked, RunQuery(project, Every(()), order, 1))
        assert page[0].name == run.name
        by_group = Order(Field("run", "group"), descending=True)
        page, cursors = page_of(asked, RunQuery(project, Every(()), by_group, 1))
        rest, _ = page_of(asked, RunQuery(project, Every(()), by_group, 9, cursors[0]))
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
        project = born(asked, [a_run()])
        try:
            found = count(asked, project, {"name": {"$regex": pattern}})
        except Invalid as refused:
            found = 0 if refused.field == "filters" else -1
        assert found in (0, 1)

    def test_nobody_elses_runs_are_ever_counted(self, asked: Asked) -> None:
        project = born(asked, [a_run("ours")])
        born(asked, [a_run("theirs")])
        for document in ({}, {"$or": [{}]}, {"$nor": []}, {"name": {"$ne": "x"}}):
            where = parse(json.dumps(document), accepted)
            page, _ = page_of(asked, RunQuery(project, where, BY_LOSS, 100))
            assert [run.name for run in page] == ["ours"]

    def test_dates_of_any_zone_are_compared_as_moments(self, asked: Asked) -> None:
        project = born(asked, [a_run(created_at=datetime(2026, 1, 1, 12, tzinfo=UTC))])
        east = datetime(2026, 1, 1, 14, tzinfo=UTC)
        for text, found in (("2026-01-01T14:00:00+02:00", 1), (east.isoformat(), 0)):
            assert count(asked, project, {"createdAt": {"$gte": text}}) == found

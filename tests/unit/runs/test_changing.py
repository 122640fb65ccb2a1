"""A change to a run sets what was given, and leaves the rest alone."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.runs.domain.changing import RunChange, is_start
from services.runs.domain.run import Run, State
from shared.errors import Invalid

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)


def a_run() -> Run:
    return Run("r", "p", "abc", "calm-peak-1", State.RUNNING, NOON, NOON, NOON, notes="old")


def first_request(**more: Any) -> dict[str, object]:
    """What a client says when it begins a process."""
    config = json.dumps({"_wandb": {"value": {"t": {}}}})
    return {"config": config, "host": "h", "program": "train.py", **more}


class TestOf:
    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"config": "[]"}, "config"),
            ({"config": ""}, "config"),
            ({"summary": '{"a":1e400}'}, "summary"),
            ({"summary": '{"a":"\\ud800"}'}, "summary"),
            ({"tags": ["a" * 65]}, "tags"),
        ],
    )
    def test_what_is_malformed_is_refused_with_its_field(
        self, given: dict[str, object], field: str
    ) -> None:
        with pytest.raises(Invalid) as refused:
            RunChange.of(given)
        assert refused.value.field == field

    @pytest.mark.parametrize(
        "given", [{"state": "finished"}, {"id": "x"}, {"project_id": "y"}, {"generation": 9}]
    )
    def test_what_is_not_for_the_client_to_say_is_passed_over(
        self, given: dict[str, object]
    ) -> None:
        assert RunChange.of(given).values == {}

    def test_an_empty_display_name_is_none_given(self) -> None:
        assert RunChange.of({"display_name": ""}).values == {}


class TestApply:
    def test_nothing_given_changes_nothing(self) -> None:
        run = a_run()
        assert RunChange.of({}).apply(run, LATER) == set()
        assert run == a_run()

    def test_what_is_given_is_set_and_named(self) -> None:
        run = a_run()
        change = RunChange.of(
            {"group": "g", "tags": ["b", "a", "b"], "summary": '{"a":NaN}', "display_name": "new"}
        )
        fields = change.apply(run, LATER)
        assert fields == {"group", "tags", "summary", "display_name", "updated_at"}
        assert (run.group, run.tags, run.summary) == ("g", ["b", "a"], '{"a":NaN}')
        assert (run.display_name, run.notes, run.updated_at) == ("new", "old", LATER)

    def test_an_empty_text_erases(self) -> None:
        run = a_run()
        RunChange.of({"notes": ""}).apply(run, LATER)
        assert run.notes == ""


class TestIsStart:
    @pytest.mark.parametrize(
        "given",
        [
            {},
            {"config": "{}"},
            {"host": "h", "program": "p"},
            {"config": "{}", "tags": ["a"]},
            first_request(config='{"_wandb":{"value":{"e":{"x":{}}}}}'),
            {"summary": "{}", "host": "h"},
        ],
    )
    def test_news_of_a_running_process_is_none(self, given: dict[str, object]) -> None:
        assert not is_start(RunChange.of(given))

    @pytest.mark.parametrize(
        "given",
        [
            first_request(),
            first_request(config="{}"),
            first_request(config='{"_wandb":{"value":[]}}'),
            {"config": "{}", "host": "h"},
            {"config": "{}", "program": "p"},
        ],
    )
    def test_the_first_request_of_a_process_is_one(self, given: dict[str, object]) -> None:
        assert is_start(RunChange.of(given))

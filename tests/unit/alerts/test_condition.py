"""What each kind of rule waits for."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest

from services.alerts.domain.condition import StateChange
from services.alerts.domain.kinds import condition_of, said
from services.alerts.domain.memory import Memory
from services.alerts.domain.track import Point
from shared.errors import Invalid
from tests.unit.alerts.builders import NOON, a_condition, fired_at

NAN = math.nan


class TestThreshold:
    @pytest.mark.parametrize(
        ("op", "values", "steps"),
        [
            ("<", [0.9, 0.5, 0.4], [2]),
            ("<=", [0.9, 0.5, 0.4], [1]),
            ("gt", [0.4, 0.5, 0.6], [2]),
            ("$gte", [0.4, 0.5, 0.6], [1]),
        ],
    )
    def test_it_compares(self, op: str, values: list[float], steps: list[int]) -> None:
        assert fired_at(a_condition("threshold", metric="loss", op=op, value=0.5), values) == steps

    def test_it_fires_when_the_limit_is_crossed_and_not_while_it_stays_crossed(self) -> None:
        when = a_condition("threshold", metric="loss", op=">", value=1.0)
        assert fired_at(when, [0, 2, 3, 2, 0, 5]) == [1, 5]

    def test_a_window_has_to_be_full(self) -> None:
        when = a_condition("threshold", metric="loss", op=">", value=1.0, window=3, agg="avg")
        assert fired_at(when, [9, 9, 9]) == [2]

    @pytest.mark.parametrize(("agg", "steps"), [("min", [4]), ("max", [2]), ("avg", [3])])
    def test_a_window_is_taken_together(self, agg: str, steps: list[int]) -> None:
        when = a_condition("threshold", metric="loss", op=">=", value=2.0, window=3, agg=agg)
        assert fired_at(when, [0, 0, 3, 3, 3]) == steps

    def test_nan_is_no_value(self) -> None:
        when = a_condition("threshold", metric="loss", op=">", value=1.0)
        assert fired_at(when, [NAN, 2.0, NAN, 2.0]) == [1]

    def test_infinity_is_one(self) -> None:
        when = a_condition("threshold", metric="loss", op=">", value=1.0, window=2, agg="avg")
        assert fired_at(when, [math.inf, -math.inf, math.inf, math.inf]) == [3]


class TestChange:
    def test_relative_to_the_window_before(self) -> None:
        when = a_condition("change", metric="loss", amount=0.5, relative=True, direction="increase")
        assert fired_at(when, [1.0, 1.2, 1.3, 2.0, 1.0]) == [3]

    def test_either_way(self) -> None:
        when = a_condition("change", metric="loss", amount=1.0)
        assert fired_at(when, [0, 2, 2, 0]) == [1, 3]

    def test_from_zero_any_increase_is_infinite(self) -> None:
        when = a_condition("change", metric="loss", amount=5.0, relative=True)
        assert fired_at(when, [0.0, 0.0, 0.001]) == [2]


class TestNan:
    @pytest.mark.parametrize("value", [NAN, math.inf, -math.inf])
    def test_what_is_no_number(self, value: float) -> None:
        assert fired_at(a_condition("nan"), [1.0, value, value, 1.0]) == [1]


class TestPlateau:
    def test_the_best_is_too_old(self) -> None:
        when = a_condition("plateau", metric="loss", steps=3)
        assert fired_at(when, [5, 4, 4, 4, 4, 4]) == [4]

    def test_a_gain_within_the_tolerance_is_none(self) -> None:
        when = a_condition("plateau", metric="loss", steps=2, better="higher", tolerance=0.1)
        assert fired_at(when, [1.0, 1.05, 1.09]) == [2]


class TestGpuIdle:
    def test_it_has_to_last(self) -> None:
        when = a_condition("gpu_idle", seconds=3, below=5.0)
        assert fired_at(when, [1, 1, 90, 1, 1, 1, 1], "system.gpu.0.gpu") == [6]


class TestSilence:
    def test_the_clock_asks_and_a_point_answers(self) -> None:
        when, memory = a_condition("silence", seconds=60), Memory("rule", 1)
        assert memory.due_at(when) is None
        memory.observe(when, Point("_step", 1.0, 1, 0.0), NOON)
        assert memory.tick(when, NOON + timedelta(seconds=59)) is None
        assert memory.tick(when, NOON + timedelta(seconds=60)) is not None
        assert memory.tick(when, NOON + timedelta(seconds=90)) is None
        memory.observe(when, Point("_step", 2.0, 2, 0.0), NOON + timedelta(seconds=100))
        assert memory.tick(when, NOON + timedelta(seconds=160)) is not None


class TestStateChange:
    @pytest.mark.parametrize(
        ("state", "previous", "entered"),
        [
            ("running", None, "started"),
            ("running", "pending", "started"),
            ("running", "crashed", None),
            ("crashed", "running", "crashed"),
            ("preempted", "preempting", None),
        ],
    )
    def test_the_words_of_rules(self, state: str, previous: str | None, entered: str) -> None:
        assert StateChange(["started", "crashed"]).entered(state, previous) == entered


class TestForms:
    def test_what_is_said_is_what_was_meant(self) -> None:
        when = a_condition("threshold", metric="loss", op="<", value=1.0)
        assert condition_of(said(when)) == when

    def test_an_unknown_kind_is_told_what_there_is(self) -> None:
        with pytest.raises(Invalid, match="threshold"):
            condition_of({"kind": "wish"})

    @pytest.mark.parametrize(
        ("metric", "stream", "name", "wants"),
        [
            ("val/*", "history", "val/acc", True),
            ("val/*", "history", "train/acc", False),
            ("val/*", "events", "val/acc", False),
            ("system.gpu.*", "events", "system.gpu.0.gpu", True),
        ],
    )
    def test_globs_and_streams(self, metric: str, stream: str, name: str, wants: bool) -> None:
        when = a_condition("threshold", metric=metric, op="<", value=1.0)
        assert when.wants(stream, name) is wants

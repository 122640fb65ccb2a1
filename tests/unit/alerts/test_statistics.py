"""Verdicts about runs beside those before them, on data with seeds."""

from __future__ import annotations

import math
import random

import pytest

from services.alerts.domain.drift import begins_to_drift, drifted
from services.alerts.domain.statistics import (
    Bound,
    Verdict,
    bootstrap_p,
    judge,
    judge_many,
    judge_one,
    robust_z,
)


def noise(seed: int, count: int, mean: float = 0.9, spread: float = 0.005) -> list[float]:
    chance = random.Random(seed)
    return [chance.gauss(mean, spread) for _ in range(count)]


def judged(value: float, others: list[float], tolerance: float = 0.0) -> Verdict:
    return judge_one(value, others, Bound(higher_is_better=True, tolerance=tolerance))


@pytest.mark.parametrize(
    ("value", "others", "verdict"),
    [
        (0.80, noise(1, 10), Verdict.REGRESSED),
        (0.99, noise(1, 10), Verdict.IMPROVED),
        (0.902, noise(2, 10), Verdict.UNCHANGED),
        (0.10, noise(3, 4), Verdict.NOT_ENOUGH_DATA),
        (math.nan, noise(1, 10), Verdict.REGRESSED),
        (-math.inf, noise(1, 10), Verdict.REGRESSED),
    ],
)
def test_one_run_against_many(value: float, others: list[float], verdict: Verdict) -> None:
    assert judged(value, others) is verdict


def test_what_the_tolerance_allows_is_unchanged() -> None:
    assert judged(0.85, noise(1, 10), tolerance=0.1) is Verdict.UNCHANGED


def test_runs_that_never_differ_make_any_difference_stand_out() -> None:
    assert judged(0.89, [0.9] * 6) is Verdict.REGRESSED
    assert judged(0.9, [0.9] * 6) is Verdict.UNCHANGED


@pytest.mark.parametrize("count", [5, 7, 10, 30])
def test_false_alarms_are_rare(count: int) -> None:
    """On noise alone, of 400 projects with so many runs each."""
    alarms = sum(
        judged(found[0], found[1:]) is not Verdict.UNCHANGED
        for found in (noise(seed, count + 1) for seed in range(400))
    )
    assert alarms / 400 <= 0.05


@pytest.mark.parametrize(
    ("value", "tolerance", "verdict"),
    [
        (0.89, 0.02, Verdict.UNCHANGED),
        (0.89, 0.01, Verdict.REGRESSED),
        (0.891, 0.01, Verdict.UNCHANGED),
        (0.95, 0.01, Verdict.IMPROVED),
        (math.nan, 0.01, Verdict.REGRESSED),
    ],
)
def test_against_one_named_run_the_tolerance_decides(
    value: float, tolerance: float, verdict: Verdict
) -> None:
    bound = Bound(higher_is_better=True, tolerance=tolerance)
    assert judge([value], [0.9], bound, named=True).verdict is verdict


class TestDrift:
    BOUND = Bound(higher_is_better=True)

    def test_many_small_steps_are_one_drift(self) -> None:
        values = [value - 0.002 * step for step, value in enumerate(noise(4, 30))]
        found = drifted(values, self.BOUND)
        assert found is not None
        assert found == pytest.approx(-0.058, abs=0.02)
        assert drifted(values, Bound(higher_is_better=False)) is None
        assert drifted(values, Bound(higher_is_better=True, tolerance=0.2)) is None
        assert drifted(values[:8], self.BOUND) is None

    def test_it_is_told_once(self) -> None:
        values = [value - 0.002 * step for step, value in enumerate(noise(4, 30))]
        told = [count for count in range(31) if begins_to_drift(values[:count], self.BOUND)]
        assert len(told) == 1

    def test_noise_does_not_drift(self) -> None:
        assert sum(drifted(noise(seed, 30), self.BOUND) is not None for seed in range(300)) <= 3


def test_several_against_several() -> None:
    def many(ours: list[float]) -> Verdict:
        return judge_many(ours, noise(5, 10), Bound(higher_is_better=True))

    assert many(noise(6, 3, mean=0.85)) is Verdict.REGRESSED
    assert many(noise(7, 4)) is Verdict.UNCHANGED
    assert many(noise(6, 2, mean=0.85)) is Verdict.NOT_ENOUGH_DATA


def test_the_same_seed_gives_the_same_p() -> None:
    assert bootstrap_p(noise(1, 5), noise(2, 5), 7) == bootstrap_p(noise(1, 5), noise(2, 5), 7)


def test_too_few_have_no_z() -> None:
    assert robust_z(1.0, [1.0, 2.0]) is None

"""Verdicts about runs beside those before them, on data with seeds."""

from __future__ import annotations

import math
import random

import pytest

from services.alerts.domain.statistics import (
    Verdict,
    bootstrap_p,
    judge_many,
    judge_one,
    robust_z,
)


def noise(seed: int, count: int, mean: float = 0.9, spread: float = 0.005) -> list[float]:
    chance = random.Random(seed)
    return [chance.gauss(mean, spread) for _ in range(count)]


def judged(value: float, others: list[float], tolerance: float = 0.0) -> Verdict:
    return judge_one(value, others, higher_is_better=True, tolerance=tolerance, relative=True)


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


def test_false_alarms_are_rare() -> None:
    """On noise alone, of 400 projects with ten runs each."""
    alarms = sum(
        judged(found[0], found[1:]) is not Verdict.UNCHANGED
        for found in (noise(seed, 11) for seed in range(400))
    )
    assert alarms / 400 <= 0.05


def test_several_against_several() -> None:
    def many(ours: list[float]) -> Verdict:
        return judge_many(ours, noise(5, 10), higher_is_better=True, tolerance=0.0, relative=True)

    assert many(noise(6, 3, mean=0.85)) is Verdict.REGRESSED
    assert many(noise(7, 4)) is Verdict.UNCHANGED
    assert many(noise(6, 2, mean=0.85)) is Verdict.NOT_ENOUGH_DATA


def test_the_same_seed_gives_the_same_p() -> None:
    assert bootstrap_p(noise(1, 5), noise(2, 5), 7) == bootstrap_p(noise(1, 5), noise(2, 5), 7)


def test_too_few_have_no_z() -> None:
    assert robust_z(1.0, [1.0, 2.0]) is None

"""Plans of sweeps: distributions, grids, early stopping, and the search that learns."""

from __future__ import annotations

import math
import statistics
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runs.bayes import promising
from services.runs.domain.hyperband import best_at, read_bands
from services.runs.domain.parameters import nested, read_parameters
from services.runs.domain.sweep import Plan, Trial, read_plan
from shared.errors import Invalid

UNITS = st.floats(0, 1, exclude_max=True)
SHAPES: dict[str, dict[str, Any]] = {
    "uniform": {"min": -2.0, "max": 3.0},
    "int_uniform": {"min": -2, "max": 3},
    "q_uniform": {"distribution": "q_uniform", "min": 0.0, "max": 1.0, "q": 0.25},
    "log": {"distribution": "log_uniform_values", "min": 1e-5, "max": 1e-1},
    "exponents": {"distribution": "log_uniform", "min": -5.0, "max": 2.0},
    "normal": {"distribution": "normal", "mu": 1.0, "sigma": 2.0},
    "beta": {"distribution": "beta", "a": 2, "b": 3},
    "choice": {"values": ["a", "b", None]},
    "weighted": {"values": ["a", "b"], "probabilities": [0.9, 0.1],
                 "distribution": "categorical_w_probabilities"},
    "constant": {"value": [1, 2]},
}  # fmt: skip


def one(about: dict[str, Any]) -> Any:
    [parameter] = read_parameters({"x": about})
    return parameter


class TestParameters:
    @pytest.mark.parametrize("about", SHAPES.values(), ids=SHAPES)
    @given(unit=UNITS)
    def test_a_picked_value_is_picked_again_from_its_place(
        self, about: dict[str, Any], unit: float
    ) -> None:
        parameter = one(about)
        value = parameter.pick(unit)
        place = parameter.place(value)
        assert 0 <= place <= 1
        if about.get("distribution") not in ("normal", "beta"):
            again = parameter.pick(min(place, 1 - 1e-12))
            assert again == value or math.isclose(again, value, rel_tol=1e-6, abs_tol=1e-9)

    @given(unit=UNITS)
    def test_bounds_hold(self, unit: float) -> None:
        assert -2 <= one(SHAPES["uniform"]).pick(unit) <= 3
        assert one(SHAPES["int_uniform"]).pick(unit) in range(-2, 4)
        assert one(SHAPES["q_uniform"]).pick(unit) in (0, 0.25, 0.5, 0.75, 1)
        assert 0.99e-5 <= one(SHAPES["log"]).pick(unit) <= 1.01e-1

    def test_nested_parameters_come_back_nested(self) -> None:
        given_ = {
            "a": {"parameters": {"b": {"value": 1}, "c": {"parameters": {"d": {"value": 2}}}}}
        }
        chosen = {parameter.path: parameter.pick(0) for parameter in read_parameters(given_)}
        assert nested(chosen) == {"a": {"b": 1, "c": {"d": 2}}}

    @pytest.mark.parametrize(
        "about",
        [{}, {"min": 2, "max": 1}, {"values": []}, {"distribution": "odd"}, {"min": "a", "max": 1},
         {"distribution": "log_uniform_values", "min": 0, "max": 1}, 5,
         {"values": [1], "probabilities": [-1]}, {"distribution": "normal", "sigma": 0}],
    )  # fmt: skip
    def test_what_makes_no_sense_is_named(self, about: Any) -> None:
        with pytest.raises(Invalid, match="parameter x"):
            one(about)


class TestGrid:
    def test_every_combination_once(self) -> None:
        plan = read_plan(
            {
                "method": "grid",
                "parameters": {
                    "a": {"values": [1, 2]},
                    "b": {"min": 0, "max": 2},
                    "c": {"value": 9},
                },
            }
        )
        chosen = [tuple(plan.in_grid(number).values()) for number in range(plan.size or 0)]
        assert chosen == [(a, b, 9) for a in (1, 2) for b in (0, 1, 2)]


class TestHyperband:
    def test_bands(self) -> None:
        low = read_bands({"type": "hyperband", "min_iter": 3, "eta": 2})
        high = read_bands({"type": "hyperband", "max_iter": 27, "s": 2})
        assert low
        assert high
        assert low.at[:3] == (3, 6, 12)
        assert high.at == (3, 9)
        assert [low.reached(n) for n in (2, 3, 7)] == [0, 3, 6]

    def test_the_best_of_the_first_values_counts(self) -> None:
        assert best_at([3, 1, 2, 0], 3) == 1
        assert best_at([3, 1], 3) is None


def branin(chosen: dict[str, float]) -> float:
    x, y = chosen["x"], chosen["y"]
    bow = y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6
    return bow**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


BRANIN = {
    "method": "bayes",
    "metric": {"name": "loss"},
    "parameters": {"x": {"min": -5.0, "max": 10.0}, "y": {"min": 0.0, "max": 15.0}},
}


def best_of(plan: Plan, seed: int, count: int, *, learn: bool) -> float:
    trials: list[Trial] = []
    for number in range(count):
        chosen = promising(plan, trials if learn else [], seed * 1000 + number)
        trials.append(Trial(chosen, branin(chosen)))
    return min(trial.loss for trial in trials if trial.loss is not None)


class TestBayes:
    def beats_chance(self, seeds: int, count: int) -> None:
        plan = read_plan(BRANIN)
        learnt = [best_of(plan, seed, count, learn=True) for seed in range(seeds)]
        chance = [best_of(plan, seed, count, learn=False) for seed in range(seeds)]
        assert statistics.median(learnt) < statistics.median(chance)

    def test_it_beats_chance_on_branin(self) -> None:
        self.beats_chance(seeds=3, count=22)

    @pytest.mark.drill
    def test_it_beats_chance_over_twenty_seeds(self) -> None:
        self.beats_chance(seeds=20, count=20)

    def test_agents_beside_each_other_are_sent_to_different_places(self) -> None:
        plan = read_plan(BRANIN)
        random = np.random.default_rng(1)
        known = [plan.at_random(random.random(2).tolist()) for _ in range(8)]
        trials = [Trial(chosen, branin(chosen)) for chosen in known]
        first = promising(plan, trials, 1)
        second = promising(plan, [*trials, Trial(first)], 1)
        assert math.dist(list(first.values()), list(second.values())) > 0.5

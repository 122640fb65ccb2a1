"""Bayesian search: scikit-learn's Gaussian process, and the choice that promises most.

Expected improvement over many random candidates. Choices whose runs are still under way count as
if they had come out in the middle of the known ones, so that agents beside each other spread.
"""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.runs.domain.parameters import Parameter
from services.runs.domain.sweep import Plan, Trial

Matrix = NDArray[np.float64]

AT_FIRST = 4
"""So many results are waited for before the process has anything to go by."""
CANDIDATES, NEAR = 2_000, 500
MOST_TRIALS = 400


async def search(plan: Plan, trials: Sequence[Trial], seed: int) -> dict[str, Any]:
    """The port `Searcher`."""
    return await asyncio.to_thread(promising, plan, trials, seed)


def promising(plan: Plan, trials: Sequence[Trial], seed: int) -> dict[str, Any]:
    """The next choice; takes up to some hundred milliseconds, so ask in a thread."""
    random = np.random.default_rng(seed)
    known = [trial for trial in trials if trial.loss is not None][-MOST_TRIALS:]
    if len(known) < max(AT_FIRST, min(8, len(plan.parameters))):
        return plan.at_random(random.random(len(plan.parameters)).tolist())
    waiting = [trial for trial in trials if trial.loss is None][-MOST_TRIALS:]
    losses = np.array([trial.loss for trial in known], dtype=np.float64)
    liar = np.full(len(waiting), float(np.median(losses)))
    points = np.array([_place(plan, trial) for trial in (*known, *waiting)])
    best = points[int(losses.argmin())]
    units = _candidates(best, random)
    gain = _expected_gain(
        _encoded(plan.parameters, points),
        np.concatenate([losses, liar]),
        _encoded(plan.parameters, units),
        float(losses.min()),
    )
    return plan.at_random(units[int(gain.argmax())].tolist())


def _place(plan: Plan, trial: Trial) -> list[float]:
    return [parameter.place(trial.chosen.get(parameter.path)) for parameter in plan.parameters]


def _candidates(best: Matrix, random: np.random.Generator) -> Matrix:
    """From everywhere, and some from around the best so far.

    What falls beyond an edge is turned back at it: cut off there, it would be the edge itself, and
    a best that lies there would be tried again and again.
    """
    anywhere = random.random((CANDIDATES, len(best)))
    near = np.abs(best + random.normal(0, 0.05, (NEAR, len(best))))
    near = np.minimum(1 - np.abs(1 - near), 1 - 1e-9)
    return np.concatenate([anywhere, near])


def _encoded(parameters: Sequence[Parameter], units: Matrix) -> Matrix:
    """Choices without an order become one column each, so that none is nearer than another."""
    columns: list[Matrix] = []
    for index, parameter in enumerate(parameters):
        unit = units[:, index]
        if not parameter.is_choice:
            columns.append(unit[:, None])
        elif len(parameter.values) > 1:
            chosen = np.array([parameter.values.index(parameter.pick(u)) for u in unit])
            columns.append(np.eye(len(parameter.values))[chosen])
    return np.concatenate(columns, axis=1) if columns else np.zeros((len(units), 1))


def _expected_gain(points: Matrix, losses: Matrix, candidates: Matrix, best: float) -> Matrix:
    from scipy.stats import norm  # half a second that only a sweep of this kind should cost
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import Matern, WhiteKernel

    middle, spread = float(losses.mean()), float(losses.std()) or 1.0
    kernel = Matern(length_scale=np.full(points.shape[1], 0.5), nu=2.5) + WhiteKernel(1e-4)
    process = GaussianProcessRegressor(kernel, n_restarts_optimizer=1, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        process.fit(points, (losses - middle) / spread)
    mean, deviation = process.predict(candidates, return_std=True)
    better = (best - middle) / spread - mean
    deviation = np.maximum(deviation, 1e-9)
    gain: Matrix = better * norm.cdf(better / deviation) + deviation * norm.pdf(better / deviation)
    return gain

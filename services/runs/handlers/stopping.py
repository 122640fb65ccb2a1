"""Which runs of a sweep do too badly to go on: asked at every heartbeat, so it reads little."""

from __future__ import annotations

import json
import math

from services.runs.domain.hyperband import best_at
from services.runs.domain.run import Run
from services.runs.domain.sweep import Plan, Sweep
from services.runs.handlers.choosing import latest_runs
from services.runs.ports import Histories, Runs
from services.runs.sweep_ports import Sweeps


async def does_badly(
    run: Run, sweep: Sweep, plan: Plan, runs: Runs, sweeps: Sweeps, histories: Histories
) -> bool:
    """Judged once at each band that the run reaches; a history is read no further than a band."""
    if plan.bands is None or not (furthest := plan.bands.reached(run.progress.history)):
        return False
    choice = await sweeps.choice(sweep.id, run.name)
    if choice is None or furthest <= choice.checked:
        return False
    own = await _losses(run, plan, histories, furthest)
    band = plan.bands.reached(len(own))
    best = best_at(own, band)
    if best is None or band <= choice.checked:
        return False
    await sweeps.judged(choice, band)
    others = [best]
    for other in await latest_runs(sweep, runs, frozenset()):
        if other.name == run.name or other.progress.history < band:
            continue
        reached = best_at(await _losses(other, plan, histories, band), band)
        if reached is not None:
            others.append(reached)
    return best > plan.bands.threshold(others)


async def _losses(run: Run, plan: Plan, histories: Histories, most: int) -> list[float]:
    """The first so many that were logged; NaN where one was no number."""
    if plan.metric is None:
        return []
    name = plan.metric.name
    text, _ = await histories.page(run, [name], min_step=None, max_step=None, first=0, most=most)
    values = [row.get(name) for row in json.loads(text)[:most]]
    return [
        plan.metric.loss(float(value))
        if isinstance(value, int | float) and not isinstance(value, bool)
        else math.nan
        for value in values
    ]

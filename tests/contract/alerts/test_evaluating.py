"""Points and states become alerts, each once, whatever is told again and whoever was killed."""

from __future__ import annotations

import math

import pytest

from services.alerts.ports import Findings
from services.alerts.repository.leadership import MongoLeadership
from shared.errors import Unavailable
from tests.contract.alerts.world import World, points, state

HIGH = {"kind": "threshold", "metric": "loss", "op": ">", "value": 1.0}


async def test_a_crossing_fires_with_its_deliveries(world: World) -> None:
    await world.a_rule(HIGH, await world.a_channel())
    await world.evaluator.take_points([points(1, 0.5, 2.0, 3.0)], mark=7)
    assert await world.fired() == ["loss > 1"]
    assert await world.windows.mark() == 7
    [delivery], _ = await world.deliveries.page({}, 10, None)
    assert delivery.state == "pending"


async def test_what_is_told_again_fires_nothing(world: World) -> None:
    await world.a_rule(HIGH, await world.a_channel(), once_per_run=False)
    told = [points(1, 0.5, 2.0), points(2, 0.5, 2.0, first=2)]
    for _ in range(3):
        world.restart()
        await world.evaluator.take_points(told)
    assert len(await world.fired()) == 2


async def test_a_window_goes_on_after_a_restart(world: World) -> None:
    await world.a_rule({**HIGH, "window": 3, "agg": "min"})
    await world.evaluator.take_points([points(1, 2.0, 2.0)])
    world.restart()
    await world.evaluator.take_points([points(2, 2.0, first=2)])
    assert await world.fired() == ["min of the last 3 loss > 1"]


async def test_a_commit_that_failed_leaves_nothing_and_succeeds_later(world: World) -> None:
    await world.a_rule(HIGH, await world.a_channel())
    await world.leadership.leave()
    with pytest.raises(Unavailable):
        await world.evaluator.take_points([points(1, 2.0)], mark=1)
    assert await world.fired() == []
    assert await world.windows.mark() == 0
    await world.leadership.gain()
    await world.evaluator.take_points([points(1, 2.0)], mark=1)
    assert len(await world.fired()) == 1


async def test_who_lost_the_lease_commits_nothing(world: World) -> None:
    await world.leadership.leave()
    await MongoLeadership(world.database, "them").gain()
    with pytest.raises(Unavailable):
        await world.windows.commit(Findings(mark=9))
    assert await world.windows.mark() == 0


async def test_nan_travels_through_the_database(world: World) -> None:
    await world.a_rule({"kind": "nan", "metric": "*"})
    await world.evaluator.take_points([points(1, 1.0, math.nan)])
    [alert], _ = await world.alerts.page({}, 10, None)
    assert alert.value is not None
    assert math.isnan(alert.value)


async def test_states_fire_once_each(world: World) -> None:
    await world.a_rule({"kind": "state", "states": ["started", "crashed"]})
    for told in (state("running", None), state("crashed"), state("crashed")):
        await world.evaluator.take_state(told)
    await world.evaluator.take_state(state("running", "crashed"))
    assert sorted(await world.fired()) == ["run is crashed", "run is started"]


async def test_silence_is_noticed_by_the_clock_and_ends_with_the_run(world: World) -> None:
    await world.a_rule({"kind": "silence", "seconds": 60.0, "metric": "loss"}, once_per_run=False)
    await world.evaluator.take_points([points(1, 1.0), points(1, 1.0, run="ended")])
    await world.evaluator.take_state(state("finished", run="ended"))
    world.restart()
    world.clock.pass_by(seconds=59)
    assert await world.evaluator.look_at_clock() == 0
    world.clock.pass_by(seconds=2)
    assert await world.evaluator.look_at_clock() == 1
    assert await world.evaluator.look_at_clock() == 0


async def test_a_filter_is_asked_when_it_matters(world: World) -> None:
    await world.a_rule(HIGH, filters='{"tags": "main"}')
    world.runs.matching = False
    await world.evaluator.take_points([points(1, 2.0)])
    assert await world.fired() == []
    world.runs.matching = True
    world.clock.pass_by(seconds=61)
    await world.evaluator.take_points([points(2, 2.0, first=1)])
    assert len(await world.fired()) == 1


async def test_noise_quiets_a_rule_for_its_run_alone(world: World) -> None:
    await world.a_rule(HIGH, once_per_run=False)
    await world.evaluator.take_points([points(1, 2.0)])
    [alert], _ = await world.alerts.page({}, 10, None)
    alert.handle("alice", "noise", None)
    await world.alerts.save(alert)
    await world.evaluator.take_points([points(2, 0.0, 2.0, first=1), points(2, 2.0, run="b")])
    assert len(await world.fired()) == 2


async def test_a_finished_run_is_compared_with_those_before_it(world: World) -> None:
    regression = {"kind": "regression", "metric": "acc", "better": "higher"}
    await world.a_rule(regression)
    await world.a_rule({"kind": "zscore", "metric": "acc"})
    world.runs.others, world.runs.value = (0.9, 0.91, 0.905, 0.9, 0.91), 0.5
    await world.evaluator.take_state(state("finished"))
    assert len(await world.fired()) == 2
    world.runs.value = 0.905
    await world.evaluator.take_state(state("finished", run="another"))
    assert len(await world.fired()) == 2

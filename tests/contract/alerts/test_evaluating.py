"""Points and states become alerts, each once, whatever is told again and whoever was killed."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest

from services.alerts.domain.maintenance import Maintenance
from services.alerts.ports import Findings
from services.alerts.repository.leadership import MongoLeadership
from shared.errors import Unavailable
from tests.contract.alerts.world import NOON, World, points, state

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
    world.clock.pass_by(seconds=1)
    await world.evaluator.take_points([points(2, 2.0, first=1)])
    assert await world.fired() == []
    world.clock.pass_by(seconds=60)
    await world.evaluator.take_points([points(3, 2.0, first=2)])
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


async def test_in_maintenance_it_is_kept_and_nobody_is_told(world: World) -> None:
    when = {"kind": "threshold", "metric": "loss", "op": ">", "value": 1}
    await world.a_rule(when, await world.a_channel())
    planned = Maintenance("m", "team", "demo", NOON, NOON + timedelta(hours=1), "disks", "alice")
    await world.maintenance.add(planned)
    await world.evaluator.take_points([points(0, 0.5, 2.0)])
    page, _ = await world.alerts.page({}, 10, None)
    assert [(one.quiet_because, one.notified) for one in page] == [("maintenance: disks", [])]
    await world.dispatch()
    assert world.receiver.received == []
    world.clock.pass_by(hours=2)
    await world.evaluator.take_points([points(0, 0.5, 2.0, run="other")])
    await world.dispatch()
    assert len(world.receiver.received) == 1


REGRESSED = {"kind": "regression", "metric": "loss", "better": "lower", "tolerance": 0.05}


@pytest.mark.parametrize(
    ("baseline", "value", "fires"),
    [
        ({"baseline": "run", "run": "2"}, 1.2, True),
        ({"baseline": "run", "run": "2"}, 1.04, False),
        ({"baseline": "best"}, 1.2, True),
        ({"baseline": "tag", "tag": "release"}, 1.2, True),
        ({"baseline": "runs", "filters": '{"tags": "main"}'}, 9.0, True),
        ({"baseline": "runs"}, 1.005, False),
    ],
)
async def test_a_finished_run_beside_each_kind_of_baseline(
    world: World, baseline: dict[str, str], value: float, fires: bool
) -> None:
    world.runs.others, world.runs.value = (1.0, 1.01, 1.0, 0.99, 1.02, 1.0), value
    await world.a_rule({**REGRESSED, **baseline})
    await world.evaluator.take_state(state("finished"))
    assert len(await world.fired()) == fires
    if baseline["baseline"] in ("best", "tag"):
        [asked] = world.runs.asked
        assert asked.order == ("+summary_metrics.loss" if "tag" not in baseline else "-created_at")
        assert '"name": {"$nin": ["run"]}' in asked.filters


async def test_a_slow_drift_is_told_once_though_no_step_stands_out(world: World) -> None:
    await world.a_rule({"kind": "regression", "metric": "loss", "better": "lower"})
    wave = [0.02 * ((number * 7) % 5 - 2) for number in range(40)]
    series = [1.0 + 0.01 * number + wave[number] for number in range(40)]
    for number in range(12, 40):
        world.runs.others = list(reversed(series[max(0, number - 30) : number]))
        world.runs.value = series[number]
        await world.evaluator.take_state(state("finished", run=f"r{number}"))
    [text] = await world.fired()
    assert text.startswith("loss has drifted by +0.")


async def test_a_running_run_is_compared_at_the_same_step(world: World) -> None:
    """The others end at 1.0 after a hundred steps, and had a tenth of that after ten."""
    world.runs.others = (1.0, 1.01, 0.99, 1.0, 1.02, 1.0)
    await world.a_rule({**REGRESSED, "every_steps": 5})
    await world.evaluator.take_points([points(0, *(0.01 * step for step in range(11)))])
    assert await world.fired() == []
    await world.evaluator.take_points([points(1, 0.5, 0.5, 0.5, 0.5, 0.5, first=11)])
    [text] = await world.fired()
    assert text == "loss = 0.5 at step 15 is worse than the 0.15 there (6 runs)"

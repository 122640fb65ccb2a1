"""What is remembered of runs: kept whole, bounded, and following runs and rules that change."""

from __future__ import annotations

from typing import Any

from services.alerts.domain.condition import Change, Condition
from services.alerts.domain.rule_set import RuleSet
from services.alerts.domain.track import Point, Track
from services.alerts.domain.window import MOST_WEIGHT, Window
from services.alerts.ports import Findings
from services.alerts.repository.windows import MongoWindows
from tests.contract.alerts.world import NOON, World, points

SILENT = {"kind": "silence", "seconds": 60.0, "metric": "loss"}
WIDE: dict[str, Any] = {
    **{"kind": "change", "metric": "*", "amount": 1.0},
    **{"window": 500, "prior_window": 500},
}


async def kept(windows: MongoWindows, window: Window) -> Window:
    """Written down and read again."""
    await windows.commit(Findings(windows=[window]))
    return (await windows.load([window.run_id]))[window.run_id]


async def test_what_is_remembered_of_a_metric_comes_back(world: World) -> None:
    rule = await world.a_rule({**WIDE, "window": 2, "prior_window": 2})
    window = Window("run", "project")
    tracks = {
        "a": Track("a", values=[1.0, -2.5, 1e300]),
        "b": Track("b", best=0.0, best_step=7, since=0.0, holding=True, looked_at=3),
    }
    window.memory_of(rule).tracks = tracks
    found = await kept(world.windows, window)
    assert found.memories[rule.id].tracks == tracks


async def test_no_number_of_wide_rules_makes_more_than_a_document_holds(world: World) -> None:
    rules = [await world.a_rule(WIDE) for _ in range(30)]
    window = Window("run", "project")
    names = [f"{number:04}" + "ä" * 1_000 for number in range(300)]
    for rule in rules:
        memory = window.memory_of(rule)
        for name in names:
            memory.observe(rule.when, Point(name, 1.0, 0, 0.0), NOON, window.fits)
        for track in memory.tracks.values():
            track.values = [1.5] * keeps(rule.when)
    assert all(window.memories[rule.id].full for rule in rules)
    assert 0.9 * MOST_WEIGHT < sum(one.weight for one in window.memories.values()) <= MOST_WEIGHT
    found = await kept(world.windows, window)
    assert found.memories == window.memories
    [size] = (
        await world.database["windows"]
        .aggregate([{"$project": {"bytes": {"$bsonSize": "$$ROOT"}}}])
        .to_list(1)
    )
    assert size["bytes"] < 1.1 * MOST_WEIGHT


def keeps(when: Condition) -> int:
    assert isinstance(when, Change)
    return when.keeps


async def test_only_what_was_touched_is_written(world: World) -> None:
    ours, theirs, gone = [await world.a_rule(SILENT) for _ in range(3)]
    window = Window("run", "project")
    for rule in (ours, theirs, gone):
        window.memory_of(rule).fired = ["before"]
    window = await kept(world.windows, window)
    window.memory_of(ours).fired = ["after"]
    window.keep_only(RuleSet([ours, theirs]))
    meanwhile = {"$set": {f"by_rule.{theirs.id}.fired": ["meanwhile"]}}
    await world.database["windows"].update_one({"_id": "run"}, meanwhile)
    window = await kept(world.windows, window)
    assert window.memories[ours.id].fired == ["after"]
    assert window.memories[theirs.id].fired == ["meanwhile"]
    assert gone.id not in window.memories


async def test_memories_that_were_a_list_are_read(world: World) -> None:
    rule = await world.a_rule({**SILENT})
    await world.evaluator.take_points([points(1, 1.0)])
    windows = world.database["windows"]
    document = await windows.find_one({"_id": "run"})
    assert document is not None
    [memory] = document.pop("by_rule").values()
    for name in ("heard_of", "weight", "full"):
        del memory[name]
    await windows.replace_one({"_id": "run"}, {**document, "memories": [memory]})
    window = (await world.windows.load(["run"]))["run"]
    assert window.memories[rule.id].heard_at == NOON
    await kept(world.windows, window)
    document = await windows.find_one({"_id": "run"})
    assert document is not None
    assert "memories" not in document


async def test_a_run_that_hung_before_its_rule_was_changed_is_told_of(world: World) -> None:
    rule = await world.a_rule(SILENT)
    await world.evaluator.take_points([points(1, 1.0)])
    world.clock.pass_by(seconds=30)
    rule.change(world.clock.now, severity="error")
    await world.rules.save(rule, [])
    world.restart()
    world.clock.pass_by(seconds=31)
    assert await world.evaluator.look_at_clock() == 1
    rule.change(world.clock.now, severity="warn")
    await world.rules.save(rule, [])
    world.restart()
    world.clock.pass_by(seconds=600)
    assert await world.evaluator.look_at_clock() == 0


async def test_what_moved_is_no_business_of_its_old_project(world: World) -> None:
    await world.a_rule(SILENT, await world.a_channel())
    theirs = await world.a_rule({**SILENT, "seconds": 90.0}, project_id="elsewhere")
    await world.evaluator.take_points([points(1, 1.0)])
    await world.evaluator.follow(["run"], "elsewhere")
    window = (await world.windows.load(["run"]))["run"]
    assert window.project_id == "elsewhere"
    world.clock.pass_by(seconds=61)
    assert await world.evaluator.look_at_clock() == 0
    told = points(2, 1.0, first=1).model_copy(update={"project_id": "elsewhere"})
    await world.evaluator.take_points([told])
    window = (await world.windows.load(["run"]))["run"]
    assert set(window.memories) == {theirs.id}


async def test_points_told_before_a_move_tell_nobody_after_it(world: World) -> None:
    """The window is of the old project, and so is the rule; the run is not any more."""
    await world.a_rule(SILENT, await world.a_channel())
    await world.evaluator.take_points([points(1, 1.0)])
    world.runs.project_id = "elsewhere"
    world.clock.pass_by(seconds=61)
    assert await world.evaluator.look_at_clock() == 0

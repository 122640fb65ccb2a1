"""One rule, one run or one message never holds up the others."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from services.alerts.domain.alert import RunFacts
from services.alerts.evaluating import listening
from services.alerts.evaluating.comparing import Comparer
from services.alerts.evaluating.evaluator import Evaluator
from services.alerts.evaluating.judge import Judge
from services.alerts.evaluating.listening import PointListener
from services.alerts.evaluating.rulebook import RememberedRules
from services.alerts.neighbours import _as_float
from services.alerts.ports import Findings
from shared.contracts.runs import POINTS_LOGGED, PointsLogged, WatchedRow
from shared.errors import Invalid, Unavailable
from shared.messaging import streams
from shared.messaging.bus import Bus
from shared.messaging.streams import DEAD_LETTERS, WATCHED_STREAM
from tests.contract.alerts.world import World, points, state
from tests.contract.messaging.world import connected
from tests.servers import OPERATOR, Servers

HIGH = {"kind": "threshold", "metric": "loss", "op": ">", "value": 1.0}
REGRESSED = {"kind": "regression", "metric": "loss", "better": "lower", "tolerance": 0.05}
PATIENCE_S = 30.0


@pytest.fixture
async def bus(servers: Servers) -> AsyncIterator[Bus]:
    async with connected(servers, OPERATOR) as connection:
        found = Bus(connection.client)
        for stream in (WATCHED_STREAM, DEAD_LETTERS):
            await streams.ensure(found.js, stream)
        await found.js.purge_stream(WATCHED_STREAM.name)
        yield found


@asynccontextmanager
async def listening_to(bus: Bus, world: World) -> AsyncIterator[None]:
    task = asyncio.create_task(PointListener(bus, world.evaluator, world.windows.mark).run())
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def heard(bus: Bus, world: World, *told: PointsLogged) -> None:
    """Published, and taken in to the last."""
    for each in told:
        await bus.publish(POINTS_LOGGED.subject, each.model_dump_json().encode())
    last = (await bus.js.stream_info(WATCHED_STREAM.name)).state.last_seq
    async with asyncio.timeout(PATIENCE_S), listening_to(bus, world):
        while await world.windows.mark() < last:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def refuse(world: World, error: Exception) -> None:
    """Runs raises this for every question about others."""

    async def samples(*_: Any) -> Any:
        raise error

    world.runs.samples = samples  # type: ignore[method-assign]


async def test_a_rule_that_cannot_be_asked_leaves_the_others_be(world: World) -> None:
    await world.a_rule({**REGRESSED, "every_steps": 1})
    await world.a_rule({"kind": "state", "states": ["finished"]})
    await world.a_rule(HIGH)
    refuse(world, Invalid("filters: more than 64 clauses.", field="filters"))
    world.runs.value = 5.0
    await world.evaluator.take_points([points(1, 0.5, 2.0)], mark=1)
    await world.evaluator.take_state(state("finished"))
    assert sorted(await world.fired()) == ["loss > 1", "run is finished"]


async def test_what_may_pass_is_tried_again(world: World) -> None:
    await world.a_rule(REGRESSED)
    await world.a_rule({"kind": "state", "states": ["finished"]})
    world.runs.value = 5.0
    refuse(world, Unavailable("runs is away"))
    with pytest.raises(Unavailable):
        await world.evaluator.take_state(state("finished"))
    assert await world.fired() == []


async def test_a_filter_that_breaks_the_question_silences_its_rule_alone(world: World) -> None:
    await world.a_rule(HIGH, filters='{"tags": "main"}')
    await world.a_rule(HIGH)

    async def broken(_run: RunFacts, _filters: str) -> bool:
        raise OverflowError("int too large to convert to float")

    world.runs.matches = broken  # type: ignore[method-assign]
    await world.evaluator.take_points([points(1, 2.0)])
    assert await world.fired() == ["loss > 1"]


async def test_a_message_that_cannot_be_kept_is_buried_alone(world: World, bus: Bus) -> None:
    """Its step is an integer that no database takes."""
    await world.a_rule(HIGH)
    await world.a_rule({"kind": "plateau", "metric": "loss", "steps": 10})
    before = (await bus.js.stream_info(DEAD_LETTERS.name)).state.messages
    poison = points(1, 0.5, run="poison", first=2**70)
    await heard(bus, world, points(1, 2.0, run="a"), poison, points(1, 2.0, run="b"))
    assert await world.fired() == ["loss > 1", "loss > 1"]
    assert (await bus.js.stream_info(DEAD_LETTERS.name)).state.messages == before + 1


async def test_a_batch_is_bounded_by_its_values(
    world: World, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "_MOST_VALUES", 50)
    await world.a_rule(HIGH)
    taken: list[int] = []
    take_points = world.evaluator.take_points

    async def counted(batch: Sequence[PointsLogged], mark: int | None = None) -> int:
        taken.append(sum(len(told.rows) for told in batch))
        return await take_points(batch, mark)

    monkeypatch.setattr(world.evaluator, "take_points", counted)
    told = [points(number, *[0.5] * 30, run=f"run{number}") for number in range(20)]
    await heard(bus, world, *told)
    assert sum(taken) == 600
    assert max(taken) <= 60


async def test_others_have_their_turn_while_many_points_are_looked_at(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        await world.a_rule({"kind": "nan", "metric": "*"})
    turns, at_load, at_commit = 0, 0, 0
    load, commit = world.windows.load, world.windows.commit

    async def loaded(run_ids: Sequence[str]) -> Any:
        nonlocal at_load
        found = await load(run_ids)
        at_load = turns
        return found

    async def committed(found: Findings) -> None:
        nonlocal at_commit
        at_commit = turns
        await commit(found)

    async def somebody() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    monkeypatch.setattr(world.windows, "load", loaded)
    monkeypatch.setattr(world.windows, "commit", committed)
    beside = asyncio.create_task(somebody())
    await world.evaluator.take_points([points(1, *[1.0] * 20_000)])
    beside.cancel()
    assert at_commit - at_load > 20


@asynccontextmanager
async def comparing_apart(world: World) -> AsyncIterator[Evaluator]:
    """As in the service: comparisons have a task of their own."""
    runs: Any = world.runs

    async def announce(*_: Any) -> None:
        """Nobody is told."""

    evaluator = Evaluator(
        RememberedRules(world.rules, announce),
        world.windows,
        Judge(runs, world.channels, world.alerts, world.maintenance, "http://cordee"),
        Comparer(runs),
        world.clock,
        lambda: None,
    )
    task = asyncio.create_task(evaluator.comparisons.run())
    yield evaluator
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_comparison_that_takes_long_holds_up_no_point(world: World) -> None:
    await world.a_rule({**REGRESSED, "every_steps": 1})
    await world.a_rule(HIGH)
    world.runs.others = (0.1, 0.11, 0.1, 0.09, 0.1, 0.1)
    asked, go_on, samples = asyncio.Event(), asyncio.Event(), world.runs.samples

    async def slow(*given: Any) -> Any:
        asked.set()
        await go_on.wait()
        return await samples(*given)

    world.runs.samples = slow  # type: ignore[method-assign]
    async with asyncio.timeout(PATIENCE_S), comparing_apart(world) as evaluator:
        await evaluator.take_points([points(1, 0.5, 0.5)])
        await asked.wait()
        await evaluator.take_points([points(1, 2.0, run="other")])
        await evaluator.take_state(state("finished", run="other"))
        assert await world.fired() == ["loss > 1"]
        go_on.set()
        while len(await world.fired()) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert any(text.startswith("loss = 0.5 at step 1 is worse") for text in await world.fired())


async def test_a_baseline_is_asked_for_once_for_many_points(world: World) -> None:
    await world.a_rule({**REGRESSED, "every_steps": 1, "last": 5})
    world.runs.others = (1.0, 1.01, 0.99, 1.0, 1.02, 1.0)
    curves: list[str] = []
    curve = world.runs.curve

    async def counted(caller: Any, run_id: str, metric: str, until: int | None = None) -> Any:
        curves.append(run_id)
        return await curve(caller, run_id, metric, until)

    world.runs.curve = counted  # type: ignore[method-assign]
    for step in range(1, 20):
        run = f"run{step % 3}"
        await world.evaluator.take_points([points(step, 0.01 * step, run=run, first=step)])
    assert [asked.limit for asked in world.runs.asked] == [5]
    assert len(curves) == 5


def test_an_integer_of_any_size_is_a_number() -> None:
    assert _as_float(10**400) == math.inf
    assert _as_float(-(10**400)) == -math.inf
    assert _as_float(3) == 3.0
    assert _as_float(True) is None
    assert _as_float("3") is None


async def test_a_piece_of_a_line_is_no_repeat_of_another(world: World) -> None:
    """A line that is too long for one message comes in several, all with the same step."""
    await world.a_rule({**HIGH, "metric": "*"}, once_per_run=False)

    def piece(number: int, metric: str) -> PointsLogged:
        row = WatchedRow(step=0, at=0.0, values={metric: 2.0})
        return PointsLogged(
            run_id="run",
            project_id="project",
            generation=0,
            position=1,
            stream="history",
            rows=[row],
            piece=number,
        )

    for _ in range(2):
        await world.evaluator.take_points([piece(0, "a"), piece(1, "b")])
    assert sorted(await world.fired()) == ["a > 1", "b > 1"]

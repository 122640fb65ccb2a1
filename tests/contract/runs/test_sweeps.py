"""What agents of a sweep are handed, and which runs are stopped; on a real MongoDB."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import zstandard

from services.runs.domain.run import Run, State
from services.runs.domain.sweep import (
    MOST_TRIES,
    SILENT_FOR,
    Agent,
    Choice,
    Plan,
    Sweep,
    SweepState,
    Trial,
    read_plan,
)
from services.runs.handlers.choosing import MOST_RUNS, next_choice
from services.runs.handlers.stopping import does_badly
from services.runs.histories.pieces import Pieces
from services.runs.histories.reader import HistoryReader
from services.runs.repository import documents
from services.runs.repository.moves import place
from services.runs.repository.sweeps import MongoSweeps
from shared.kit.ids import new_id
from shared.messaging.ingest import Chunk, Part
from tests.contract.runs.world import NOON, Kept, a_run

X = {"x": {"min": 0.0, "max": 1.0}}
LOSS = {"name": "loss", "goal": "minimize"}


class Swept:
    """A sweep, its store, and an agent."""

    def __init__(self, kept: Kept, issued: int, **config: Any) -> None:
        self.kept = kept
        self.sweeps = MongoSweeps(kept.database)
        self.plan = read_plan({"method": "random", "parameters": X, **config})
        self.sweep = Sweep(
            id=new_id(),
            project_id="project1",
            name="sweep1",
            state=SweepState.RUNNING,
            config="",
            method=self.plan.method,
            created_at=NOON,
            updated_at=NOON,
            created_by="ada",
            issued=issued,
        )
        self.agent = self.an_agent()
        self.learnt: Sequence[Trial] = []

    def an_agent(self) -> Agent:
        return Agent(new_id(), self.sweep.id, "agent1", "host", "ada", NOON, NOON)

    async def prepare(self) -> Swept:
        await self.sweeps.prepare()
        await self.sweeps.create(self.sweep)
        await self.sweeps.add_agent(self.agent)
        return self

    async def handed(self, number: int, **more: Any) -> Choice:
        choice = Choice(
            f"run{number:05d}", self.sweep.id, self.agent.id, number, {"x": 0.5}, NOON, **more
        )
        await self.sweeps.hand_out(choice)
        return choice

    async def born(self, choices: Sequence[Choice], **more: object) -> list[Run]:
        runs = [
            a_run(one.run, sweep=self.sweep.name, summary='{"loss":1}', **more) for one in choices
        ]
        await self.kept.database["runs"].insert_many([documents.to_document(run) for run in runs])
        return runs

    async def next(self, agent: Agent | None = None, minutes: float = 0) -> Choice | None:
        async def search(_plan: Plan, trials: Sequence[Trial], _seed: int) -> dict[str, Any]:
            self.learnt = trials
            return {"x": 0.5}

        at = NOON + timedelta(minutes=minutes)
        return await next_choice(
            agent or self.agent,
            self.sweep,
            self.plan,
            None,
            self.kept.runs,
            self.sweeps,
            search,
            at,
        )

    async def state(self) -> SweepState:
        return (await self.sweeps.get(self.sweep.id)).state


class TestWhatIsHandedOut:
    async def test_a_sweep_of_many_runs_ends(self, kept: Kept) -> None:
        many = MOST_RUNS + 1
        swept = await Swept(kept, many, run_cap=many).prepare()
        choices = [await swept.handed(number) for number in range(many)]
        await swept.born(choices, state=State.FINISHED)
        assert await swept.next() is None
        assert await swept.state() is SweepState.FINISHED

    async def test_only_what_nobody_knows_yet_counts_as_under_way(self, kept: Kept) -> None:
        many = MOST_RUNS + 1
        swept = await Swept(kept, many, method="bayes", metric=LOSS).prepare()
        choices = [await swept.handed(number) for number in range(many)]
        await swept.born(choices, state=State.FINISHED)
        assert await swept.next() is not None
        assert [trial.loss for trial in swept.learnt] == [1.0] * MOST_RUNS

    @pytest.mark.parametrize("fate", ["deleted", "moved"])
    async def test_a_run_that_is_gone_is_not_done_again(self, kept: Kept, fate: str) -> None:
        swept = await Swept(kept, 1, run_cap=1).prepare()
        choice = await swept.handed(0)
        [run] = await swept.born([choice], state=State.FINISHED)
        if fate == "deleted":
            run.delete(NOON)
            await kept.runs.change(run, {"deleted_at": None}, [])
        else:
            where = {"_id": run.id}
            await kept.database["runs"].update_one(where, {"$set": {"project_id": "project2"}})
            redirect = {"_id": place("project1", run.name), "run_id": run.id}
            await kept.database["redirects"].insert_one(redirect)
        assert await swept.next() is None
        assert await swept.state() is SweepState.FINISHED

    async def test_while_a_run_goes_on_the_sweep_does(self, kept: Kept) -> None:
        swept = await Swept(kept, 1, run_cap=1).prepare()
        await swept.born([await swept.handed(0)])
        assert await swept.next() is None
        assert await swept.state() is SweepState.RUNNING

    async def test_what_never_begins_is_given_up(self, kept: Kept) -> None:
        swept = await Swept(kept, 1, run_cap=1).prepare()
        await swept.handed(0)
        for _ in range(MOST_TRIES - 1):
            again = await swept.next()
            assert again
            assert again.run == "run00000"
        assert await swept.next() is None
        assert await swept.state() is SweepState.FINISHED

    async def test_the_last_try_of_somebody_who_lives_is_waited_for(self, kept: Kept) -> None:
        swept = await Swept(kept, 1, run_cap=1).prepare()
        await swept.handed(0, tries=MOST_TRIES)
        other = swept.an_agent()
        assert await swept.next(other) is None
        assert await swept.state() is SweepState.RUNNING
        assert await swept.next(other, minutes=SILENT_FOR.total_seconds() / 60 + 1) is None
        assert await swept.state() is SweepState.FINISHED


class Counted(HistoryReader):
    """The real one; counts how often it is asked, and for how many values."""

    def __init__(self, kept: Kept) -> None:
        super().__init__(kept.frames, Pieces(kept.frames, kept.blobs))
        self.asked: list[int] = []

    async def page(self, *args: Any, most: int, **more: Any) -> tuple[str, int | None]:
        self.asked.append(most)
        return await super().page(*args, most=most, **more)


class TestStoppingEarly:
    async def climbed(self, swept: Swept, number: int, losses: Sequence[float | str]) -> Run:
        [run] = await swept.born([await swept.handed(number)])
        lines = [f'{{"_step":{n},"loss":{loss}}}' for n, loss in enumerate(losses)]
        packed = zstandard.ZstdCompressor().compress("\n".join(lines).encode())
        part = Part("history", 0, len(lines), 0, len(lines) - 1, packed)
        chunk = Chunk(run.id, 0, 1_767_268_800_000, [part])
        await swept.kept.applier.apply([(number + 1, chunk)])
        return await swept.kept.now(run)

    async def test_a_band_is_judged_once_and_read_no_further(self, kept: Kept) -> None:
        early = {"type": "hyperband", "min_iter": 3, "eta": 2}
        swept = await Swept(kept, 2, metric=LOSS, early_terminate=early).prepare()
        good = await self.climbed(swept, 0, [0.5, 0.4, 0.3, 0.2, 0.1])
        bad = await self.climbed(swept, 1, [0.9, '"NaN"', 0.8, 0.7])
        reader = Counted(kept)

        async def stopped(run: Run) -> bool:
            return await does_badly(run, swept.sweep, swept.plan, kept.runs, swept.sweeps, reader)

        assert await stopped(bad)
        assert reader.asked == [3, 3]
        assert not await stopped(bad)
        assert reader.asked == [3, 3]
        assert not await stopped(good)
        assert reader.asked == [3, 3, 3, 3]

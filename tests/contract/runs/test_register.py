"""The register answers as the documents do, whatever has happened to runs since it was made."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.runs.domain.filters import Every, Field, parse
from services.runs.domain.run import Run, State
from services.runs.patterns import accepted
from services.runs.ports import Order, RunQuery
from services.runs.registering import Registrar
from services.runs.repository import register
from services.runs.repository.columns import Gathered
from tests.contract.runs.asking import born, reached
from tests.contract.runs.plain_reading import holds, in_order
from tests.contract.runs.test_queries import filters, orders, projects
from tests.contract.runs.world import MINUTE, NOON, Asked, a_run

BY_LOSS = Order(Field("summary", "loss"), descending=False)


@pytest.fixture(autouse=True)
def small_blocks() -> Iterator[None]:
    """A block is made of two runs, and holds three at most."""
    before = register.LEAST_RUNS, register.BLOCK_RUNS
    register.LEAST_RUNS, register.BLOCK_RUNS = 2, 3
    yield
    register.LEAST_RUNS, register.BLOCK_RUNS = before


def packed(asked: Asked, project: str) -> int:
    """How many runs of it are in blocks, once all are that can be."""

    async def pack() -> int:
        done = 0
        while count := await asked.kept.runs.register.pack(project):
            done += count
        return done

    return asked.do(pack())


def changed(asked: Asked, run: Run, **values: Any) -> None:
    for name, value in values.items():
        setattr(run, name, value)
    asked.do(asked.kept.runs.change(run, dict.fromkeys(values), []))


@st.composite
def deeds(draw: st.DrawFn) -> list[tuple[int, dict[str, Any]]]:
    """What is done to runs after they were packed, by their place in the project."""
    losses = st.sampled_from(['{"loss":0}', '{"loss":2}', '{"acc":"a"}', "{}"])
    change = st.one_of(
        losses.map(lambda text: {"summary": text}),
        st.sampled_from([State.RUNNING, State.FAILED]).map(lambda state: {"state": state}),
        st.just({"deleted_at": NOON}),
        st.just({"group": "ab"}),
    )
    return draw(st.lists(st.tuples(st.integers(0, 6), change), max_size=4))


class TestAgainstThePlainReading:
    def test_pages_are_as_without_it(self, asked: Asked) -> None:
        @settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(projects(), deeds(), st.lists(filters, min_size=1, max_size=3), orders, st.data())
        def check(
            runs: list[Run],
            done: list[tuple[int, dict[str, Any]]],
            documents: list[dict[str, Any]],
            order: Order,
            data: st.DataObject,
        ) -> None:
            project = born(asked, runs)
            packed(asked, project)
            for place, change in done:
                if place < len(runs):
                    changed(asked, runs[place], **change)
            if data.draw(st.booleans()):
                asked.do(asked.kept.runs.register.tidy(project))
                packed(asked, project)
            there = [run for run in runs if run.deleted_at is None]
            for document in documents:
                where = parse(json.dumps(document), accepted)
                expected = in_order([run for run in there if holds(where, run)], order)
                query = RunQuery(project, where, order, 100)
                size = data.draw(st.integers(1, 3))
                assert reached(asked, query, size) == [run.name for run in expected]

        check()


class TestBlocks:
    def ended(self, count: int) -> list[Run]:
        return [
            a_run(f"r{n}", state=State.FINISHED, summary=json.dumps({"loss": n}))
            for n in range(count)
        ]

    def test_only_ended_runs_are_in_blocks(self, asked: Asked) -> None:
        project = born(asked, [*self.ended(2), a_run("alive")])
        assert packed(asked, project) == 2
        query = RunQuery(project, Every(()), BY_LOSS, 100)
        assert reached(asked, query, 2) == ["r0", "r1", "alive"]

    def test_a_run_that_changes_while_it_is_packed_stays_outside(self, asked: Asked) -> None:
        runs = self.ended(2)
        project = born(asked, runs)

        class Meanwhile(register.MongoRegister):
            async def _gather(self, ids: Sequence[str], block: str) -> Gathered:
                gathered = await super()._gather(ids, block)
                runs[0].summary = '{"loss":9}'
                await asked.kept.runs.change(runs[0], {"summary": None}, [])
                return gathered

        assert asked.do(Meanwhile(asked.kept.database).pack(project)) == 2
        query = RunQuery(project, Every(()), BY_LOSS, 100)
        assert reached(asked, query, 1) == ["r1", "r0"]

    def test_a_copy_is_of_its_own_project_only(self, asked: Asked) -> None:
        runs = self.ended(3)
        here, there = born(asked, runs), born(asked, self.ended(2))
        assert packed(asked, here) == 3
        asked.do(asked.kept.copies.copy(runs[2], f"{runs[2].id}x", there))
        assert packed(asked, there) == 3
        query = RunQuery(there, Every(()), BY_LOSS, 100)
        assert reached(asked, query, 2) == ["r0", "r1", "r2"]

    def test_without_its_columns_or_its_place_in_the_register_nothing_is_lost(
        self, asked: Asked
    ) -> None:
        project = born(asked, self.ended(6))
        assert packed(asked, project) == 6

        async def forget() -> None:
            await asked.kept.database["run_blocks"].find_one_and_delete({"project_id": project})

        asked.do(forget())
        query = RunQuery(project, Every(()), BY_LOSS, 100)
        assert reached(asked, query, 4) == [f"r{n}" for n in range(6)]

    def test_who_asks_has_blocks_made_and_old_ones_dissolved(self, asked: Asked) -> None:
        runs = self.ended(4)
        project = born(asked, runs)

        async def blocks() -> tuple[int, int]:
            """How many there are, and how many runs are in one, once somebody has asked."""
            await asked.kept.runs.query(RunQuery(project, Every(()), BY_LOSS, 9))
            await Registrar(asked.kept.runs.register).keep()
            made = asked.kept.database["run_blocks"].count_documents({"project_id": project})
            inside = {"project_id": project, "block": {"$ne": None}}
            return await made, await asked.kept.database["runs"].count_documents(inside)

        assert asked.do(blocks()) == (1, 3)
        for run in runs[:3]:
            changed(asked, run, heartbeat_at=NOON + MINUTE)
        assert asked.do(blocks()) == (1, 3)

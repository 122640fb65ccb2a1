"""Data of an older Cordée is brought up, data of a newer one is refused."""

from __future__ import annotations

import pytest

from services.runs.domain.filters import parse, parse_field
from services.runs.ports import Order, RunQuery
from services.runs.repository.schema import STEPS
from shared.kit import schema
from tests.contract.runs.world import NOON, Kept, a_run

NEWEST = STEPS[-1].number
DERIVED = ("live", "config_pairs", "summary_pairs")


async def listed(kept: Kept) -> list[str]:
    """Names of the runs that a list with filters on config and summary finds."""
    said = '{"$and":[{"config.lr.value":0.1},{"summary_metrics.acc":{"$gt":0.5}}]}'
    order = Order(parse_field("name"), descending=False)
    query = RunQuery("project1", parse(said, lambda _pattern: True), order, 1_000)
    runs, _ = await kept.runs.query(query)
    return [run.name for run in runs]


async def older(kept: Kept, count: int) -> list[str]:
    """Runs as they were written before lists went by derived fields."""
    names = [f"r{number:04}" for number in range(count)]
    for name in names:
        await kept.born(a_run(name, config='{"lr":{"value":0.1}}', summary='{"acc":0.9}'))
    await kept.born(a_run("thrown-away", deleted_at=NOON, summary='{"acc":0.9}'))
    await kept.database["runs"].update_many({}, {"$unset": dict.fromkeys(DERIVED)})
    return names


async def reached(kept: Kept) -> int:
    found = await kept.database["meta"].find_one({"_id": "schema"})
    return int(found["number"]) if found else 0


async def test_older_runs_are_listed_and_found_again(kept: Kept) -> None:
    names = await older(kept, 450)  # more than two batches
    assert await listed(kept) == []
    await schema.bring_up(kept.database, STEPS)
    assert await listed(kept) == names
    assert await reached(kept) == NEWEST


async def test_a_step_that_was_broken_off_is_gone_on_with(kept: Kept) -> None:
    names = await older(kept, 30)
    half = {"name": {"$in": names[::2]}}
    await schema.bring_up(kept.database, STEPS)
    await kept.database["runs"].update_many(half, {"$unset": dict.fromkeys(DERIVED)})
    await kept.database["meta"].delete_one({"_id": "schema"})
    await schema.bring_up(kept.database, STEPS)
    assert await listed(kept) == names


async def test_what_is_reached_is_not_done_again(kept: Kept) -> None:
    async def never(_database: object) -> int:
        raise AssertionError("again")

    await schema.bring_up(kept.database, STEPS)
    await schema.bring_up(kept.database, [schema.Step(NEWEST, "again", never)])


async def test_newer_data_is_refused_in_one_line(kept: Kept) -> None:
    await kept.database["meta"].insert_one({"_id": "schema", "number": NEWEST + 1})
    with pytest.raises(SystemExit) as refusal:
        await schema.bring_up(kept.database, STEPS)
    said = str(refusal.value)
    assert f"newer Cordée (schema {NEWEST + 1}, this version knows {NEWEST})" in said
    assert "cordee restore DIR" in said
    assert "\n" not in said
    assert await reached(kept) == NEWEST + 1

"""Versions whose time has come, and those that go with the run that made them."""

from __future__ import annotations

import os
from datetime import datetime, timedelta

import pytest

from services.runs.domain.artifact import Policy
from services.runs.domain.run import Run
from shared.contracts.runs import RunDeleted
from shared.errors import NotFound
from shared.lifetimes import LONGEST_LIFE_S
from tests.contract.runs.artifact_world import Artifacts
from tests.contract.runs.world import a_run


class TestExpiry:
    async def test_what_has_lived_its_time_goes_unless_it_is_promised(
        self, world: Artifacts
    ) -> None:
        project = await world.project()
        await world.kept.collections.set_policy(
            project.id, Policy(frozenset({"production"}), default_ttl=3_600)
        )
        mortal = await world.logged(project, {"f": b"1"})
        for_ever = await world.logged(project, {"f": b"2"}, ttl=0)
        promised = await world.logged(project, {"f": b"3"}, wanted=["production"])
        longer = await world.logged(project, {"f": b"4"}, ttl=7_200)
        world.clock.pass_(minutes=59)
        assert await world.expiry.look() == 0
        world.clock.pass_(minutes=2)
        assert await world.expiry.look() == 1
        living = await world.kept.artifacts.load(
            [one.id for one in (mortal, for_ever, promised, longer)]
        )
        assert set(living) == {for_ever.id, promised.id, longer.id}
        assert (await world.news())[-1] == "artifact.deleted"

    async def test_a_time_to_live_beyond_the_calendar_is_a_hundred_years(
        self, world: Artifacts
    ) -> None:
        project, other = await world.project(), await world.project("other")
        await world.kept.collections.set_policy(project.id, Policy(default_ttl=10**12))
        await world.kept.collections.set_policy(other.id, Policy(default_ttl=3_600))
        await world.logged(project, {"f": b"1"})
        await world.logged(other, {"f": b"2"})
        world.clock.pass_(hours=2)
        assert await world.expiry.look() == 1
        assert (await world.kept.collections.policy(project.id)).default_ttl == LONGEST_LIFE_S

    async def test_one_projects_fault_keeps_no_other_from_its_time(self, world: Artifacts) -> None:
        broken, sound = await world.project("broken"), await world.project("sound")
        for project in (broken, sound):
            await world.kept.collections.set_policy(project.id, Policy(default_ttl=3_600))
            await world.logged(project, {"f": b"1"})
        await world.database["projects"].delete_one({"_id": broken.id})
        world.clock.pass_(hours=2)
        assert await world.expiry.look() == 1


class TestTables:
    async def test_what_was_made_for_a_download_goes_after_a_day(self, world: Artifacts) -> None:
        await world.blobs.put("exports/old", b"a table")
        assert world.blobs.local
        made = world.clock().timestamp()
        os.utime(world.blobs.local / "exports/old", (made, made))
        await world.kept.collector.collect(grace_seconds=0, dry_run=False)
        assert await world.blobs.size("exports/old") == 7
        world.clock.pass_(hours=26)
        await world.kept.collector.collect(grace_seconds=0, dry_run=True)
        assert await world.blobs.size("exports/old") == 7
        await world.kept.collector.collect(grace_seconds=0, dry_run=False)
        with pytest.raises(NotFound):
            await world.blobs.size("exports/old")


class TestDeletedRuns:
    async def test_what_a_run_made_goes_with_it_if_that_was_said(self, world: Artifacts) -> None:
        project = await world.project()
        gone_run = a_run("run-1", project.id, id="run-1", deleted_at=world.clock())
        await world.runs.create(gone_run, [])
        await world.kept.collections.set_policy(project.id, Policy(frozenset({"production"})))
        gone = await world.logged(project, {"f": b"1"}, run_id="run-1")
        kept = await world.logged(project, {"f": b"2"}, run_id="run-1", wanted=["production"])
        other = await world.logged(project, {"f": b"3"}, run_id="run-2")
        told = {
            "run_id": "run-1",
            "project_id": project.id,
            "entity": "team",
            "project": "demo",
            "name": "run-1",
            "by": "ada",
            "at": world.clock(),
        }
        await world.departures.run_deleted(RunDeleted(**told, delete_artifacts=False))
        ids = [one.id for one in (gone, kept, other)]
        assert set(await world.kept.artifacts.load(ids)) == set(ids)
        for _ in range(2):
            await world.departures.run_deleted(RunDeleted(**told, delete_artifacts=True))
        assert set(await world.kept.artifacts.load(ids)) == {kept.id, other.id}

    @pytest.mark.parametrize("again", [None, 1])
    async def test_what_was_said_of_a_run_that_came_back_is_void(
        self, world: Artifacts, again: int | None
    ) -> None:
        project = await world.project()
        deleted_at = world.clock() + timedelta(hours=again) if again else None
        run = a_run("run-1", project.id, id="run-1", deleted_at=deleted_at)
        await world.runs.create(run, [])
        made = await world.logged(project, {"f": b"1"}, run_id="run-1")
        await world.departures.run_deleted(_said_of(run, world.clock()))
        assert set(await world.kept.artifacts.load([made.id])) == {made.id}

    async def test_what_was_made_since_stays(self, world: Artifacts) -> None:
        project = await world.project()
        run = a_run("run-1", project.id, id="run-1", deleted_at=world.clock())
        await world.runs.create(run, [])
        said = _said_of(run, world.clock())
        before = await world.logged(project, {"f": b"1"}, run_id="run-1")
        world.clock.pass_(minutes=1)
        since = await world.logged(project, {"f": b"2"}, run_id="run-1")
        await world.departures.run_deleted(said)
        assert set(await world.kept.artifacts.load([before.id, since.id])) == {since.id}


def _said_of(run: Run, at: datetime) -> RunDeleted:
    return RunDeleted(
        run_id=run.id,
        project_id=run.project_id,
        entity="team",
        project="demo",
        name=run.name,
        delete_artifacts=True,
        by="ada",
        at=at,
    )

"""What follows a run and what stays behind, with a collector that never rests."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import pytest

from services.runs.archive.garbage import Collector
from services.runs.domain.artifact import Policy, State
from services.runs.domain.manifest import hex_md5
from services.runs.repository.entries import holder
from tests.contract.runs.artifact_world import Artifacts
from tests.handmade_artifacts import md5


def age(world: Artifacts) -> None:
    """Every file becomes as old as one that was written days ago."""
    assert world.blobs.local
    old = (world.clock() - timedelta(days=3)).timestamp()
    for path in (world.blobs.local / "artifacts").rglob("*"):
        if path.is_file():
            os.utime(path, (old, old))


def collect_after(world: Artifacts, thing: Any, *names: str) -> list[int]:
    """After each of these calls somebody looks for garbage; answers how often."""
    looked: list[int] = []

    def wrapped(real: Any) -> Any:
        async def call(*args: Any, **more: Any) -> Any:
            found = await real(*args, **more)
            world.clock.pass_(seconds=1)
            await world.archive.collect(grace_seconds=0, dry_run=False)
            looked.append(1)
            return found

        return call

    for name in names:
        setattr(thing, name, wrapped(getattr(thing, name)))
    return looked


class TestBesideTheCollector:
    async def test_old_bytes_that_are_being_moved_are_nobodys_orphans(
        self, world: Artifacts
    ) -> None:
        source, target = await world.project(), await world.project("new", "others")
        files = {"a": b"one", "b": b"two", "c": b"three"}
        mine = await world.logged(source, files, run_id="run-1")
        age(world)
        looked = collect_after(world, world.blobs, "copy")
        assert await world.follower.follow(["run-1"], source.id, target.id) == []
        assert looked
        await world.archive.collect(grace_seconds=0, dry_run=False)
        assert (await world.kept.artifacts.get(mine.id)).store == "others"
        assert await world.read(mine.id) == files

    async def test_nor_are_those_that_are_being_copied_with_their_manifest(
        self, world: Artifacts
    ) -> None:
        source, target = await world.project(), await world.project("new", "others")
        files = {"a": b"one", "b": b"two"}
        await world.logged(source, files, run_id="run-1")
        age(world)
        looked = collect_after(world, world.blobs, "copy")
        assert await world.follower.copy("run-1", "run-9", source.id, target.id) == []
        assert len(looked) == 3
        (copy,) = await world.kept.relocations.logged_by("run-9", target.id)
        assert copy.state is State.COMMITTED
        assert await world.read(copy.id) == files
        assert await world.blobs.get(copy.manifest or "")

    @pytest.mark.parametrize("way", ["follow", "copy"])
    async def test_what_the_other_team_gave_up_is_held_once_it_is_counted_on(
        self, world: Artifacts, way: str
    ) -> None:
        source, target = await world.project(), await world.project("new", "others")
        await world.logged(source, {"f": b"same"}, run_id="run-1")
        given_up = await world.logged(target, {"f": b"same"}, name="old")
        await world.archive.delete([given_up], [])
        await world.kept.discards.bury(given_up.id)
        looked = collect_after(world, world.kept.entries, "stored")
        if way == "follow":
            await world.follower.follow(["run-1"], source.id, target.id)
        else:
            await world.follower.copy("run-1", "run-9", source.id, target.id)
        assert looked
        run_id = "run-1" if way == "follow" else "run-9"
        (found,) = await world.kept.relocations.logged_by(run_id, target.id)
        assert await world.read(found.id) == {"f": b"same"}

    async def test_nothing_is_held_for_ever(self, world: Artifacts) -> None:
        source, target = await world.project(), await world.project("new", "others")
        mine = await world.logged(source, {"f": b"x"}, run_id="run-1")
        await world.follower.copy("run-1", "run-9", source.id, target.id)
        await world.follower.follow(["run-1"], source.id, target.id)
        assert await world.database["artifact_claims"].count_documents({}) == 0
        moved = await world.kept.artifacts.get(mine.id)
        held_by = holder(mine.id, "third")
        await world.kept.sources.bring_over(moved, "third", [hex_md5(md5(b"x"))], held_by)
        assert await world.database["artifact_claims"].count_documents({}) == 1
        await world.kept.discards.bury(mine.id)
        assert await world.database["artifact_claims"].count_documents({}) == 0

    async def test_all_objects_are_looked_through_once_a_day(self, world: Artifacts) -> None:
        calls: list[int] = []
        real = world.kept.discards.deleted

        async def deleted() -> list[str]:
            calls.append(1)
            return await real()

        world.kept.discards.deleted = deleted  # type: ignore[method-assign]
        collector: Collector = world.kept.collector
        for hours, expected in ((0, 1), (23, 1), (2, 2)):
            world.clock.pass_(hours=hours)
            await collector.collect_if_due(grace_seconds=0)
            assert len(calls) == expected
        await collector.collect(grace_seconds=0, dry_run=False)
        assert len(calls) == 3

    async def test_what_the_collector_asks_has_an_index(self, world: Artifacts) -> None:
        keys = {"$in": ["artifacts/a", "artifacts/b"]}
        asked = {
            "artifact_blobs": {"key": keys},
            "artifact_claims": {"blob": keys},
            "artifact_manifests": {"blob": keys},
            "artifacts": {"manifest": keys},
            "artifact_redirects": {"collection_id": "c", "artifact_id": "a"},
        }
        for name, where in asked.items():
            plan = await world.database[name].find(where).explain()
            assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"]), name
        done = await world.logged(await world.project(), {"f": b"x"})
        await world.archive.delete([done], [])
        assert await world.kept.discards.deleted() == [done.id]
        await world.kept.discards.bury(done.id)
        where = {"state": "DELETED", "buried": {"$ne": True}}
        plan = await world.database["artifacts"].find(where).explain()
        assert plan["executionStats"]["totalDocsExamined"] == 0


class TestWhatStaysBehind:
    async def test_one_whose_bytes_are_lost_is_told_of_and_the_others_go(
        self, world: Artifacts
    ) -> None:
        source, target = await world.project(), await world.project("new", "others")
        lost = await world.logged(
            source, {"f": b"lost"}, name="lost", run_id="run-1", run_name="climb"
        )
        kept = await world.logged(source, {"f": b"kept"}, run_id="run-1", run_name="climb")
        (entry,), _ = await world.kept.entries.list(lost.id)
        await world.blobs.delete(entry.key or "")
        told = await world.follower.follow(["run-1"], source.id, target.id)
        assert [(run, "lost:v0" in reason) for run, reason in told] == [("climb", True)]
        assert (await world.kept.artifacts.get(kept.id)).project_id == target.id
        assert (await world.kept.artifacts.get(lost.id)).project_id == source.id
        assert await world.database["artifact_claims"].count_documents({}) == 0
        told = await world.follower.copy("run-1", "run-9", source.id, target.id)
        assert len(told) == 1

    async def test_bytes_that_are_not_even_known_of(self, world: Artifacts) -> None:
        source, target = await world.project(), await world.project("new")
        await world.logged(source, {"f": b"lost"}, run_id="run-1")
        await world.database["artifact_blobs"].delete_many({})
        assert len(await world.follower.copy("run-1", "run-9", source.id, target.id)) == 1

    async def test_what_was_begun_in_a_collection_that_went(self, world: Artifacts) -> None:
        source, target = await world.project(), await world.project("new", "others")
        begun = await world.begun(source, {"f": b"x"}, run_id="run-1")
        kept = await world.logged(source, {"f": b"y"}, name="other", run_id="run-1")
        await world.archive.delete_collection(await world.sequence(source), [], [])
        assert await world.follower.follow(["run-1"], source.id, target.id) == []
        assert (await world.kept.artifacts.get(begun.id)).project_id == source.id
        assert (await world.kept.artifacts.get(kept.id)).project_id == target.id

    async def test_a_version_under_a_protected_alias(self, world: Artifacts) -> None:
        source, target = await world.project(), await world.project("new")
        await world.kept.collections.set_policy(source.id, Policy(frozenset({"production"})))
        used = await world.logged(source, {"f": b"1"}, run_id="run-1", wanted=["production"])
        free = await world.logged(source, {"f": b"2"}, run_id="run-1", wanted=["best"])
        told = await world.follower.follow(["run-1"], source.id, target.id, freely=False)
        assert len(told) == 1
        assert "production" in told[0][1]
        assert (await world.kept.artifacts.get(used.id)).project_id == source.id
        assert (await world.kept.artifacts.get(free.id)).project_id == target.id
        assert await world.follower.follow(["run-1"], source.id, target.id) == []
        assert (await world.kept.artifacts.get(used.id)).project_id == target.id

    async def test_an_alias_that_is_protected_where_it_would_go(self, world: Artifacts) -> None:
        source, target = await world.project(), await world.project("new")
        await world.kept.collections.set_policy(target.id, Policy(frozenset({"production"})))
        mine = await world.logged(source, {"f": b"1"}, run_id="run-1", wanted=["production", "ok"])
        assert await world.follower.follow(["run-1"], source.id, target.id, freely=False) == []
        (place,) = (await world.kept.memberships.of([mine.id]))[mine.id]
        assert place.project_id == target.id
        assert sorted(place.aliases) == ["latest", "ok"]


class TestOrder:
    async def test_versions_keep_theirs_whichever_run_logged_them(self, world: Artifacts) -> None:
        source, target = await world.project(), await world.project("new")
        made = [
            await world.logged(source, {"f": f"{n}".encode()}, run_id=f"run-{n % 2}")
            for n in range(6)
        ]
        await world.follower.follow(["run-1", "run-0"], source.id, target.id)
        now = [await world.kept.artifacts.get(one.id) for one in made]
        assert [one.version_index for one in now] == list(range(6))
        home = await world.sequence(target)
        latest = await world.kept.memberships.find(home.id, "latest")
        assert latest
        assert latest.artifact_id == made[-1].id


class TestCopiesBegunAgain:
    async def test_a_copy_that_was_broken_off_is_gone_on_with(self, world: Artifacts) -> None:
        source, target = await world.project(), await world.project("new", "others")
        await world.logged(source, {"f": b"x", "g": b"y"}, run_id="run-1")
        relocations, real = world.kept.relocations, world.kept.relocations.publish

        async def dies(*_: object) -> None:
            raise RuntimeError("the process ended")

        relocations.publish = dies  # type: ignore[method-assign]
        with pytest.raises(RuntimeError):
            await world.follower.copy("run-1", "run-9", source.id, target.id)
        assert await world.kept.memberships.latest((await world.sequence(target)).id) is None
        relocations.publish = real  # type: ignore[method-assign]
        await world.follower.copy("run-1", "run-9", source.id, target.id)
        (copy,) = await world.kept.relocations.logged_by("run-9", target.id)
        assert (copy.state, copy.version_index) == (State.COMMITTED, 0)
        assert await world.read(copy.id) == {"f": b"x", "g": b"y"}
        entries = world.database["artifact_entries"]
        assert await entries.count_documents({"artifact_id": copy.id}) == 2
        assert await entries.count_documents({}) == 4

"""Artifacts below the handlers: commits, bytes, garbage, moves; on a real MongoDB."""

from __future__ import annotations

import asyncio

import pytest

from services.runs.domain.artifact import State
from services.runs.domain.manifest import hex_md5
from shared.errors import Conflict, Invalid
from tests.contract.runs.artifact_world import Artifacts
from tests.handmade_artifacts import md5


def on_disk(world: Artifacts) -> set[str]:
    """Keys of all bytes of files that there are."""
    assert world.blobs.local
    root = world.blobs.local
    kept = (root / "artifacts").rglob("*-*")
    return {str(one.relative_to(root)) for one in kept if "manifests" not in one.parts}


class TestCommit:
    async def test_a_version_is_read_as_it_was_logged_and_told_of(self, world: Artifacts) -> None:
        project = await world.project()
        files = {"a.txt": b"one", "deep/b.txt": b"two", "same.txt": b"one"}
        done = await world.logged(project, files, wanted=["best"], tags=["raw"])
        assert (done.state, done.version_index) == (State.COMMITTED, 0)
        assert (done.size, done.file_count) == (9, 3)
        assert await world.read(done.id) == files
        assert sorted(await world.news()) == [
            "artifact.alias_added",
            "artifact.alias_added",
            "artifact.committed",
            "artifact.tag_added",
        ]

    async def test_many_at_once_get_every_index_once(self, world: Artifacts) -> None:
        project = await world.project()
        begun = [await world.begun(project, {"f": f"{n}".encode()}) for n in range(20)]
        done = await asyncio.gather(*map(world.commit, begun))
        assert sorted(one.version_index or 0 for one in done) == list(range(20))
        places, _, total = await world.kept.memberships.list(
            begun[0].collection_id, descending=True, limit=50, after=None
        )
        assert total == 20
        assert [place.aliases for place in places] == [["latest"]] + [[]] * 19

    async def test_again_it_is_the_same(self, world: Artifacts) -> None:
        begun = await world.begun(await world.project(), {"f": b"x"})
        first, second = await asyncio.gather(world.commit(begun), world.commit(begun))
        third = await world.commit(begun)
        assert first.version_index == second.version_index == third.version_index == 0
        assert (await world.news()).count("artifact.committed") == 1

    async def test_bytes_that_are_missing_short_or_others_are_refused(
        self, world: Artifacts
    ) -> None:
        project = await world.project()
        begun = await world.begun(project, {"f": b"text"})
        claims = await world.kept.entries.claims(begun.id)
        key = claims[hex_md5(md5(b"text"))].blob
        await world.blobs.delete(key)
        with pytest.raises(Invalid, match="not uploaded"):
            await world.commit(begun)
        await world.blobs.put(key, b"tex")
        with pytest.raises(Invalid, match="has 3 bytes"):
            await world.commit(begun)
        kept = await world.kept.artifacts.get(begun.id)
        assert (kept.state, kept.version_index) == (State.PENDING, None)
        assert await world.news() == []

    async def test_another_manifest_than_announced_is_refused(self, world: Artifacts) -> None:
        begun = await world.begun(await world.project(), {"f": b"x"}, digest="0" * 32)
        with pytest.raises(Invalid, match="digest"):
            await world.commit(begun)

    async def test_into_a_collection_that_went(self, world: Artifacts) -> None:
        project = await world.project()
        begun = await world.begun(project, {"f": b"x"})
        sequence = await world.sequence(project)
        await world.archive.delete_collection(sequence, [], [])
        with pytest.raises(Conflict, match="deleted"):
            await world.kept.commits.commit(begun, world.clock(), lambda *_: [])


class TestBytes:
    async def test_equal_files_are_kept_once_in_a_team_and_never_across(
        self, world: Artifacts
    ) -> None:
        ours, theirs = await world.project(), await world.project(entity="others")
        await world.logged(ours, {"a": b"same", "b": b"same"})
        assert len(on_disk(world)) == 1
        again = await world.begun(await world.project("second"), {"c": b"same"})
        assert await world.upload(again, {"c": b"same"}) == [False]
        await world.commit(again)
        assert len(on_disk(world)) == 1
        await world.logged(theirs, {"a": b"same"})
        assert len(on_disk(world)) == 2

    async def test_two_who_upload_the_same_at_once(self, world: Artifacts) -> None:
        project = await world.project()
        begun = [await world.begun(project, {"f": b"same"}, name=f"n{n}") for n in range(2)]
        done = await asyncio.gather(*map(world.commit, begun))
        assert len(on_disk(world)) == 1
        assert [await world.read(one.id) for one in done] == [{"f": b"same"}] * 2


class TestGarbage:
    async def collect(self, world: Artifacts, **more: object) -> dict[str, int]:
        found = await world.archive.collect(grace_seconds=0, dry_run=bool(more.get("dry_run")))
        return dict(found)

    async def test_what_nothing_refers_to_goes(self, world: Artifacts) -> None:
        project = await world.project()
        gone = await world.logged(project, {"own": b"own", "shared": b"shared"})
        kept = await world.logged(project, {"shared": b"shared"})
        await world.archive.delete([gone], [])
        world.clock.pass_(hours=1)
        # The first look forgets the version's files; a dry one forgets nothing.
        assert (await self.collect(world, dry_run=True))["blobs"] == 0
        found = await self.collect(world)
        assert (found["blobs"], found["bytes"]) == (1, 3)
        assert await world.read(kept.id) == {"shared": b"shared"}
        assert len(on_disk(world)) == 1

    async def test_what_is_announced_stays(self, world: Artifacts) -> None:
        project = await world.project()
        old = await world.logged(project, {"f": b"wanted"})
        begun = await world.begun(project, {"f": b"wanted"}, name="next")
        await world.archive.delete([old], [])
        world.clock.pass_(hours=1)
        assert (await self.collect(world))["blobs"] == 0
        done = await world.commit(begun)
        assert await world.read(done.id) == {"f": b"wanted"}

    async def test_doomed_bytes_count_as_absent_and_their_successors_live(
        self, world: Artifacts
    ) -> None:
        """The race that a collector of content-addressed bytes loses without care."""
        project, discards = await world.project(), world.kept.discards
        old = await world.logged(project, {"f": b"wanted"})
        (entry,), _ = await world.kept.entries.list(old.id)
        await world.archive.delete([old], [])
        await discards.bury(old.id)
        world.clock.pass_(hours=1)
        blob_id = f"team:{entry.md5}"
        assert not await discards.needed([blob_id])
        assert await discards.doom(blob_id, entry.key or "", world.clock())
        begun = await world.begun(project, {"f": b"wanted"}, name="next")
        done = await world.commit(begun)
        assert not await discards.remove(blob_id, entry.key or "")
        await world.blobs.delete(entry.key or "")
        assert await world.read(done.id) == {"f": b"wanted"}

    async def test_a_steady_load_loses_nothing(self, world: Artifacts) -> None:
        """Uploads, commits and deletions of few contents, and a collector that never rests."""
        project, living, ended = await world.project(), {}, asyncio.Event()

        async def load(who: int) -> None:
            for turn in range(8):
                files = {f"{n}": f"{(who + turn + n) % 4}".encode() for n in range(2)}
                done = await world.logged(project, files, name=f"n{who}-{turn}")
                if turn % 2:
                    await world.archive.delete([done], [])
                else:
                    living[done.id] = files

        async def clean() -> int:
            cycles = 0
            while not ended.is_set():
                world.clock.pass_(seconds=1)
                await self.collect(world)
                cycles += 1
            return cycles

        cleaner = asyncio.create_task(clean())
        await asyncio.gather(*(load(who) for who in range(3)))
        ended.set()
        assert await cleaner > 0
        assert {one: await world.read(one) for one in living} == living

    async def test_versions_never_committed_are_given_up(self, world: Artifacts) -> None:
        begun = await world.begun(await world.project(), {"f": b"x"})
        world.clock.pass_(days=6)
        assert (await self.collect(world))["pending"] == 0
        world.clock.pass_(days=2)
        assert (await self.collect(world))["pending"] == 1
        assert (await world.kept.artifacts.get(begun.id)).state is State.DELETED
        assert await world.kept.entries.claims(begun.id) == {}

    async def test_only_one_collects(self, world: Artifacts) -> None:
        await world.logged(await world.project(), {"f": b"x"})
        assert await world.kept.discards.begin("somebody else", world.clock())
        assert set((await self.collect(world)).values()) == {0}


class TestMoves:
    async def test_a_run_takes_its_versions_along_and_brings_them_back(
        self, world: Artifacts
    ) -> None:
        source, target = await world.project(), await world.project("new", "others")
        mine = await world.logged(source, {"f": b"mine"}, run_id="run-1", wanted=["best"])
        theirs = await world.logged(source, {"f": b"theirs"}, run_id="run-2")
        await world.follower.follow(["run-1"], source.id, target.id)
        await world.follower.follow(["run-1"], source.id, target.id)
        moved = await world.kept.artifacts.get(mine.id)
        assert (moved.project_id, moved.store, moved.version_index) == (target.id, "others", 0)
        assert await world.read(mine.id) == {"f": b"mine"}
        home = await world.kept.collections.find(target.id, "data")
        assert home
        place = await world.kept.memberships.find(home.id, "best")
        assert place
        assert place.aliases == ["best", "latest"]
        old = await world.sequence(source)
        assert await world.kept.relocations.redirect(old.id, 0) == mine.id
        assert (await self.latest(world, old.id)) == theirs.id
        await world.follower.follow(["run-1"], target.id, source.id)
        back = await world.kept.artifacts.get(mine.id)
        assert (back.project_id, back.store, back.version_index) == (source.id, "team", 0)
        assert await world.read(mine.id) == {"f": b"mine"}
        assert await world.kept.relocations.redirect(old.id, 0) is None
        assert (await self.latest(world, old.id)) == theirs.id

    async def latest(self, world: Artifacts, collection_id: str) -> str:
        place = await world.kept.memberships.find(collection_id, "latest")
        assert place
        return place.artifact_id

    async def test_no_two_teams_share_a_byte(self, world: Artifacts) -> None:
        source, target = await world.project(), await world.project("new", "others")
        await world.logged(source, {"f": b"x"}, run_id="run-1")
        before = on_disk(world)
        await world.follower.copy("run-1", "run-9", source.id, target.id)
        await world.follower.copy("run-1", "run-9", source.id, target.id)
        (copy,) = await world.kept.relocations.logged_by("run-9", target.id)
        assert await world.read(copy.id) == {"f": b"x"}
        (entry,), _ = await world.kept.entries.list(copy.id)
        assert entry.key not in before
        assert len(on_disk(world)) == 2

    async def test_a_name_that_is_something_else_there(self, world: Artifacts) -> None:
        source, target = await world.project(), await world.project("new")
        mine = await world.logged(source, {"f": b"x"}, run_id="run-1")
        taken = await world.sequence(target)
        taken.type = "model"
        await world.kept.collections.save(taken, [])
        await world.follower.follow(["run-1"], source.id, target.id)
        moved = await world.kept.artifacts.get(mine.id)
        home = (await world.kept.collections.load([moved.collection_id]))[moved.collection_id]
        assert (home.name, home.type) == ("data-2", "dataset")

    async def test_what_is_being_logged_goes_too(self, world: Artifacts) -> None:
        source, target = await world.project(), await world.project("new", "others")
        await world.logged(source, {"f": b"known"})
        begun = await world.begun(source, {"f": b"known", "g": b"new"}, "next", run_id="run-1")
        await world.follower.follow(["run-1"], source.id, target.id)
        done = await world.commit(await world.kept.artifacts.get(begun.id))
        assert done.project_id == target.id
        assert await world.read(done.id) == {"f": b"known", "g": b"new"}

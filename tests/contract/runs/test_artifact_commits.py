"""Commits of one version by several at once, and versions that move meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from services.runs.archive.shelving import Shelving
from services.runs.artifact_ports import StoredEntry
from services.runs.domain.artifact import Artifact, State
from services.runs.repository.schema import STEPS
from shared.errors import NotFound, Unavailable
from shared.kit import schema
from shared.kit.ids import new_id
from tests.contract.runs.artifact_world import Artifacts
from tests.contract.runs.world import NOON


def before(thing: Any, name: str, first: Callable[[], Awaitable[object]]) -> None:
    """The next call of `thing.name` waits until `first` is done."""
    real = getattr(thing, name)

    async def call(*args: Any, **more: Any) -> Any:
        setattr(thing, name, real)
        await first()
        return await real(*args, **more)

    setattr(thing, name, call)


async def kept_entries(world: Artifacts) -> list[dict[str, Any]]:
    return await world.database["artifact_entries"].find().sort("_id", 1).to_list(None)


def another_process(world: Artifacts) -> Artifacts:
    """The same data, and no lock in common."""
    other = object.__new__(Artifacts)
    other.__dict__ = dict(world.__dict__)
    other.kept = Shelving(world.client, world.database, world.outbox, world.blobs, world.clock)
    other.archive = other.kept.archive
    return other


class TestSeveralAtOnce:
    async def test_in_one_process_the_files_are_written_once(self, world: Artifacts) -> None:
        begun, calls = await world.begun(await world.project(), {"f": b"x"}), []
        real = world.kept.entries.put

        async def put(*args: Any, **more: Any) -> None:
            calls.append(args)
            await real(*args, **more)

        world.kept.entries.put = put  # type: ignore[method-assign]
        slow = world.kept.commits.commit

        async def commit(*args: Any, **more: Any) -> Artifact:
            await asyncio.sleep(0.2)
            return await slow(*args, **more)

        world.kept.commits.commit = commit  # type: ignore[method-assign]
        done = await asyncio.gather(*(world.commit(begun) for _ in range(3)))
        assert {one.version_index for one in done} == {0}
        assert len(calls) == 1

    async def test_a_late_process_changes_nothing_of_what_is_committed(
        self, world: Artifacts
    ) -> None:
        begun, late = await world.begun(await world.project(), {"f": b"x"}), another_process(world)
        found: list[Any] = []

        async def first() -> None:
            await world.commit(begun)
            found.extend(await kept_entries(world))

        before(late.kept.entries, "put", first)
        assert (await late.commit(begun)).version_index == 0
        assert found
        assert await kept_entries(world) == found

    async def test_files_of_a_committed_version_are_never_replaced(self, world: Artifacts) -> None:
        done = await world.logged(await world.project(), {"f": b"x"})

        async def hold() -> None:
            await world.kept.artifacts.hold(done.id, "late", world.clock())

        other = StoredEntry(done.id, "g", "d", None, 1, None, "s3://b/g", "a", NOON)
        for files in ([other], []):
            with pytest.raises(Unavailable):
                await world.kept.entries.put(
                    done.id, done.project_id, done.store, files, by="late", hold=hold
                )
        assert await world.read(done.id) == {"f": b"x"}

    async def test_who_died_is_waited_for_and_what_it_left_goes(self, world: Artifacts) -> None:
        begun = await world.begun(await world.project(), {"f": b"x"})
        artifacts = world.kept.artifacts

        async def hold() -> None:
            await artifacts.hold(begun.id, "dead", world.clock())

        stray = StoredEntry(begun.id, "stray", "d", None, 1, None, "s3://b/g", "a", NOON)
        await world.kept.entries.put(
            begun.id, begun.project_id, begun.store, [stray], by="dead", hold=hold
        )
        with pytest.raises(Unavailable):
            await world.commit(begun)
        world.clock.pass_(seconds=11)
        done = await world.commit(begun)
        assert await world.read(done.id) == {"f": b"x"}
        with pytest.raises(Unavailable):
            await hold()


class TestMadeTogether:
    def part(self, world: Artifacts, project_id: str, collection_id: str) -> Artifact:
        return Artifact(
            id=new_id(),
            store="team",
            project_id=project_id,
            collection_id=collection_id,
            type="dataset",
            state=State.PENDING,
            digest="0" * 32,
            created_at=world.clock(),
            updated_at=world.clock(),
            client_ids=[new_id()],
            distributed_id="together",
        )

    async def test_processes_that_begin_one_version_at_once_get_one(self, world: Artifacts) -> None:
        project = await world.project()
        home = await world.sequence(project)
        parts = [self.part(world, project.id, home.id) for _ in range(8)]
        made = await asyncio.gather(*map(world.kept.artifacts.create, parts))
        assert len({one.id for one in made}) == 1
        for part in parts:
            known = await world.kept.artifacts.by_client_id(part.client_ids[0])
            assert known
            assert known.id == made[0].id

    async def test_older_data_with_several_is_brought_up(self, world: Artifacts) -> None:
        project = await world.project()
        home = await world.sequence(project)
        artifacts = world.database["artifacts"]
        await artifacts.drop_indexes()
        await artifacts.create_index([("collection_id", 1), ("distributed_id", 1)])
        for _ in range(3):
            await world.kept.artifacts.create(self.part(world, project.id, home.id))
        await schema.bring_up(world.database, STEPS)
        await world.kept.prepare()
        assert await artifacts.count_documents({"distributed_id": "together"}) == 1


class TestMovedMeanwhile:
    async def test_a_commit_that_a_move_overtook_is_done_again_there(
        self, world: Artifacts
    ) -> None:
        source, target = await world.project(), await world.project("new", "others")
        begun = await world.begun(source, {"f": b"x"}, run_id="run-1")

        async def move() -> None:
            await world.follower.follow(["run-1"], source.id, target.id)

        before(world.kept.commits, "commit", move)
        with pytest.raises(Unavailable):
            await world.commit(begun)
        done = await world.commit(await world.kept.artifacts.get(begun.id))
        await self.is_whole_in(world, done.id, target.id, "others")

    async def test_a_move_that_a_commit_overtook_takes_what_was_committed(
        self, world: Artifacts
    ) -> None:
        source, target = await world.project(), await world.project("new", "others")
        begun = await world.begun(source, {"f": b"x"}, run_id="run-1")
        relocations = world.kept.relocations

        async def commit() -> None:
            await world.commit(begun)

        before(relocations, "relocate", commit)
        assert await world.follower.follow(["run-1"], source.id, target.id) == []
        await self.is_whole_in(world, begun.id, target.id, "others")

    async def is_whole_in(
        self, world: Artifacts, artifact_id: str, project_id: str, store: str
    ) -> None:
        found = await world.kept.artifacts.get(artifact_id)
        assert (found.state, found.project_id, found.store) == (State.COMMITTED, project_id, store)
        entries = await kept_entries(world)
        of_it = [one for one in entries if one["artifact_id"] == artifact_id]
        assert {(one["project_id"], one["blob"].split(":")[0]) for one in of_it} == {
            (project_id, store)
        }
        assert await world.read(artifact_id) == {"f": b"x"}
        (place,) = (await world.kept.memberships.of([artifact_id]))[artifact_id]
        assert place.collection_id == found.collection_id

    async def test_the_second_of_two_carriers_leaves_it_alone(self, world: Artifacts) -> None:
        source, target = await world.project(), await world.project("new")
        await world.logged(source, {"f": b"x"}, run_id="run-1")
        (read_before,) = await world.kept.relocations.logged_by("run-1", source.id)
        await world.follower.follow(["run-1"], source.id, target.id)
        home = await world.sequence(target)
        assert not await world.kept.relocations.relocate(read_before, home, "team")
        assert (await world.kept.artifacts.get(read_before.id)).version_index == 0


class TestUploads:
    async def test_who_tries_again_after_a_fault_finds_what_was_uploaded(
        self, world: Artifacts
    ) -> None:
        """Somebody from outside, whose bytes the team has already, sends them once."""
        project, own = await world.project(), await world.project("own")
        await world.logged(own, {"f": b"x"})
        begun = await world.begun(project, {"f": b"x"})
        (claim,) = (await world.kept.entries.claims(begun.id)).values()
        await world.database["artifact_claims"].update_one(
            {"artifact_id": begun.id}, {"$set": {"trusted": False}}
        )
        await world.blobs.put(claim.blob, b"x")

        async def fault() -> None:
            raise Unavailable("The database did not answer.")

        before(world.kept.entries, "put", fault)
        with pytest.raises(Unavailable):
            await world.commit(begun)
        done = await world.commit(begun)
        assert await world.read(done.id) == {"f": b"x"}
        with pytest.raises(NotFound):
            await world.blobs.size(claim.blob)


class TestGreatNumbers:
    async def test_more_digests_than_one_question_holds(self, world: Artifacts) -> None:
        many = [f"{number:032x}" for number in range(400_000)]
        assert await world.kept.entries.shared("project", "team", many) == frozenset()
        assert await world.kept.entries.having(["artifact"], many) == frozenset()

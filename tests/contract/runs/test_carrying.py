"""Moves are carried out by one at a time, to the end, whatever a crash or a fault broke off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.runs import carrying
from services.runs.archive.shelving import Shelving
from services.runs.carrying import MoveCarrier
from services.runs.domain.moving import Move, MoveState
from services.runs.domain.project import Project
from services.runs.domain.run import Run, State
from services.runs.handlers.views import runs_moved
from services.runs.repository.moves import MongoMoves
from shared.errors import Conflict, Unavailable
from shared.kit import clock
from shared.kit.ids import new_id
from tests.contract.runs.test_kept_frames import frame
from tests.contract.runs.world import NOON, Kept, a_project, a_run
from tests.servers import Servers


class Carried(Kept):
    """The stores, and who carries moves over them."""

    def __init__(self, servers: Servers, folder: Path) -> None:
        super().__init__(servers, folder)
        self.moves = MongoMoves(self.client, self.database, self.outbox)
        self.kept = Shelving(self.client, self.database, self.outbox, self.blobs, clock.now)
        self.carrier = self.another()

    def another(self) -> MoveCarrier:
        """As in another process."""
        follower = self.kept.follower(self.projects)
        return MoveCarrier(self.moves, self.copies, follower, runs_moved)

    async def two_projects(self) -> tuple[Project, Project]:
        await self.kept.prepare()
        one = await self.projects.create(a_project("one"))
        return one, await self.projects.create(a_project("two"))

    async def begun(self, runs: list[Run], source: Project, target: Project, **more: Any) -> Move:
        waiting = [run.id for run in runs]
        move = Move(new_id(), source.id, target.id, "ada", NOON, waiting=waiting, **more)
        await self.moves.create(move)
        return move

    async def names_in(self, project: Project) -> list[str]:
        found = self.database["runs"].find({"project_id": project.id}).sort("name", 1)
        return [one["name"] async for one in found]


@pytest.fixture
async def carried(servers: Servers, tmp_path: Path) -> AsyncIterator[Carried]:
    stores = Carried(servers, tmp_path)
    await stores.prepare()
    yield stores
    stores.close()


async def ended(carried: Carried, project: Project, name: str) -> Run:
    """A run with a line and a file."""
    run = await carried.born(a_run(name, project.id, state=State.FINISHED))
    await carried.frames.add([frame(run, 0, 1)])
    [file] = await carried.files.announce(run.id, ["x.txt"])
    await carried.blobs.put(file.blob, b"x")
    await carried.files.stored(
        run.id, "x.txt", size=1, md5="0", mimetype=None, at=NOON + timedelta(minutes=1)
    )
    return run


class TestOneCarrier:
    async def test_who_comes_second_finds_out_at_once(self, carried: Carried) -> None:
        source, target = await carried.two_projects()
        move = await carried.begun([await ended(carried, source, "a")], source, target)
        again = await carried.moves.get(move.id)
        await carried.carrier.carry_out(move)
        with pytest.raises(Conflict):
            await carried.another().carry_out(again)
        assert await carried.names_in(target) == ["a"]

    async def test_what_takes_long_is_not_taken_for_left(
        self, carried: Carried, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(carrying, "_TOUCH_S", 0.05)
        source, target = await carried.two_projects()
        move = await carried.begun([await ended(carried, source, "a")], source, target)
        released = asyncio.Event()

        async def follow(*_: object, **__: object) -> list[Any]:
            await released.wait()
            return []

        monkeypatch.setattr(carried.carrier._follower, "follow", follow)
        under_way = asyncio.create_task(carried.carrier.carry_out(move))
        await asyncio.sleep(1.0)
        assert await carried.moves.unfinished(clock.now() - timedelta(seconds=0.7)) == []
        released.set()
        assert (await under_way).state is MoveState.DONE

    async def test_only_runs_that_are_still_there_go(
        self, carried: Carried, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        source, target = await carried.two_projects()
        stays = await ended(carried, source, "stays")
        goes = await ended(carried, source, "goes")
        real = carried.moves.names_in

        async def names_in(*args: Any) -> frozenset[str]:
            await carried.database["runs"].update_one(
                {"_id": stays.id}, {"$set": {"project_id": "third"}}
            )
            return await real(*args)

        monkeypatch.setattr(carried.moves, "names_in", names_in)
        move = await carried.begun([stays, goes], source, target)
        await carried.carrier.carry_out(move)
        assert move.moved == [goes.id]
        assert [name for name, _ in move.skipped] == ["stays"]
        assert await carried.moves.redirect(source.id, "stays") is None
        [told] = [d async for d in carried.database["outbox"].find() if "moved" in d["subject"]]
        assert stays.id not in str(told)


class TestCopies:
    async def test_a_copy_that_a_crash_broke_off_is_one_copy(
        self, carried: Carried, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        source, target = await carried.two_projects()
        run = await ended(carried, source, "a")
        move = await carried.begun([run], source, target, copies=True)
        real = carried.copies.copy

        async def copy(*args: Any) -> Run:
            await real(*args)
            raise RuntimeError("the process ended")

        monkeypatch.setattr(carried.copies, "copy", copy)
        with pytest.raises(RuntimeError):
            await carried.carrier.carry_out(move)
        monkeypatch.setattr(carried.copies, "copy", real)
        followed: list[tuple[str, str]] = []
        second = carried.another()

        async def follow(old: str, new: str, *_: object) -> list[Any]:
            followed.append((old, new))
            return []

        monkeypatch.setattr(second._follower, "copy", follow)
        done = await second.carry_out(await carried.moves.get(move.id))
        assert await carried.names_in(target) == ["a"]
        assert followed == [(run.id, done.moved[0])]
        copied = await carried.runs.get(done.moved[0], frozenset())
        assert copied.project_id == target.id
        assert await carried.database["files"].count_documents({"run_id": copied.id}) == 1

    async def test_what_half_a_copy_left_is_written_anew(self, carried: Carried) -> None:
        source, target = await carried.two_projects()
        run, copied_id = await ended(carried, source, "a"), new_id()
        await carried.copies._copy_files(run, a_run("a", target.id, id=copied_id))
        await carried.copies.copy(run, copied_id, target.id)
        assert await carried.database["files"].count_documents({"run_id": copied_id}) == 1

    async def test_a_run_whose_bytes_are_lost_stays_and_the_others_go(
        self, carried: Carried
    ) -> None:
        source, target = await carried.two_projects()
        lost, kept = await ended(carried, source, "lost"), await ended(carried, source, "kept")
        [file] = await carried.files.announce(lost.id, ["x.txt"])
        await carried.blobs.delete(file.blob)
        move = await carried.begun([lost, kept], source, target, copies=True)
        await carried.carrier.carry_out(move)
        assert move.state is MoveState.DONE
        assert await carried.names_in(target) == ["kept"]
        assert [name for name, _ in move.skipped] == ["lost"]
        assert len(move.moved) == 1
        assert await carried.database["files"].count_documents({}) == 3


class TestFaults:
    async def test_a_fault_leaves_the_move_to_be_found_again(
        self, carried: Carried, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        source, target = await carried.two_projects()
        move = await carried.begun([await ended(carried, source, "a")], source, target)

        async def follow(*_: object, **__: object) -> list[Any]:
            raise faults.pop()

        faults: list[Exception] = [KeyError("md5"), Unavailable("The blob store did not answer.")]
        real = carried.carrier._follower.follow
        monkeypatch.setattr(carried.carrier._follower, "follow", follow)
        for _ in range(2):
            await carried.carrier._try(await carried.moves.get(move.id))
        monkeypatch.setattr(carried.carrier._follower, "follow", real)
        await carried.carrier._try(await carried.moves.get(move.id))
        assert (await carried.moves.get(move.id)).state is MoveState.DONE
        assert await carried.names_in(target) == ["a"]

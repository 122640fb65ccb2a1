"""The trash: seven days to come back from, then everything goes but the name."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from services.runs.domain.filters import Every
from services.runs.domain.run import TRASH_FOR, Run
from services.runs.emptying import TrashEmptier
from services.runs.repository.trash import MongoTrash
from tests.contract.runs.world import MINUTE, NOON, Kept, a_run, frame, news


async def deleted(kept: Kept, name: str, at: datetime) -> Run:
    """A run with a frame and a file, thrown away."""
    run = await kept.born(a_run(name))
    await kept.frames.add([frame(run, 0, 3)])
    [file] = await kept.files.announce(run.id, ["x.txt"])
    await kept.blobs.put(file.blob, b"x")
    run.delete(at)
    await kept.runs.change(run, {"deleted_at": None}, [])
    return run


def emptier(kept: Kept) -> TrashEmptier:
    return TrashEmptier(MongoTrash(kept.database), kept.blobs, kept.retention.held_projects)


async def counts(kept: Kept) -> list[int]:
    names = ("frames", "files")
    return [await kept.database[name].count_documents({}) for name in names]


async def blobs(kept: Kept) -> AsyncIterator[str]:
    assert kept.blobs.local
    for path in kept.blobs.local.rglob("*"):
        if path.is_file():
            yield path.name


async def test_only_what_is_old_enough_goes_and_its_name_stays_taken(kept: Kept) -> None:
    old = await deleted(kept, "old", NOON)
    young = await deleted(kept, "young", NOON + MINUTE)
    assert await emptier(kept).empty(NOON + TRASH_FOR + MINUTE) == 1
    assert await emptier(kept).empty(NOON + TRASH_FOR + MINUTE) == 0
    assert await counts(kept) == [1, 1]
    assert len([name async for name in blobs(kept)]) == 1
    found = await kept.runs.find("project1", "old", frozenset())
    assert found is not None
    assert found.deleted_at == NOON
    assert await kept.runs.create(a_run("old"), []) is None
    assert not await kept.runs.revive(old, {"deleted_at": None}, [])

    young.undelete(NOON + 2 * MINUTE)
    assert await kept.runs.revive(young, {"deleted_at": None}, [news()])
    assert (await kept.runs.get(young.id, frozenset())).deleted_at is None
    assert len(await kept.announced()) == 1


async def test_who_is_in_the_trash_is_not_counted_and_not_missed(kept: Kept) -> None:
    await deleted(kept, "gone", NOON)
    await kept.born(a_run("here"))
    assert await kept.runs.count("project1", Every(())) == 1
    silent = await kept.runs.silent_since(NOON + MINUTE)
    assert [run.name for run in silent] == ["here"]

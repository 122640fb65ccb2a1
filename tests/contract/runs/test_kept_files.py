"""What the store of files promises."""

from __future__ import annotations

import asyncio

import pytest

from services.runs.ports import RunFile
from tests.contract.runs.world import MINUTE, NOON, Kept

ODD = ["a", "a/b.txt", "é😀", "$set", "a.b.c", "%", "_", "x" * 4_096, " ", "a\nb", "\\E.*"]


async def store(kept: Kept, name: str, run_id: str = "r1", size: int = 1) -> RunFile:
    return await kept.files.stored(
        run_id, name, size=size, md5="abc=", mimetype=None, at=NOON + size * MINUTE
    )


async def names(kept: Kept, **asked: object) -> list[str]:
    wanted = {"names": [], "pattern": None, "limit": 100, "after": None} | asked
    page, _ = await kept.files.list("r1", **wanted)  # type: ignore[arg-type]
    return [file.name for file in page]


class TestAnnounce:
    async def test_each_name_has_its_place_in_order_and_keeps_it(self, kept: Kept) -> None:
        first = await kept.files.announce("r1", ODD)
        again = await kept.files.announce("r1", [*reversed(ODD), "new"])
        assert [file.name for file in first] == ODD
        assert {file.name: file.id for file in again if file.name != "new"} == {
            file.name: file.id for file in first
        }
        assert len({file.blob for file in again}) == len(ODD) + 1

    async def test_a_name_said_twice_is_one_file(self, kept: Kept) -> None:
        one, two = await kept.files.announce("r1", ["a", "a"])
        assert one == two

    async def test_no_names_are_no_files(self, kept: Kept) -> None:
        assert await kept.files.announce("r1", []) == []

    async def test_at_once_from_many_sides_it_is_still_one(self, kept: Kept) -> None:
        found = await asyncio.gather(*(kept.files.announce("r1", ["a", "b"]) for _ in range(8)))
        assert len({file.id for files in found for file in files}) == 2

    async def test_a_name_never_becomes_a_path(self, kept: Kept) -> None:
        for file in await kept.files.announce("r1", ["../../etc/passwd", "/x", "a/b"]):
            assert file.blob.startswith("runs/r1/")
            assert file.blob.count("/") == 2
            assert ".." not in file.blob

    async def test_the_same_name_of_another_run_is_another_file(self, kept: Kept) -> None:
        (ours,), (theirs,) = [await kept.files.announce(run, ["a"]) for run in ("r1", "r2")]
        assert ours.id != theirs.id
        assert ours.blob != theirs.blob


class TestStored:
    async def test_announced_files_are_not_there_until_their_bytes_are(self, kept: Kept) -> None:
        await kept.files.announce("r1", ["a", "b"])
        assert await names(kept) == []
        assert await kept.files.count("r1") == 0
        await store(kept, "a")
        assert await names(kept) == ["a"]
        assert await kept.files.count("r1") == 1

    async def test_the_last_upload_wins_and_keeps_id_and_place(self, kept: Kept) -> None:
        (announced,) = await kept.files.announce("r1", ["a"])
        await store(kept, "a", size=5)
        last = await store(kept, "a", size=7)
        assert (last.id, last.blob, last.size) == (announced.id, announced.blob, 7)
        assert last.updated_at == NOON + 7 * MINUTE

    async def test_bytes_that_nobody_announced_are_kept(self, kept: Kept) -> None:
        assert (await store(kept, "a", size=2**20)).size == 2**20


class TestList:
    async def test_pages_in_the_order_of_names_skip_and_repeat_nothing(self, kept: Kept) -> None:
        made = [f"f{n}" for n in range(7)]
        for name in made:
            await store(kept, name)
        seen, after = [], None
        while True:
            page, after = await kept.files.list("r1", names=[], pattern=None, limit=3, after=after)
            seen += [file.name for file in page]
            if after is None:
                break
        assert seen == made

    async def test_by_name(self, kept: Kept) -> None:
        for name in ODD:
            await store(kept, name)
        assert sorted(await names(kept, names=[*ODD[:3], "ghost"])) == sorted(ODD[:3])

    @pytest.mark.parametrize(
        ("pattern", "found"),
        [
            ("a%", ["a", "a.b", "a/b", "axb"]),
            ("a_b", ["a.b", "a/b", "axb"]),
            ("a.b", ["a.b"]),
            ("%b", ["a.b", "a/b", "axb"]),
            (".*", []),
            ("^a$", []),
            ("(a+)+", []),
            ("[", ["["]),
            ("%", ["[", "a", "a.b", "a/b", "axb"]),
        ],
    )
    async def test_a_pattern_knows_two_wild_cards_and_nothing_else(
        self, kept: Kept, pattern: str, found: list[str]
    ) -> None:
        for name in ("a", "a.b", "a/b", "axb", "["):
            await store(kept, name)
        assert await names(kept, pattern=pattern) == found

    async def test_another_runs_files_never_show(self, kept: Kept) -> None:
        await store(kept, "a", run_id="r2")
        assert await names(kept) == []
        assert await names(kept, names=["a"]) == []


class TestDelete:
    async def test_only_what_is_named_goes_and_twice_is_once(self, kept: Kept) -> None:
        made = [await store(kept, name) for name in ("a", "b", "c")]
        for _ in range(2):
            await kept.files.delete([made[0].id, "ghost"])
        assert await names(kept) == ["b", "c"]
        found = await kept.files.get_many([made[0].id, made[1].id, "ghost"])
        assert [file.name for file in found] == ["b"]

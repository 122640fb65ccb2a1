"""Views, comments and share links as they are kept; on a real MongoDB."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.runs.domain.comment import Comment
from services.runs.domain.share import Share
from services.runs.domain.view import TRASH_FOR, View
from services.runs.repository.comments import MongoComments
from services.runs.repository.shares import MongoShares
from services.runs.repository.views import MongoViews
from shared.errors import Conflict, Gone, NotFound
from tests.contract.runs.world import MINUTE, NOON, Kept


def a_view() -> View:
    return View("v1", "p1", "runs", "v1", "ada", NOON, NOON, display_name="First")


class TestViews:
    async def test_who_saves_second_is_told_and_loses_nothing_of_the_first(
        self, kept: Kept
    ) -> None:
        views = MongoViews(kept.database)
        await views.save(a_view())
        first, second = await views.get("v1"), await views.get("v1")
        first.change({"spec": "of the first"}, NOON + MINUTE)
        await views.save(first, NOON)
        second.change({"spec": "of the second"}, NOON + 2 * MINUTE)
        with pytest.raises(Conflict):
            await views.save(second, NOON)
        assert (await views.get("v1")).spec == "of the first"

    async def test_what_is_in_the_trash_is_not_there_and_comes_back_for_seven_days(
        self, kept: Kept
    ) -> None:
        views = MongoViews(kept.database)
        await views.prepare()
        await views.save(a_view())
        await views.throw_away("v1", NOON)
        with pytest.raises(NotFound):
            await views.get("v1")
        with pytest.raises(Conflict):
            await views.save(a_view(), NOON)
        found, _ = await views.list("p1", "runs", name=None, with_spec=True, limit=5, after=None)
        assert found == []
        with pytest.raises(Gone):
            await views.get_deleted("v1", NOON + MINUTE)
        assert (await views.get_deleted("v1", NOON)).display_name == "First"
        await views.throw_away("v1", None)
        assert await views.get("v1") == a_view()
        expiring = [
            index["expireAfterSeconds"]
            for index in (await kept.database["views"].index_information()).values()
            if "expireAfterSeconds" in index
        ]
        assert expiring == [TRASH_FOR.total_seconds()]


class TestComments:
    async def test_they_come_page_by_page_oldest_first(self, kept: Kept) -> None:
        comments = MongoComments(kept.database)
        for number in range(3):
            await comments.add(Comment(f"c{number}", "v1", "ada", f"{number}", NOON))
        await comments.add(Comment("c9", "v2", "ada", "elsewhere", NOON))
        page, cursor = await comments.list("v1", 2, None)
        assert ([one.id for one in page], cursor) == (["c0", "c1"], "c1")
        page, cursor = await comments.list("v1", 2, cursor)
        assert ([one.id for one in page], cursor) == (["c2"], None)
        await comments.delete("c2")
        with pytest.raises(NotFound):
            await comments.get("c2")


class TestShares:
    async def test_lists_hold_what_counts(self, kept: Kept) -> None:
        shares, day = MongoShares(kept.database), timedelta(days=1)
        await shares.prepare()
        for name, runs, ends in (
            ("a", ("r1",), day),
            ("b", ("r1", "r2"), day),
            ("c", ("r1",), -day),
        ):
            await shares.create(
                Share(name, f"digest {name}", "p1", runs, None, False, "ada", NOON, NOON + ends)
            )

        async def listed(run: str | None) -> list[str]:
            found = await shares.list("p1", NOON, run_id=run, report_id=None)
            return [one.id for one in found]

        assert await listed(None) == ["b", "a"]
        assert await listed("r2") == ["b"]
        await shares.revoke("b", NOON)
        assert await listed(None) == ["a"]
        found = await shares.find("digest b")
        assert found is not None
        assert (found.revoked_at, found.runs) == (NOON, ("r1", "r2"))
        assert await shares.find("digest") is None

"""Tags of many runs; on a real MongoDB."""

from __future__ import annotations

import pytest

from services.runs.domain.run import Run
from services.runs.domain.tagging import Retagging
from services.runs.repository.tags import MongoTags
from tests.contract.runs.world import MINUTE, NOON, Kept, a_run


class TestRetag:
    @pytest.fixture
    async def runs(self, kept: Kept) -> list[Run]:
        tags = {"a": ["base", "old"], "b": ["new"], "c": ["mine"]}
        return [await kept.born(a_run(name, tags=value)) for name, value in tags.items()]

    async def test_other_tags_stay_and_what_was_new_is_told(
        self, kept: Kept, runs: list[Run]
    ) -> None:
        change = Retagging.of(["new"], ["old"])
        done = await MongoTags(kept.database).retag("project1", ["a", "b", "ghost"], change, NOON)
        assert done == {"a": Retagging(("new",), ("old",))}
        assert [(await kept.now(run)).tags for run in runs] == [["base", "new"], ["new"], ["mine"]]

    async def test_a_changed_run_counts_as_moved_on_and_leaves_its_block(
        self, kept: Kept, runs: list[Run]
    ) -> None:
        await kept.database["runs"].update_many({}, {"$set": {"block": "b1", "packing": "b2"}})
        change = Retagging.of([], ["old"])
        await MongoTags(kept.database).retag("project1", ["a", "b"], change, NOON + MINUTE)
        found = {one["name"]: one async for one in kept.database["runs"].find()}
        assert (found["a"]["block"], found["a"]["packing"]) == (None, None)
        assert found["b"]["block"] == "b1"
        assert [(await kept.now(run)).updated_at for run in runs[:2]] == [NOON + MINUTE, NOON]

    async def test_a_deleted_run_and_one_of_another_project_are_left_alone(
        self, kept: Kept
    ) -> None:
        deleted = await kept.born(a_run("gone", deleted_at=NOON))
        other = await kept.born(a_run("a", "project2"))
        change = Retagging.of(["new"], [])
        assert await MongoTags(kept.database).retag("project1", ["gone", "a"], change, NOON) == {}
        found = [one["tags"] async for one in kept.database["runs"].find()]
        assert found == [deleted.tags, other.tags] == [[], []]

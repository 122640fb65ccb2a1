"""What the store of projects promises."""

from __future__ import annotations

import asyncio

import pytest

from shared.errors import NotFound
from shared.permissions import Visibility
from tests.contract.runs.world import MINUTE, NOON, Kept, a_project


class TestProjects:
    async def test_an_unknown_id_is_not_found_and_an_unknown_name_is_none(self, kept: Kept) -> None:
        with pytest.raises(NotFound):
            await kept.projects.get("ghost")
        assert await kept.projects.find("team", "ghost") is None

    async def test_what_is_kept_comes_back_as_it_was(self, kept: Kept) -> None:
        project = a_project(
            "any $name.é", description="d", created_by="ada", members={"a.b$": "viewer"}
        )
        await kept.projects.create(project)
        assert await kept.projects.get(project.id) == project
        assert await kept.projects.find("team", "any $name.é") == project

    async def test_of_two_that_are_created_at_once_one_is_kept_for_both(self, kept: Kept) -> None:
        racing = [a_project() for _ in range(8)]
        found = await asyncio.gather(*(kept.projects.create(project) for project in racing))
        assert len({project.id for project in found}) == 1
        assert found[0] in racing

    async def test_the_same_name_in_another_entity_is_another(self, kept: Kept) -> None:
        ours, theirs = a_project(), a_project(entity="other")
        await kept.projects.create(ours)
        assert await kept.projects.create(theirs) == theirs

    async def test_only_what_may_change_is_saved(self, kept: Kept) -> None:
        project = await kept.projects.create(a_project())
        project.visibility, project.description = Visibility.OPEN, "new"
        project.members, project.updated_at = {"ada": "member"}, NOON + MINUTE
        project.name = "sneaky"
        await kept.projects.save(project)
        found = await kept.projects.get(project.id)
        assert (found.visibility, found.description, found.members) == (
            "open",
            "new",
            {"ada": "member"},
        )
        assert found.name == "demo"

    async def test_a_list_goes_on_where_it_stopped_newest_first(self, kept: Kept) -> None:
        made = [await kept.projects.create(a_project(f"p{n}")) for n in range(5)]
        await kept.projects.create(a_project("theirs", entity="other"))
        seen, cursor = [], None
        while True:
            page, cursor = await kept.projects.list("team", 2, cursor)
            seen += page
            if cursor is None:
                break
        assert seen == sorted(made, key=lambda project: project.id, reverse=True)

    async def test_no_number_is_given_twice(self, kept: Kept) -> None:
        numbers = await asyncio.gather(*(kept.projects.next_number() for _ in range(20)))
        assert sorted(numbers) == list(range(1, 21))

    async def test_runs_are_counted_in_each_project_by_itself(self, kept: Kept) -> None:
        counts = await asyncio.gather(*(kept.projects.count_run("p1") for _ in range(10)))
        assert sorted(counts) == list(range(1, 11))
        assert await kept.projects.count_run("p2") == 1

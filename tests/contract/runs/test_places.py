"""Many runs found by their names at once: only those that somebody could log to."""

from __future__ import annotations

from dataclasses import replace

from services.runs.repository.places import MongoPlaces
from tests.contract.runs.world import NOON, Kept, a_project, a_run


async def test_runs_are_found_in_the_projects_that_they_are_in(kept: Kept) -> None:
    ours = await kept.projects.create(a_project("ours"))
    theirs = await kept.projects.create(a_project("theirs", entity="other"))
    for project, name in ((ours, "a"), (ours, "b"), (theirs, "a")):
        await kept.born(replace(a_run(name), project_id=project.id, generation=3))
    asked = [("team", "ours", "a"), ("other", "theirs", "a"), ("team", "ours", "b")]
    found = await MongoPlaces(kept.database, kept.projects).find(asked)
    assert {name: (place.project, place.generation) for name, place in found.items()} == {
        ("team", "ours", "a"): (ours, 3),
        ("other", "theirs", "a"): (theirs, 3),
        ("team", "ours", "b"): (ours, 3),
    }
    assert len({place.run_id for place in found.values()}) == 3


async def test_what_is_absent_or_deleted_is_left_out(kept: Kept) -> None:
    project = await kept.projects.create(a_project("ours"))
    await kept.born(replace(a_run("there"), project_id=project.id, stop_requested=True))
    await kept.born(replace(a_run("gone"), project_id=project.id, deleted_at=NOON))
    names = ("there", "gone", "never")
    asked = [("team", "ours", name) for name in names] + [("team", "nowhere", "there")]
    found = await MongoPlaces(kept.database, kept.projects).find(asked)
    assert list(found) == [("team", "ours", "there")]
    assert found["team", "ours", "there"].stop_requested


async def test_nobody_asks_for_nothing(kept: Kept) -> None:
    assert await MongoPlaces(kept.database, kept.projects).find([]) == {}

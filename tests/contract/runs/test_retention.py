"""Retention: what is due goes and is really gone, what is held stays."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from services.runs.domain.project import Project
from services.runs.domain.retention import Hold, Outcome, Retention
from services.runs.domain.run import TRASH_FOR, Progress, Run, State
from services.runs.emptying import TrashEmptier
from services.runs.handlers.views import run_deleted
from services.runs.repository.trash import MongoTrash
from services.runs.retaining import RetentionKeeper
from shared.errors import Conflict
from tests.contract.runs.world import NOON, Kept, a_project, a_run, frame, steps_of

DAY = timedelta(days=1)
LINES = 3_000
HOLD = Hold("case 7", "ada", NOON)


async def a_project_kept(kept: Kept, name: str = "demo") -> Project:
    return await kept.projects.create(a_project(name))


async def an_ended_run(kept: Kept, project: Project, name: str, at: datetime = NOON) -> Run:
    """With a history in a segment, console lines, and the console as a file."""
    run = a_run(name, project.id, state=State.FINISHED, heartbeat_at=at, updated_at=at)
    run.progress, run.last_step, run.summary = Progress(LINES, 0, 5), LINES - 1, '{"a":1}'
    await kept.born(run)
    await kept.frames.add([frame(run, 0, LINES), frame(run, 0, 5, "log", text="said")])
    assert await kept.compactor.compact(run)
    [file] = await kept.files.announce(run.id, ["output.log"])
    await kept.blobs.put(file.blob, b"said0")
    return run


async def applied(
    kept: Kept, project: Project, now: datetime, rule: Retention | None = None, dry: bool = False
) -> Outcome:
    if rule is not None:
        await kept.retention.set_retention(project.entity, project.id, rule)
    keeper = RetentionKeeper(
        *(kept.retention, kept.runs, kept.projects, kept.reader(), kept.blobs),
        lambda run, project, at: run_deleted(run, project, "retention", at),
        lambda: now,
    )
    return await keeper.apply(project, dry_run=dry)


def stored(kept: Kept) -> int:
    assert kept.blobs.local
    return sum(path.is_file() for path in kept.blobs.local.rglob("*"))


async def test_only_ended_runs_of_that_age_go_and_after_the_trash_nothing_is_left(
    kept: Kept,
) -> None:
    project, other = await a_project_kept(kept), await a_project_kept(kept, "other")
    old = await an_ended_run(kept, project, "old")
    await an_ended_run(kept, project, "young", NOON + 5 * DAY)
    await an_ended_run(kept, other, "elsewhere")
    await kept.born(a_run("alive", project.id))
    await kept.born(a_run("coming", project.id, state=State.FINISHED, importing=True))
    now = NOON + 11 * DAY
    rule = Retention(runs_days=10)
    assert (await applied(kept, project, now, rule, dry=True)).runs == ["old"]
    assert (await kept.now(old)).deleted_at is None
    assert (await applied(kept, project, now)).runs == ["old"]
    assert (await applied(kept, project, now)).runs == []
    assert len(await kept.announced()) == 2

    trash = MongoTrash(kept.database)
    emptier = TrashEmptier(trash, kept.blobs, kept.retention.held_projects)
    assert await emptier.empty(now + TRASH_FOR - DAY) == 0
    before = stored(kept)
    assert await emptier.empty(now + TRASH_FOR + DAY) == 1
    assert stored(kept) == before - 2
    for name in ("frames", "segments"):
        left = {"_id": {"$regex": f"^{old.id}:"}}
        assert await kept.database[name].count_documents(left) == 0
    assert await kept.database["files"].count_documents({"run_id": old.id}) == 0


async def test_a_history_is_cut_down_and_its_bytes_are_gone(kept: Kept) -> None:
    project = await a_project_kept(kept)
    run = await an_ended_run(kept, project, "long")
    before = stored(kept)
    rule = Retention(thin_days=3, thin_rows=500)
    assert (await applied(kept, project, NOON + 2 * DAY, rule)).histories == []
    assert (await applied(kept, project, NOON + 4 * DAY)).histories == ["long"]
    steps = await steps_of(kept, run)
    assert len(steps) == 500
    assert (steps[0], steps[-1], steps) == (0, LINES - 1, sorted(steps))
    now = await kept.now(run, frozenset({"summary"}))
    assert (now.progress.history, now.progress.log, now.summary) == (500, 5, '{"a":1}')
    assert stored(kept) == before - 1
    assert await kept.database["segments"].count_documents({}) == 0
    assert (await applied(kept, project, NOON + 4 * DAY)).histories == []
    assert await kept.compactor.compact(now)
    assert await steps_of(kept, run) == steps


async def test_a_run_that_goes_on_meanwhile_keeps_its_history(kept: Kept) -> None:
    project = await a_project_kept(kept)
    run = await an_ended_run(kept, project, "long")
    stale = await kept.now(run)
    await kept.database["runs"].update_one({"_id": run.id}, {"$set": {"position": 9}})
    assert await kept.retention.thin(stale, [frame(run, 0, 10)]) is None
    assert len(await steps_of(kept, run)) == LINES


async def test_console_lines_go_with_their_file(kept: Kept) -> None:
    project = await a_project_kept(kept)
    run = await an_ended_run(kept, project, "chatty")
    before = stored(kept)
    assert (await applied(kept, project, NOON + 2 * DAY, Retention(console_days=1))).consoles
    now = await kept.now(run)
    assert (now.progress.log, now.progress.history) == (0, LINES)
    assert await kept.frames.of(now, "log") == []
    assert stored(kept) == before - 1
    assert len(await steps_of(kept, run)) == LINES


async def test_a_team_speaks_where_a_project_does_not(kept: Kept) -> None:
    project = await a_project_kept(kept)
    await kept.retention.set_retention("team", None, Retention(runs_days=5, console_days=2))
    await kept.retention.set_retention("team", project.id, Retention(runs_days=50))
    found = (await kept.retention.keeping("team", project.id)).effective
    assert (found.runs_days, found.console_days) == (50, 2)
    assert [one async for one in kept.retention.concerned()] == [project.id]


@pytest.mark.parametrize("of_team", [True, False])
async def test_a_legal_hold_stops_retention_and_the_trash(kept: Kept, of_team: bool) -> None:
    project = await a_project_kept(kept)
    held = None if of_team else project.id
    await an_ended_run(kept, project, "old")
    await applied(kept, project, NOON + 11 * DAY, Retention(runs_days=10))
    await an_ended_run(kept, project, "next")
    await kept.retention.set_hold("team", held, HOLD)
    with pytest.raises(Conflict, match="case 7"):
        await kept.retention.must_not_hold(project)
    done = await applied(kept, project, NOON + 30 * DAY)
    assert (done.held, done.runs) == (True, [])
    emptier = TrashEmptier(MongoTrash(kept.database), kept.blobs, kept.retention.held_projects)
    assert await emptier.empty(NOON + 60 * DAY) == 0
    await kept.retention.set_hold("team", held, None)
    await kept.retention.must_not_hold(project)
    assert await emptier.empty(NOON + 60 * DAY) == 1

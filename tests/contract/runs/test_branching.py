"""Branches take over exactly the rows up to a step, wherever these are kept."""

from __future__ import annotations

import json

import pytest

from services.runs.domain.run import Progress, Run, State
from services.runs.histories.branching import Branches
from services.runs.histories.compactor import ENDED_LINES
from services.runs.histories.pieces import Pieces
from tests.contract.runs.world import Kept, a_run, frame, steps_of

LINES = ENDED_LINES + 500


async def a_parent(kept: Kept) -> Run:
    """Half in a segment, half in frames."""
    run = await kept.born(a_run(state=State.FINISHED))
    await kept.frames.add([frame(run, 0, ENDED_LINES)])
    run.progress = Progress(history=ENDED_LINES)
    await kept.runs.change(run, {"progress": None}, [])
    assert await kept.compactor.compact(await kept.now(run))
    await kept.frames.add([frame(run, ENDED_LINES, 500)])
    return await kept.now(run)


def branches(kept: Kept) -> Branches:
    return Branches(kept.frames, Pieces(kept.frames, kept.blobs))


@pytest.mark.parametrize("step", [0, 10, ENDED_LINES - 1, ENDED_LINES, LINES - 2, 10**6])
async def test_the_rows_up_to_a_step(kept: Kept, step: int) -> None:
    parent, heir = await a_parent(kept), await kept.born(a_run("heir"))
    found = await branches(kept).inherit(parent, step, heir.id, 0)
    last = min(step, LINES - 1)
    assert (found.lines, found.last_step) == (last + 1, last)
    assert json.loads(found.summary) == {"_step": last, "a": last * last}
    assert await steps_of(kept, heir) == list(range(last + 1))
    assert await steps_of(kept, parent) == list(range(LINES))


async def test_nothing_is_left_of_an_attempt_that_did_not_end(kept: Kept) -> None:
    parent, heir = await a_parent(kept), await kept.born(a_run("heir"))
    await branches(kept).inherit(parent, LINES, heir.id, 0)
    await branches(kept).inherit(parent, 4, heir.id, 0)
    assert await steps_of(kept, heir) == [0, 1, 2, 3, 4]


async def test_of_a_run_without_rows(kept: Kept) -> None:
    parent, heir = await kept.born(), await kept.born(a_run("heir"))
    found = await branches(kept).inherit(parent, 9, heir.id, 0)
    assert (found.lines, found.last_step, found.summary) == (0, -1, "{}")

"""A body that comes once more, after what was said later: it adds nothing and changes nothing."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from services.runs.domain.run import State
from shared.messaging.ingest import Chunk
from tests.contract.runs.test_late_lines import chunk, ends, part, rows
from tests.contract.runs.world import ALL_TEXTS, Kept

AN_HOUR_MS = 3_600_000


def again(one: Chunk, later_ms: int = 0) -> Chunk:
    """As a gateway that was cut off sends it, or one that was frozen and has just read it."""
    return replace(one, at=one.at + later_ms)


@pytest.mark.parametrize("later_ms", [0, AN_HOUR_MS])
async def test_a_run_that_has_ended_stays_ended(kept: Kept, later_ms: int) -> None:
    run = await kept.born()
    first = chunk(
        run, rows(0, 0.9), part("log", 0, "x"), summary='{"loss":0.9}', last_event='{"cpu":90}'
    )
    last = chunk(run, last_event='{"cpu":1}')
    await kept.applier.apply([(1, first), (2, last), (3, ends(run, rows(1, 0.1)))])
    await kept.applier.apply([(4, again(first, later_ms))])
    now = await kept.now(run, ALL_TEXTS)
    assert (now.state, now.exit_code) == (State.FINISHED, 0)
    assert (now.summary, now.system) == ('{"loss":0.1}', '{"cpu":1}')


async def test_console_lines_do_not_revive_it(kept: Kept) -> None:
    run = await kept.born()
    first = chunk(run, part("log", 0, "x"))
    await kept.applier.apply([(1, first), (2, ends(run))])
    await kept.applier.apply([(3, again(first, AN_HOUR_MS))])
    assert (await kept.now(run)).state is State.FINISHED


async def test_what_was_only_said_before_its_end_does_not_revive_it(kept: Kept) -> None:
    run = await kept.born()
    first = chunk(run, summary='{"loss":0.9}')
    await kept.applier.apply([(1, first), (2, replace(ends(run), at=first.at + 1))])
    await kept.applier.apply([(3, again(first))])
    now = await kept.now(run, ALL_TEXTS)
    assert (now.state, now.summary) == (State.FINISHED, '{"loss":0.1}')


async def test_a_living_run_keeps_what_it_said_since(kept: Kept) -> None:
    run = await kept.born()
    first = chunk(run, rows(0, 0.9), summary='{"loss":0.9}')
    second = chunk(run, rows(1, 0.5), summary='{"loss":0.5}')
    await kept.applier.apply([(1, first), (2, second), (3, again(first))])
    now = await kept.now(run, ALL_TEXTS)
    assert (now.state, now.summary) == (State.RUNNING, '{"loss":0.5}')


async def test_the_end_counts_that_comes_with_lines_that_are_known(kept: Kept) -> None:
    run = await kept.born()
    await kept.applier.apply([(1, chunk(run, rows(0, 0.1)))])
    await kept.applier.apply([(2, ends(run, rows(0, 0.1)))])
    assert (await kept.now(run)).state is State.FINISHED


async def test_new_lines_revive_it(kept: Kept) -> None:
    run = await kept.born()
    await kept.applier.apply([(1, ends(run, rows(0, 0.1)))])
    await kept.applier.apply([(2, chunk(run, rows(1, 0.05), summary='{"loss":0.05}'))])
    now = await kept.now(run, ALL_TEXTS)
    assert (now.state, now.summary) == (State.RUNNING, '{"loss":0.05}')

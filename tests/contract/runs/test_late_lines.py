"""Chunks that were buried and are taken after all: their lines, and nothing that went on since."""

from __future__ import annotations

import pytest
import zstandard

from services.runs.domain.run import TRASH_FOR, Run, State
from services.runs.writing import late
from shared.errors import Conflict, Gone
from shared.kit import clock
from shared.messaging import ingest
from shared.messaging.ingest import Chunk, Part
from tests.contract.runs.world import ALL_TEXTS, MINUTE, Kept, a_run


def part(stream: str, first: int, *lines: str) -> Part:
    packed = zstandard.ZstdCompressor().compress("\n".join(lines).encode())
    last = first + len(lines) - 1
    steps = (first, last) if stream == "history" else (-1, -1)
    return Part(stream, first, len(lines), *steps, packed)  # type: ignore[arg-type]


def rows(first: int, *losses: float) -> Part:
    return part(
        "history",
        first,
        *(f'{{"_step":{first + n},"loss":{loss}}}' for n, loss in enumerate(losses)),
    )


def chunk(run: Run, *parts: Part, **more: object) -> Chunk:
    return Chunk(run.id, run.generation, 1_767_268_800_000, list(parts), **more)  # type: ignore[arg-type]


def ends(run: Run, *parts: Part) -> Chunk:
    return chunk(run, *parts, summary='{"loss":0.1}', complete=True, exit_code=0)


async def history(kept: Kept, run: Run) -> list[str]:
    return await kept.reader().rows(await kept.now(run), 0, 1_000, 1_000)


class TestARunThatHasEnded:
    async def test_it_gets_its_lines_and_stays_what_it_is(self, kept: Kept) -> None:
        run = await kept.born()
        old = chunk(run, rows(0, 0.9, 0.8), summary='{"loss":0.8}', last_event='{"system.cpu":90}')
        letter = late.bury(5_000, ingest.encode([old]))
        last = chunk(run, last_event='{"system.cpu":1}')
        await kept.applier.apply([(6_000, last), (7_000, ends(run, rows(2, 0.1)))])
        for _ in range(2):
            await kept.late.take(letter)
        now = await kept.now(run, ALL_TEXTS)
        assert (now.state, now.exit_code) == (State.FINISHED, 0)
        assert (now.summary, now.system) == ('{"loss":0.1}', '{"system.cpu":1}')
        assert (now.progress.history, now.last_step, now.position) == (3, 2, 7_000)
        found = await history(kept, run)
        assert [line.split('"loss":')[1] for line in found] == ["0.9}", "0.8}", "0.1}"]

    async def test_it_reaches_as_far_as_the_late_lines(self, kept: Kept) -> None:
        run = await kept.born()
        await kept.applier.apply([(7_000, ends(run, rows(0, 0.1)))])
        await kept.late.take(late.bury(6_000, ingest.encode([chunk(run, rows(1, 0.9))])))
        now = await kept.now(run)
        assert (now.state, now.progress.history, now.last_step) == (State.FINISHED, 2, 1)
        assert len(await history(kept, run)) == 2

    @pytest.mark.parametrize("placed", [True, False])
    async def test_console_lines_that_came_later_stay_on_top(
        self, kept: Kept, placed: bool
    ) -> None:
        run = await kept.born()
        body = ingest.encode([chunk(run, part("log", 0, "10 %", "begun"))])
        await kept.applier.apply([(7_000, ends(run, part("log", 0, "100 %")))])
        await kept.late.take(late.bury(5_000, body) if placed else body)
        found = await kept.reader().log_lines(await kept.now(run), 0, 10)
        assert found == ["100 %", "begun"]


async def test_a_batch_that_was_read_before_takes_no_line_back(kept: Kept) -> None:
    run = await kept.born()
    read_before = (await kept.runs.load([run.id]))[run.id]
    await kept.late.take(late.bury(5_000, ingest.encode([chunk(run, rows(1, 0.9, 0.8))])))
    read_before.progress.history, read_before.position = 1, 6_000
    await kept.runs.advance([(read_before, ["progress", "last_step"])], [])
    now = await kept.now(run)
    assert (now.progress.history, now.last_step, now.position) == (3, 2, 6_000)


async def test_lines_of_an_earlier_generation_move_nothing(kept: Kept) -> None:
    run = await kept.born()
    letter = late.bury(5_000, ingest.encode([chunk(run, rows(0, 0.9))]))
    run.start_afresh(clock.now())
    await kept.runs.change(run, dict.fromkeys(("generation", "progress", "last_step")), [])
    await kept.late.take(letter)
    now = await kept.now(run)
    assert (now.progress.history, now.last_step) == (0, -1)


async def test_of_a_run_that_is_deleted_for_good_nothing_comes_back(kept: Kept) -> None:
    run = await kept.born(a_run("gone", deleted_at=clock.now() - TRASH_FOR - MINUTE))
    with pytest.raises(Gone):
        await kept.late.take(late.bury(5_000, ingest.encode([chunk(run, rows(0, 0.9))])))
    assert await kept.database["frames"].count_documents({}) == 0


@pytest.mark.parametrize("letter", [b"no chunks", late.bury(1, b"no chunks"), b""])
async def test_what_is_no_chunk_never_will_be(kept: Kept, letter: bytes) -> None:
    with pytest.raises(Conflict):
        await kept.late.take(letter)

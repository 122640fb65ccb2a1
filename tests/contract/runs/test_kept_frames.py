"""What the store of frames promises, and what compaction may never lose."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from services.runs.domain.run import Progress, Run, State
from services.runs.histories.compactor import ENDED_LINES, LIVE_LINES, Compactor
from services.runs.histories.pieces import lines_of
from shared.kit import mongo
from shared.kit.ids import new_id
from tests.contract.runs.world import Kept, a_run, frame, steps_of


async def compact(kept: Kept, run: Run) -> bool:
    return await kept.compactor.compact(await kept.now(run))


async def left(kept: Kept, run: Run) -> list[tuple[int, int]]:
    """The frames that are still there."""
    frames = await kept.frames.of(await kept.now(run), "history")
    return [(one.first, one.count) for one in frames]


class TestAdd:
    async def test_what_is_there_already_is_left_as_it_is(self, kept: Kept) -> None:
        run = await kept.born()
        await kept.frames.add([frame(run, 0, 3)])
        await kept.frames.add([frame(run, 0, 3, position=9), frame(run, 3, 2)])
        found = await kept.frames.of(run, "history")
        assert [(one.first, one.count, one.position) for one in found] == [(0, 3, 1), (3, 2, 1)]

    async def test_a_longer_retry_at_the_same_offset_is_no_duplicate(self, kept: Kept) -> None:
        run = await kept.born()
        await kept.frames.add([frame(run, 0, 3)])
        await kept.frames.add([frame(run, 0, 5)])
        assert await steps_of(kept, run) == [0, 1, 2, 3, 4]

    async def test_the_same_twice_in_one_breath_is_once(self, kept: Kept) -> None:
        run = await kept.born()
        await kept.frames.add([frame(run, 0, 3), frame(run, 0, 3), frame(run, 0, 1, "log")] * 2)
        assert await left(kept, run) == [(0, 3)]

    async def test_nothing_is_nothing(self, kept: Kept) -> None:
        await kept.frames.add([])

    async def test_the_largest_line_numbers_keep_their_order(self, kept: Kept) -> None:
        run = await kept.born()
        firsts = [0, 9, 10, 2**39, 2**39 + 1, 999_999_999_000]
        await kept.frames.add([frame(run, first, 1) for first in reversed(firsts)])
        assert [one.first for one in await kept.frames.of(run, "history")] == firsts

    async def test_generations_streams_and_runs_are_kept_apart(self, kept: Kept) -> None:
        run = await kept.born()
        other = await kept.born(a_run("other"))
        later = replace(run, generation=1)
        await kept.frames.add(
            [
                frame(run, 0, 1),
                frame(run, 0, 2, "log"),
                frame(run, 0, 3, "events"),
                frame(later, 0, 4),
                frame(other, 0, 5),
            ]
        )
        counts = {
            (one.id, one.generation, stream): [f.count for f in await kept.frames.of(one, stream)]
            for one in (run, later, other)
            for stream in ("history", "events", "log")
        }
        assert {place: found for place, found in counts.items() if found} == {
            (run.id, 0, "history"): [1],
            (run.id, 0, "log"): [2],
            (run.id, 0, "events"): [3],
            (run.id, 1, "history"): [4],
            (other.id, 0, "history"): [5],
        }


class TestOf:
    @pytest.mark.parametrize(
        ("first", "stop", "found"),
        [
            (0, None, [0, 4, 8]),
            (4, None, [4, 8]),
            (5, None, [4, 8]),
            (8, 9, [8]),
            (0, 4, [0]),
            (3, 5, [0, 4]),
            (12, None, []),
            (20, 30, []),
        ],
    )
    async def test_frames_that_hold_lines_of_the_window_are_found(
        self, kept: Kept, first: int, stop: int | None, found: list[int]
    ) -> None:
        run = await kept.born()
        await kept.frames.add([frame(run, at, 4) for at in (0, 4, 8)])
        frames = await kept.frames.of(run, "history", first, stop)
        assert [one.first for one in frames] == found


class TestConsole:
    async def lines(self, kept: Kept, run: Run) -> Sequence[str | None]:
        return await kept.reader().log_lines(run, 0, 10)

    async def write(self, kept: Kept, run: Run, first: int, text: str, position: int) -> None:
        await kept.frames.add([frame(run, first, 1, "log", position, text)])

    async def test_of_two_writes_the_later_wins_and_both_stay(self, kept: Kept) -> None:
        run = await kept.born()
        await self.write(kept, run, 0, "a", 1)
        await self.write(kept, run, 0, "b", 2)
        assert await self.lines(kept, run) == ["b0"]

    async def test_a_spinner_that_comes_round_again_shows_where_it_is(self, kept: Kept) -> None:
        run = await kept.born()
        for position, text in enumerate("|/-\\|/-\\|", start=1):
            await self.write(kept, run, 0, text, position)
        assert await self.lines(kept, run) == ["|0"]

    async def test_what_is_applied_again_after_a_crash_does_not_win_again(self, kept: Kept) -> None:
        run = await kept.born()
        written = [frame(run, 0, 1, "log", n, text) for n, text in enumerate("abab", start=1)]
        await kept.frames.add(written)
        for again in (written[:1], written[:3], written):
            await kept.frames.add(again)
            assert await self.lines(kept, run) == ["b0"]


class TestCompaction:
    async def test_of_racing_compactors_one_wins(self, kept: Kept) -> None:
        run = await kept.born(a_run(state=State.FINISHED, progress=Progress(30)))
        await kept.frames.add([frame(run, at, 10) for at in (0, 10, 20)])
        racing = [Compactor(kept.frames, kept.runs, kept.blobs) for _ in range(3)]
        seen = await kept.now(run)
        won = await asyncio.gather(*(one.compact(replace(seen)) for one in racing))
        assert sorted(won) == [False, False, True]
        assert await steps_of(kept, run) == list(range(30))
        (segment,) = await kept.frames.segments_of(seen)
        assert await kept.blobs.size(segment.blob) == segment.size

    async def test_it_goes_on_once_a_dead_process_no_longer_holds_the_run(
        self, kept: Kept, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Killed inside a transaction: mongod itself has to end it, and soon."""
        monkeypatch.setattr(mongo, "_KEEP_TRYING_S", 0.1)
        run = await kept.born(a_run(state=State.FINISHED, progress=Progress(ENDED_LINES)))
        await kept.frames.add([frame(run, 0, ENDED_LINES)])
        async with await kept.client.start_session() as dead:
            dead.start_transaction()
            touched = {"$set": {"touched": True}}
            await kept.database["runs"].update_one({"_id": run.id}, touched, session=dead)
            working = asyncio.create_task(kept.compactor.work())
            for _ in range(300):
                if (await kept.now(run)).compacted or working.done():
                    break
                await asyncio.sleep(0.1)
            assert not working.done()
            working.cancel()
        assert await steps_of(kept, run) == list(range(ENDED_LINES))

    async def test_frames_go_and_their_lines_stay(self, kept: Kept) -> None:
        run = await kept.born()
        await kept.frames.add([frame(run, 0, 5), frame(run, 3, 5), frame(run, 0, 2)])
        assert await compact(kept, run)
        assert await left(kept, run) == []
        assert (await kept.now(run)).compacted == 8
        assert await steps_of(kept, run) == list(range(8))

    async def test_redelivery_after_it_shows_nothing_twice(self, kept: Kept) -> None:
        run = await kept.born()
        await kept.frames.add([frame(run, 0, 5), frame(run, 5, 5)])
        await compact(kept, run)
        await kept.frames.add([frame(run, 0, 5), frame(run, 5, 5), frame(run, 3, 9)])
        assert await steps_of(kept, run) == list(range(12))
        await compact(kept, run)
        assert await left(kept, run) == []
        assert await steps_of(kept, run) == list(range(12))

    async def test_a_living_run_is_compacted_up_to_its_first_hole(self, kept: Kept) -> None:
        run = await kept.born()
        await kept.frames.add([frame(run, 0, 3), frame(run, 7, 2)])
        await compact(kept, run)
        assert (await kept.now(run)).compacted == 3
        assert await left(kept, run) == [(7, 2)]
        assert await steps_of(kept, run) == [0, 1, 2, 7, 8]

    async def test_an_ended_run_is_compacted_across_its_holes(self, kept: Kept) -> None:
        run = await kept.born(a_run(state=State.CRASHED))
        await kept.frames.add([frame(run, 0, 3), frame(run, 7, 2)])
        await compact(kept, run)
        assert (await kept.now(run)).compacted == 9
        assert await steps_of(kept, run) == [0, 1, 2, 7, 8]

    async def test_lines_that_fill_a_hole_later_are_never_dropped(self, kept: Kept) -> None:
        run = await kept.born(a_run(state=State.CRASHED))
        await kept.frames.add([frame(run, 0, 3), frame(run, 7, 2)])
        await compact(kept, run)
        await kept.frames.add([frame(run, 3, 4), frame(run, 9, 2)])
        assert await steps_of(kept, run) == list(range(11))
        await compact(kept, run)
        assert await steps_of(kept, run) == list(range(11))
        await kept.frames.add([frame(run, 11, 1)])
        await compact(kept, run)
        assert await steps_of(kept, run) == list(range(12))

    async def test_one_that_comes_meanwhile_is_kept(self, kept: Kept) -> None:
        run = await kept.born()
        await kept.frames.add([frame(run, 0, 5)])
        seen = await kept.now(run)
        await kept.frames.add([frame(run, 5, 5)])
        await kept.compactor.compact(seen)
        assert await steps_of(kept, run) == list(range(10))

    async def test_a_run_that_began_afresh_meanwhile_is_left_alone(self, kept: Kept) -> None:
        run = await kept.born()
        await kept.frames.add([frame(run, 0, 5)])
        seen = await kept.now(run)
        fresh = await kept.now(run)
        fresh.start_afresh(fresh.created_at)
        await kept.runs.change(fresh, dict.fromkeys(["generation", "compacted", "progress"]), [])
        assert not await kept.compactor.compact(seen)
        assert (await kept.now(run)).compacted == 0
        assert await kept.frames.segments_of(seen) == []

    async def test_nothing_to_do_is_done(self, kept: Kept) -> None:
        run = await kept.born()
        assert await compact(kept, run)
        assert await kept.frames.segments_of(run) == []

    async def test_pages_of_steps_open_only_the_segments_that_hold_them(self, kept: Kept) -> None:
        run = await kept.born()
        for at in (0, 10, 20):
            await kept.frames.add([frame(run, at, 10)])
            await compact(kept, run)
        segments = await kept.frames.segments_of(run)
        assert [(one.first_step, one.last_step) for one in segments] == [(0, 9), (10, 19), (20, 29)]
        for gone in (segments[0], segments[2]):
            await kept.blobs.delete(gone.blob)
        lines = await kept.reader().rows(await kept.now(run), 12, 15, 100)
        assert [line[:11] for line in lines] == [f'{{"_step":{n},'[:11] for n in (12, 13, 14)]


class TestConsider:
    @pytest.mark.parametrize(
        ("state", "lines", "compacted", "wanted"),
        [
            (State.RUNNING, LIVE_LINES - 1, 0, False),
            (State.RUNNING, LIVE_LINES, 0, True),
            (State.RUNNING, LIVE_LINES, 1, False),
            (State.FINISHED, ENDED_LINES - 1, 0, False),
            (State.FINISHED, ENDED_LINES, 0, True),
            (State.CRASHED, ENDED_LINES, ENDED_LINES, False),
            (State.CRASHED, ENDED_LINES, ENDED_LINES - 1, True),
        ],
    )
    async def test_a_run_that_has_gathered_enough_is_worked_off(
        self, kept: Kept, state: State, lines: int, compacted: int, wanted: bool
    ) -> None:
        run = a_run(state=state, progress=Progress(lines), compacted=compacted)
        await kept.born(run)
        kept.compactor.consider([run])
        assert (run.id in kept.compactor._waiting) is wanted


class TestCopies:
    async def test_a_copy_reads_the_same_and_stands_alone(self, kept: Kept) -> None:
        run = await kept.born(a_run(state=State.FINISHED, progress=Progress(9, 0, 2)))
        await kept.frames.add([frame(run, 0, 5)])
        await compact(kept, run)
        written = [frame(run, 0, 1, "log", n, text) for n, text in enumerate("abcab", start=1)]
        await kept.frames.add([frame(run, 5, 4), *written])
        copied = await kept.copies.copy(await kept.now(run), new_id(), "project2")
        assert (copied.project_id, copied.name) == ("project2", run.name)
        assert await steps_of(kept, copied) == await steps_of(kept, run) == list(range(9))
        assert await kept.reader().log_lines(copied, 0, 10) == ["b0"]
        for segment in await kept.frames.segments_of(await kept.now(run)):
            await kept.blobs.delete(segment.blob)
        assert await steps_of(kept, copied) == list(range(9))
        assert [lines_of(one) for one in await kept.frames.of(copied, "history")]

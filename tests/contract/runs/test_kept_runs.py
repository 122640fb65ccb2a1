"""What the store of runs promises."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace

import pytest

from services.runs.domain.run import Progress, Run, State
from shared.dialect import decode_row
from shared.errors import NotFound
from tests.contract.runs.world import ALL_TEXTS, MINUTE, NO_TEXTS, NOON, Kept, a_run, news

LONG = '{"text":"' + "é" * 10_000 + '"}'


def moved(run: Run, position: int, **more: object) -> Run:
    return replace(run, position=position, **more)  # type: ignore[arg-type]


class TestGet:
    async def test_unknown_and_deleted_are_not_found(self, kept: Kept) -> None:
        deleted = await kept.born(a_run(deleted_at=NOON))
        for run_id in ("ghost", deleted.id):
            with pytest.raises(NotFound):
                await kept.runs.get(run_id, NO_TEXTS)

    async def test_by_name_a_deleted_one_is_found_so_that_its_name_is_not_used_again(
        self, kept: Kept
    ) -> None:
        deleted = await kept.born(a_run(deleted_at=NOON))
        found = await kept.runs.find("project1", "abc", NO_TEXTS)
        assert found is not None
        assert (found.id, found.deleted_at) == (deleted.id, NOON)
        assert await kept.runs.find("project2", "abc", NO_TEXTS) is None

    @pytest.mark.parametrize(
        "text",
        [
            "{}",
            '{"loss":NaN,"a.b":{"$where":1},"":Infinity,"\\u0000":null}',
            '{"n":' + "9" * 400 + ',"m":-' + "9" * 400 + "}",
            LONG,
            "not json at all",
        ],
        ids=["empty", "odd", "large numbers", "long", "broken"],
    )
    async def test_texts_come_back_to_the_letter_if_asked_for(self, kept: Kept, text: str) -> None:
        run = await kept.born(a_run(config=text, summary=text, system=text))
        full = await kept.now(run, ALL_TEXTS)
        assert (full.config, full.summary, full.system) == (text, text, text)
        bare = await kept.now(run)
        assert (bare.config, bare.summary, bare.system) == ("{}", "{}", "{}")
        assert (await kept.now(run, frozenset({"summary"}))).summary == text

    async def test_every_field_comes_back(self, kept: Kept) -> None:
        run = a_run(
            state=State.KILLED,
            user_id="u",
            username="ada",
            service_account="ci",
            attribution_note="note",
            key_id="k",
            reason="why",
            group="g",
            job_type="j",
            sweep="s",
            commit="c",
            repo="r",
            host="h",
            program="p",
            description="d",
            notes="n",
            tags=["b", "a"],
            exit_code=-9,
            stop_requested=True,
            generation=3,
            position=2**45,
            last_step=2**61,
            compacted=7,
            progress=Progress(2**40, 2, 3),
        )
        await kept.born(run)
        assert await kept.now(run) == run


class TestCreate:
    async def test_of_two_at_once_one_is_created_and_told(self, kept: Kept) -> None:
        made = await asyncio.gather(*(kept.runs.create(a_run(), [news()]) for _ in range(6)))
        winners = [run for run in made if run is not None]
        assert len(winners) == 1
        found = await kept.runs.find("project1", "abc", NO_TEXTS)
        assert found == winners[0]
        assert len(await kept.announced()) == 1

    async def test_a_taken_name_is_none_and_tells_nothing(self, kept: Kept) -> None:
        await kept.born()
        assert await kept.runs.create(a_run(), [news()]) is None
        assert await kept.announced() == []


class TestChange:
    async def test_only_the_named_fields_are_written(self, kept: Kept) -> None:
        run = await kept.born()
        ours, theirs = await kept.now(run), await kept.now(run)
        ours.notes, ours.group = "ours", "lost"
        theirs.tags = ["theirs"]
        await kept.runs.change(ours, {"notes": None}, [])
        await kept.runs.change(theirs, {"tags": None}, [])
        found = await kept.now(run)
        assert (found.notes, found.tags, found.group) == ("ours", ["theirs"], None)

    async def test_news_is_kept_with_the_change(self, kept: Kept) -> None:
        run = await kept.born()
        run.notes = "new"
        told = news()
        await kept.runs.change(run, {"notes": None}, [told])
        assert (await kept.now(run)).notes == "new"
        assert await kept.announced() == [told.id]

    async def test_news_that_cannot_be_kept_undoes_the_change(self, kept: Kept) -> None:
        run = await kept.born()
        told = news()
        await kept.runs.change(run, {"notes": None}, [told])
        run.notes = "new"
        with pytest.raises(Exception, match="duplicate key"):
            await kept.runs.change(run, {"notes": None}, [told])
        assert (await kept.now(run)).notes is None


class TestAdvance:
    async def test_what_lies_behind_is_left_alone(self, kept: Kept) -> None:
        run = await kept.born()
        await kept.runs.advance([(moved(run, 10, notes="ten"), ["notes"])], [])
        for position in (9, 10):
            late = moved(run, position, notes="late")
            await kept.runs.advance([(late, ["notes"])], [])
        found = await kept.now(run)
        assert (found.position, found.notes) == (10, "ten")

    async def test_an_earlier_generation_is_left_alone(self, kept: Kept) -> None:
        run = await kept.born(a_run(generation=2))
        await kept.runs.advance([(moved(run, 10, generation=1, notes="old"), ["notes"])], [])
        assert (await kept.now(run)).notes is None

    async def test_many_runs_move_at_once_with_their_news(self, kept: Kept) -> None:
        runs = [await kept.born(a_run(f"r{n}")) for n in range(5)]
        told = [news(), news()]
        ahead = [(moved(run, 7, progress=Progress(3)), ["progress"]) for run in runs]
        await kept.runs.advance(ahead, told)
        found = await kept.runs.load([run.id for run in runs])
        assert {run.position for run in found.values()} == {7}
        assert {run.progress.history for run in found.values()} == {3}
        assert await kept.announced() == sorted(one.id for one in told)

    async def test_nothing_moved_is_nothing_written(self, kept: Kept) -> None:
        await kept.runs.advance([], [news()])
        assert await kept.announced() == []


class TestPairs:
    async def test_what_is_searched_follows_what_is_said(self, kept: Kept) -> None:
        run = await kept.born(a_run(summary='{"loss":1}'))
        run.summary = '{"acc":{"top1":NaN}}'
        await kept.runs.change(run, {"summary": None}, [])
        document = await kept.database["runs"].find_one({"_id": run.id})
        assert document is not None
        ((pair),) = document["summary_pairs"]
        assert pair["k"] == "acc.top1"
        assert math.isnan(pair["v"])

    async def test_a_summary_with_enormous_numbers_is_searched_as_far_as_can_be(
        self, kept: Kept
    ) -> None:
        text = '{"n":-' + "9" * 400 + ',"m":' + str(2**70) + "}"
        run = await kept.born(a_run(summary=text))
        document = await kept.database["runs"].find_one({"_id": run.id})
        assert document is not None
        assert [pair["v"] for pair in document["summary_pairs"]] == [-math.inf, float(2**70)]
        assert decode_row((await kept.now(run, ALL_TEXTS)).summary)["m"] == 2**70


class TestSilence:
    async def test_the_living_who_were_not_heard_of_are_found(self, kept: Kept) -> None:
        for state in State:
            await kept.born(a_run(f"{state}-early", state=state))
            await kept.born(a_run(f"{state}-late", state=state, heartbeat_at=NOON + MINUTE))
        silent = await kept.runs.silent_since(NOON + MINUTE)
        assert {run.name for run in silent} == {"running-early", "preempting-early"}

    async def test_one_that_was_heard_meanwhile_is_not_lost(self, kept: Kept) -> None:
        run = await kept.born()
        (silent,) = await kept.runs.silent_since(NOON + MINUTE)
        heard = moved(run, 5, heartbeat_at=NOON + 2 * MINUTE)
        await kept.runs.advance([(heard, ["heartbeat_at"])], [])
        silent.lost(NOON + 3 * MINUTE, MINUTE)
        assert not await kept.runs.mark_lost(silent, NOON + MINUTE, [news()])
        assert (await kept.now(run)).state is State.RUNNING
        assert await kept.announced() == []

    async def test_one_that_was_not_is_lost_once(self, kept: Kept) -> None:
        await kept.born()
        (silent,) = await kept.runs.silent_since(NOON + MINUTE)
        silent.lost(NOON + 3 * MINUTE, MINUTE)
        marked = [await kept.runs.mark_lost(silent, NOON + MINUTE, [news()]) for _ in range(2)]
        assert marked == [True, False]
        assert (await kept.now(silent)).state is State.CRASHED
        assert len(await kept.announced()) == 1

    async def test_ended_runs_with_frames_left_are_found(self, kept: Kept) -> None:
        many = Progress(2_000)
        for name, state, compacted, progress in (
            ("waits", State.FINISHED, 100, many),
            ("done", State.FINISHED, 2_000, many),
            ("lives", State.RUNNING, 0, many),
            ("small", State.CRASHED, 0, Progress(10)),
        ):
            await kept.born(a_run(name, state=state, compacted=compacted, progress=progress))
        assert [run.name for run in await kept.runs.ended_with_frames(1_024)] == ["waits"]

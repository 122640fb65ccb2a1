"""Several writers of one run: every line of each is there once, whatever arrives again."""

from __future__ import annotations

import random

import zstandard

from services.runs.domain.run import Run
from services.runs.writing.apply import frame_of
from services.runs.writing.sharing import placed as in_their_places
from shared.messaging.ingest import Chunk, Part
from tests.contract.runs.world import NO_TEXTS, Kept, a_run, placed

A, B = "a" * 16, "b" * 16


def said(run: Run, writer: str, first: int, count: int, **more: object) -> Chunk:
    """Lines `first` to `first + count` of a writer, by its own count."""
    lines = [f'{{"_step":{n},"{writer[:1]}":{n}}}' for n in range(first, first + count)]
    packed = zstandard.compress("\n".join(lines).encode())
    parts = [Part("history", first, count, first, first + count - 1, packed)] if count else []
    return Chunk(run.id, run.generation, 1_767_268_800_000, parts, writer=writer, **more)  # type: ignore[arg-type]


async def lines_of(kept: Kept, run: Run) -> dict[str, list[int]]:
    """Each writer's lines in the order in which a reader gets them."""
    found = await kept.reader().rows(await kept.now(run), 0, 1_000, 1_000)
    return {
        name: [int(line.split(":")[-1][:-1]) for line in found if f'"{name}"' in line]
        for name in ("a", "b")
    }


async def test_each_line_is_kept_once_in_its_writers_order(kept: Kept) -> None:
    run = await kept.born()
    chunks = placed(
        [
            said(run, A, 0, 2, summary='{"a":1}'),
            said(run, B, 1, 3),  # who joins counts from where the run stood
            said(run, A, 0, 2),  # an answer was lost
            said(run, A, 1, 4, summary='{"a":4}'),  # and here a part of it is new
            said(run, B, 4, 2, summary='{"b":5}'),
            said(run, B, 1, 5),
            said(run, A, 5, 1),
        ]
    )
    for _ in range(2):  # the second time as after a crash before the mark
        await kept.applier.apply(chunks[:4])
        await kept.applier.apply(chunks[2:])
        now = await kept.now(run, frozenset({"summary"}))
        assert now.progress.history == 11
        assert now.summary == '{"a":4,"b":5}'
        assert await lines_of(kept, run) == {"a": [*range(6)], "b": [*range(1, 6)]}
    assert await kept.compactor.compact(now)
    assert await lines_of(kept, run) == {"a": [*range(6)], "b": [*range(1, 6)]}


async def test_lines_that_were_written_before_a_crash_find_their_places_again(kept: Kept) -> None:
    rng = random.Random(4)
    for number in range(10):
        run = await kept.born(a_run(f"run-{number}"))
        counts, chunks = {A: 0, B: 0}, []
        for _ in range(20):
            writer, count = rng.choice((A, B)), rng.randint(1, 4)
            again = rng.randint(0, min(counts[writer], 2))
            chunks.append(said(run, writer, counts[writer] - again, count + again))
            counts[writer] += count
        at = rng.randint(1, 19)
        await kept.applier.apply(placed(chunks[:at]))
        half, _ = in_their_places({run.id: await kept.now(run, NO_TEXTS)}, placed(chunks))
        await kept.frames.add([frame_of(c, part, p) for p, c in half for part in c.parts])
        await kept.applier.apply(placed(chunks))
        expected = {"a": [*range(counts[A])], "b": [*range(counts[B])]}
        assert await lines_of(kept, run) == expected
        assert (await kept.now(run)).progress.history == sum(counts.values())


async def test_an_earlier_generations_writers_are_forgotten(kept: Kept) -> None:
    run = await kept.born()
    await kept.applier.apply(placed([said(run, A, 0, 3)]))
    now = await kept.now(run)
    assert now.writers == {A: {"history": 3}}
    now.start_afresh(now.updated_at)
    assert now.writers == {}

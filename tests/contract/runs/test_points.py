"""Chosen columns, however many blocks they are read in and whether or not they fit into memory."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
import zstandard

from services.runs.domain.run import Progress, Run, State
from services.runs.histories import points
from services.runs.histories.compactor import ENDED_LINES
from services.runs.repository.frames import Frame
from services.runs.segments.reading import sampled
from shared.errors import Invalid
from tests.contract.runs.world import Kept, a_run

COUNT = ENDED_LINES + 500
KEYS = ["_step", "a", "some", "ghost"]


def line(number: int) -> str:
    """Every line has `a`, every third `some`."""
    row: dict[str, Any] = {"_step": number, "a": number * number}
    return json.dumps(row | ({"some": number / 2} if number % 3 == 0 else {}))


async def logged(kept: Kept, run: Run, first: int, lines: Sequence[str]) -> Run:
    packed = zstandard.compress("\n".join(lines).encode())
    end = first + len(lines)
    await kept.frames.add(
        [Frame(run.id, "history", 0, first, len(lines), first, end - 1, packed, 1)]
    )
    run.progress = Progress(history=end)
    await kept.runs.change(run, {"progress": None}, [])
    return await kept.now(run)


@pytest.fixture
async def run(kept: Kept) -> Run:
    """Half in a segment, half in frames."""
    found = await kept.born(a_run(state=State.FINISHED))
    found = await logged(kept, found, 0, [line(number) for number in range(ENDED_LINES)])
    assert await kept.compactor.compact(found)
    return await logged(
        kept, await kept.now(found), ENDED_LINES, [line(n) for n in range(ENDED_LINES, COUNT)]
    )


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks and what is kept of them are as small beside this run as they are beside a long."""
    monkeypatch.setattr(points, "BLOCK_VALUES", 280)
    monkeypatch.setattr(points, "KEPT_VALUES", 800)


def expected(*, partial: bool) -> list[dict[str, Any]]:
    rows = [json.loads(line(number)) for number in range(COUNT)]
    if partial:
        return [{key: row.get(key) for key in KEYS} for row in rows]
    return [row for row in rows if "some" in row]


async def asked(kept: Kept, run: Run, samples: int | None, *, partial: bool, **more: Any) -> Any:
    keys = KEYS if partial else KEYS[:3]
    text = await kept.reader().points(
        run, keys, min_step=None, max_step=None, samples=samples, partial=partial, **more
    )
    return json.loads(text)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("partial", [True, False])
@pytest.mark.parametrize("samples", [None, 0, 1, 2, 7, 400, 10_000])
async def test_blocks_make_no_difference(
    kept: Kept, run: Run, samples: int | None, partial: bool
) -> None:
    rows = expected(partial=partial)
    wanted = rows if samples is None else sampled(rows, samples)
    assert await asked(kept, run, samples, partial=partial) == wanted


@pytest.mark.usefixtures("small_blocks")
async def test_more_values_than_may_be_are_refused_by_name(kept: Kept, run: Run) -> None:
    with pytest.raises(Invalid, match="samples=25 at most") as refused:
        await asked(kept, run, None, partial=True, most=100)
    assert refused.value.field == "samples"
    with pytest.raises(Invalid, match="samples=25 at most"):
        await asked(kept, run, 26, partial=True, most=100)
    assert len(await asked(kept, run, 25, partial=True, most=100)) == 25
    with pytest.raises(Invalid) as refused:
        await asked(kept, run, 1, partial=True, most=3)
    assert refused.value.field == "keys"


async def test_a_refusal_reads_no_further_than_it_must(
    kept: Kept, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(points, "BLOCK_VALUES", 280)
    seen: list[int] = []
    chosen = points._chosen

    def counted(piece: Any, at: int, count: int, choice: points.Choice) -> Any:
        seen.append(count)
        return chosen(piece, at, count, choice)

    monkeypatch.setattr(points, "_chosen", counted)
    with pytest.raises(Invalid):
        await asked(kept, run, None, partial=True, most=1_000)
    assert sum(seen) < 350


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("most", [1, 300, 2_900, 10**6])
async def test_pages_are_the_whole(kept: Kept, run: Run, most: int) -> None:
    found: list[Any] = []
    first: int | None = 0
    while first is not None:
        text, first = await kept.reader().page(
            run, KEYS, min_step=3, max_step=COUNT - 3, first=first, most=most
        )
        rows = json.loads(text)
        assert len(rows) * len(KEYS) < most + 280
        found += rows
    assert found == expected(partial=True)[3:-3]


async def test_lists_are_plain_json(kept: Kept) -> None:
    texts = [
        '{"_step":0,"a":NaN,"b":{"c":[Infinity,-Infinity]}}',
        '{"_step":1,"a":1.0,"b.c":' + "9" * 30 + "}",
        '{"_step":2,"a":null,"b":{"c":"NaN"}}',
    ]
    run = await logged(kept, await kept.born(a_run()), 0, texts)
    text = await kept.reader().points(
        run, ["a", "b.c"], min_step=None, max_step=None, samples=None, partial=True, lists=True
    )
    plain: Any = json.loads(text, parse_constant=lambda word: pytest.fail(word))
    assert plain == [["NaN", ["Infinity", "-Infinity"]], [1, "9" * 30], [None, "NaN"]]

"""However often, late, shuffled or stretched a client's chunks arrive, the history is the same.

Through the real code from the gateway's envelope to what a reader is answered, on a real MongoDB,
with writers that begin again and compactions in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gateway.ingest.envelope import Envelope
from gateway.ingest.packing import chunks_of
from services.runs.domain.run import Progress, Run
from shared.contracts.runs import StreamGrant
from shared.kit.ids import new_id
from shared.messaging.ingest import Chunk
from tests.contract.runs.deliveries import Arrival, Logged, arrivals
from tests.contract.runs.world import Asked, Kept, a_run

TOGETHER = 4
"""Runs that one writer looks after at once."""
EXAMPLES = 126
ALL = 1_000


def chunks(run: Run, request: Envelope) -> list[Chunk]:
    grant = StreamGrant(run_id=run.id, generation=run.generation, stop_requested=False)
    return chunks_of(request, grant, 1_767_268_800_000)


async def everything(kept: Kept, run: Run) -> dict[str, object]:
    """All that a reader can be told of a history."""
    now, reader = await kept.now(run), kept.reader()

    def points(keys: Sequence[str], *, partial: bool) -> Awaitable[str]:
        return reader.points(now, keys, min_step=1, max_step=12, samples=None, partial=partial)

    asked: dict[str, Awaitable[object]] = {
        "rows": reader.rows(now, 0, ALL, ALL),
        "page": reader.rows(now, 2, 9, 4),
        "spread": reader.spread(now, "history", 5),
        "points": points(["_step", "a.b", "late"], partial=False),
        "some points": points(["_step", "loss", "late", "ghost"], partial=True),
        "keys": reader.keys(now),
        "events": reader.spread(now, "events", ALL),
        "console": reader.log_lines(now, 0, ALL),
        "console page": reader.log_lines(now, 1, 2),
    }
    found = dict(zip(asked, await asyncio.gather(*asked.values()), strict=True))
    found["keys"] = sorted(found["keys"]["keys"])  # type: ignore[index]
    return found | {"progress": now.progress, "last step": now.last_step}


async def arrive(kept: Kept, runs: list[Run], arriving: list[Arrival]) -> None:
    """All of them batch by batch through one writer; positions are those of the stream."""
    rounds = max(len(one.batches) for one in arriving)
    for number in range(rounds):
        batch: list[tuple[int, Chunk]] = []
        for run, one in zip(runs, arriving, strict=True):
            if number < len(one.batches):
                first, stop = one.batches[number]
                batch += [
                    (1 + position, chunk)
                    for position in range(first, stop)
                    for chunk in chunks(run, one.requests[position])
                ]
        await kept.applier.apply(sorted(batch, key=lambda pair: pair[0]))
        for run, one in zip(runs, arriving, strict=True):
            if number in one.compacted:
                assert await kept.compactor.compact(await kept.now(run))


async def one_clean_pass(kept: Kept, logged: Logged) -> dict[str, object]:
    run = await kept.born(a_run(new_id()))
    said = [chunk for request in logged.once() for chunk in chunks(run, request)]
    await kept.applier.apply(list(enumerate(said, start=1)))
    return await everything(kept, run)


async def check(kept: Kept, arriving: list[Arrival]) -> None:
    runs = [await kept.born(a_run(new_id())) for _ in arriving]
    await arrive(kept, runs, arriving)
    await asyncio.gather(
        *(is_clean(kept, run, one) for run, one in zip(runs, arriving, strict=True))
    )


async def is_clean(kept: Kept, run: Run, arrived: Arrival) -> None:
    """The run reads as if nothing had gone wrong, and still does once it is compacted."""
    logged = arrived.logged
    clean = await one_clean_pass(kept, logged)
    assert clean["rows"] == list(logged.history)
    assert clean["events"] == list(logged.events)
    assert clean["console"] == logged.shown()
    assert clean["progress"] == Progress(
        len(logged.history), len(logged.events), len(logged.shown())
    )
    assert await everything(kept, run) == clean
    assert await kept.compactor.compact(await kept.now(run))
    assert await everything(kept, run) == clean


def test_the_history_is_byte_identical_to_one_clean_pass(asked: Asked) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink these takes minutes
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(st.lists(arrivals(), min_size=TOGETHER, max_size=TOGETHER))
    def sequences(arriving: list[Arrival]) -> None:
        asked.do(check(asked.kept, arriving))

    assert EXAMPLES * TOGETHER >= 500
    sequences()

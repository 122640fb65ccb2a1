"""`kill -9` in the middle of an ingest: everything comes back by itself, and nothing is lost."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator

import pytest

from tests.e2e.climbers import Climber, Party, verdict
from tests.servers import Cordee

VICTIMS = ("gateway", "runs", "nats", "mongod")
CHUNKS, RUNS, LINES, KILLS = 2_000, 8, 5, 3


@pytest.fixture(scope="module")
def cordee() -> Iterator[Cordee]:
    with Cordee() as running:
        yield running


async def ingest_under_fire(cordee: Cordee, victim: str, seed: int) -> None:
    """2,000 chunks of 8 runs, and three kills at moments that the seed chooses."""
    chance = random.Random(seed)
    name = f"{victim}-{seed}"
    climbers = [Climber(f"{name}-{n}", CHUNKS // RUNS, LINES) for n in range(RUNS)]
    party = Party(cordee.url, cordee.admin_key, "admin", climbers)
    moments = sorted(chance.sample(range(CHUNKS // 20, CHUNKS - CHUNKS // 20), KILLS))
    killed: list[int] = []

    def on_chunk(acknowledged: int) -> None:
        while moments and acknowledged >= moments[0]:
            moments.pop(0)
            killed.append(cordee.kill(victim))

    await party.climb(on_chunk)
    assert len(killed) == KILLS
    for climber in climbers:
        assert climber.acknowledged == climber.chunks * climber.lines_each
        found = verdict(climber, await party.read(climber))
        assert found == {"ok": climber.acknowledged, "lost": 0, "duplicated": 0, "invented": 0}
    await asyncio.to_thread(cordee.wait_ready)


@pytest.mark.parametrize("victim", VICTIMS)
async def test_every_acknowledged_line_is_there_once(cordee: Cordee, victim: str) -> None:
    await ingest_under_fire(cordee, victim, seed=1)


@pytest.mark.drill
@pytest.mark.parametrize("seed", range(2, 22))
@pytest.mark.parametrize("victim", VICTIMS)
async def test_every_acknowledged_line_is_there_once_whenever_it_strikes(
    cordee: Cordee, victim: str, seed: int
) -> None:
    await ingest_under_fire(cordee, victim, seed)

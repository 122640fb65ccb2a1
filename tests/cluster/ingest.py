"""Logging through both gateways while something happens, and what has to hold afterwards."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable

from tests.cluster.cluster import Cluster
from tests.e2e.climbers import Climber, Party, verdict

RUNS, LINES_EACH, PAUSE_S, PATIENCE_S = 6, 5, 0.05, 6.0
MANY = 10**6
BEFORE = 5 * RUNS
"""So many chunks are acknowledged before anything happens, and after it is over."""

_numbers = itertools.count()


async def ingest_while(cluster: Cluster, happens: Callable[[], Awaitable[None]]) -> Party:
    """Log, let it happen, log on; everything is whole again and read when this returns."""
    name = f"party{next(_numbers)}"
    climbers = [Climber(f"{name}-{n}", MANY, LINES_EACH, gateway=n) for n in range(RUNS)]
    party = Party(
        *(cluster.urls, cluster.admin_key, "admin", climbers), pause=PAUSE_S, patience=PATIENCE_S
    )
    climbing = asyncio.ensure_future(party.climb())
    try:
        await _either(climbing, party.reached(BEFORE))
        await _either(climbing, happens())
        await _either(climbing, party.reached(party.acknowledged + BEFORE))
        party.enough()
        await climbing
    finally:
        climbing.cancel()
        await asyncio.gather(climbing, return_exceptions=True)
    await asyncio.to_thread(cluster.wait_whole, 90)
    return party


async def all_is_there(party: Party) -> None:
    """Every line was acknowledged, and every acknowledged line is there once, in its place."""
    for climber in party.climbers:
        assert climber.acknowledged == climber.sent
        found = verdict(climber, await party.read(climber))
        bad = dict.fromkeys(("lost", "duplicated", "invented", "unknown", "misplaced"), 0)
        assert found == {"ok": climber.acknowledged, **bad}, climber.name


async def _either(climbing: asyncio.Future[None], waited: Awaitable[None]) -> None:
    """Wait, but no longer than the climbing goes on: it does not end by itself."""
    waiting = asyncio.ensure_future(waited)
    await asyncio.wait({climbing, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if not waiting.done():
        waiting.cancel()
        climbing.result()
        raise AssertionError("It ended before it was told to.")
    waiting.result()

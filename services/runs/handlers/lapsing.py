"""Grants to log to a run end before a new generation of it is spoken of."""

from __future__ import annotations

import asyncio

from shared.lifetimes import STREAM_GRANT_S

_MARGIN_S = 0.1


async def grants_lapsed() -> None:
    """Called once the new generation is written down, before it is answered with.

    A gateway that goes by an older grant gives its chunks the generation that is out of sight by
    now: whoever logs on the strength of our answer would lose acknowledged lines. It hears of the
    change by an event, but not surely in time, and not at all while it is cut off.
    """
    await asyncio.sleep(STREAM_GRANT_S + _MARGIN_S)

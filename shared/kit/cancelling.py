"""Being cancelled where a library would swallow it.

`asyncio.wait_for` of Python 3.11 returns its result when it is cancelled in the very turn in which
that result arrived (python/cpython#86296, mended in 3.12), and nats-py awaits every answer with it.
A loop whose only stop is a cancellation would then go on for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

Result = TypeVar("Result")


async def heeding(awaited: Awaitable[Result]) -> Result:
    """What was awaited; raises CancelledError if the task was cancelled meanwhile, come what may.

    A task that was cancelled before may still await things while it tidies up.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task else 0
    try:
        return await awaited
    finally:
        if task and task.cancelling() > before:
            raise asyncio.CancelledError

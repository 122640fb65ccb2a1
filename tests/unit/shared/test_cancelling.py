"""A cancellation that comes in the same turn as the answer is heeded."""

from __future__ import annotations

import asyncio

import pytest

from shared.kit.cancelling import heeding


async def cancelled_as_it_ends(end: Exception | None) -> asyncio.Task[int]:
    """A task that waits as nats-py does, cancelled in the turn in which what it waits for ends."""
    answer = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(heeding(asyncio.wait_for(answer, 5)))
    await asyncio.sleep(0)
    if end is None:
        answer.set_result(1)
    else:
        answer.set_exception(end)
    task.cancel()
    await asyncio.wait({task})
    return task


@pytest.mark.parametrize("end", [None, OSError("gone")], ids=["answered", "failed"])
async def test_it_is_not_swallowed(end: Exception | None) -> None:
    assert (await cancelled_as_it_ends(end)).cancelled()


async def test_a_deadline_stays_a_deadline() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await heeding(asyncio.wait_for(asyncio.sleep(5), 9))


async def test_who_was_cancelled_before_may_tidy_up() -> None:
    tidied = []

    async def work() -> None:
        try:
            await asyncio.sleep(5)
        finally:
            tidied.append(await heeding(asyncio.sleep(0, "tidy")))

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})
    assert tidied == ["tidy"]


async def test_the_rest_goes_through() -> None:
    assert await heeding(asyncio.sleep(0, 7)) == 7
    with pytest.raises(OSError, match="gone"):
        await heeding(refuse())


async def refuse() -> None:
    raise OSError("gone")

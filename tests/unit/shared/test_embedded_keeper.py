"""How long a dead program stays dead."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from shared.embedded.children import Child
from shared.embedded.data_dir import DataDir
from shared.embedded.keeper import Keeper, Restarts, ending
from shared.embedded.program import Program


def calm(**settings: float) -> Restarts:
    return Restarts(jitter=lambda: 0.5, **settings)  # type: ignore[arg-type]


def test_each_death_doubles_the_wait_up_to_a_limit() -> None:
    restarts = calm(first=1, most=8)
    waits = [restarts.delay(now=t, lived=20, early=False) for t in range(6)]
    assert waits == [1, 2, 4, 8, 8, 8]


def test_a_healthy_minute_begins_anew() -> None:
    restarts = calm(first=1)
    restarts.delay(now=0, lived=20, early=False)
    restarts.delay(now=20, lived=20, early=False)
    assert restarts.delay(now=90, lived=60, early=False) == 1


def test_five_failures_to_start_in_a_minute_make_it_slow() -> None:
    restarts = calm(first=1, slow=30)
    waits = [restarts.delay(now=t, lived=0, early=True) for t in (0, 1, 3, 7, 15)]
    assert restarts.looping
    assert waits == [1, 2, 4, 8, 30]


def test_being_killed_often_is_no_failure_to_start() -> None:
    restarts = calm(first=1, most=15)
    for t in range(10):
        wait = restarts.delay(now=t, lived=1, early=False)
    assert not restarts.looping
    assert wait == 15


def test_failures_long_ago_are_forgotten() -> None:
    restarts = calm(first=1)
    for t in (0, 1, 2, 3, 100):
        restarts.delay(now=t, lived=0, early=True)
    assert not restarts.looping


@pytest.mark.parametrize("luck", [0.0, 1.0])
def test_jitter_is_a_quarter_either_way(luck: float) -> None:
    wait = Restarts(first=1, jitter=lambda: luck).delay(now=0, lived=0, early=False)
    assert wait == 0.75 + 0.5 * luck


async def test_a_server_that_takes_long_is_mentioned(tmp_path: Path) -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    said: asyncio.Queue[str] = asyncio.Queue()
    argv = (sys.executable, "-c", "import time; time.sleep(60)")
    slow = Program("nats", argv, dict(os.environ), ready=never, own_log=tmp_path / "nats.log")
    with DataDir.open(tmp_path) as data:
        keeper = Keeper(
            slow,
            lambda program: Child.start(program, data, lambda _name, _line: None),
            said.put_nowait,
            remind_every=0.05,
        )
        keeping = asyncio.create_task(keeper.keep())
        assert "waiting for nats" in await asyncio.wait_for(said.get(), 10)
        keeping.cancel()
        await keeper.stop(asyncio.get_running_loop().time() + 10)
    assert not keeper.worked.is_set()


def test_an_end_is_told_in_words() -> None:
    assert ending(-9) == "was ended by SIGKILL"
    assert ending(3) == "ended with code 3"

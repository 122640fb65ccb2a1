"""Forked services: their surroundings, their end, and what happens when nobody forks any more."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.embedded.children import Child
from shared.embedded.data_dir import DataDir
from shared.embedded.leftovers import birth_of, read_pid_file
from shared.embedded.nursery import CAN_FORK, Nursery
from shared.embedded.program import Program

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="services are forked on Linux only")

PATIENT = """
import os, time
PARENT = os.getpid()
def main():
    print("forked" if os.getppid() == PARENT else "alone", sorted(os.environ), flush=True)
    time.sleep(float(os.environ.get("PATIENCE", 60)))
    raise SystemExit(int(os.environ["CODE"]))
"""


class Home:
    """A nursery with modules that tests write."""

    def __init__(self, data: DataDir, modules: Path) -> None:
        self.data, self.modules = data, modules
        self.said: list[tuple[str, str]] = []
        env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(modules)}
        self.nursery = Nursery(("house.patient",), env, data, self.show)
        (modules / "house").mkdir()
        self.write(PATIENT)

    def write(self, code: str) -> None:
        (self.modules / "house" / "patient.py").write_text(code, encoding="utf-8")

    def show(self, name: str, line: str) -> None:
        self.said.append((name, line))

    async def fork(self, name: str = "one", **env: str) -> Child:
        """Running, with its first line said."""
        program = Program(name, (), env, module="house.patient")
        child = await Child.start(program, self.data, self.show, self.nursery.spawn)
        await self.until_said(name)
        return child

    async def fork_anew(self, **env: str) -> Child:
        """As `Keeper` does: again when there was nobody to fork."""
        try:
            return await self.fork(**env)
        except OSError:
            return await self.fork(**env)

    async def until_said(self, name: str, text: str = "") -> None:
        async with asyncio.timeout(20):
            while not any(who == name and text in line for who, line in self.said):  # noqa: ASYNC110 - nobody else tells
                await asyncio.sleep(0.01)


def looked_at(pid: int) -> tuple[bytes, bytes]:
    """What the kernel shows of a process's environment and command."""
    process = Path(f"/proc/{pid}")
    return (process / "environ").read_bytes(), (process / "cmdline").read_bytes()


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    with DataDir.open(tmp_path / "data") as data:
        (tmp_path / "modules").mkdir()
        made = Home(data, tmp_path / "modules")
        async with made.nursery:
            yield made


async def test_a_fork_has_its_own_environment_and_no_other(home: Home) -> None:
    child = await home.fork(CODE="3", PATIENCE="0", SECRET="hush")
    assert await child.wait() == 3
    assert child.last_words == ["forked ['CODE', 'PATIENCE', 'SECRET']"]
    another = await home.fork("two", CODE="0", PATIENCE="0")
    assert await another.wait() == 0
    assert another.last_words == ["forked ['CODE', 'PATIENCE']"]


async def test_nobody_sees_its_environment_from_outside(home: Home) -> None:
    child = await home.fork(CODE="0", SECRET="hush-hush")
    environ, command = looked_at(child.pid)
    assert b"hush" not in environ + command
    assert command.startswith(b"cordee-house: house.patient")
    child.kill()


async def test_it_leads_a_group_and_ends_as_it_was_ended(home: Home) -> None:
    child = await home.fork(CODE="0")
    assert os.getpgid(child.pid) == child.pid == read_pid_file(home.data.pid_file_of("one"))
    assert await child.stop(asyncio.get_running_loop().time() + 20) == -signal.SIGTERM
    other = await home.fork("two", CODE="0")
    other.kill()
    assert await other.wait() == -signal.SIGKILL
    assert not home.data.pid_file_of("two").exists()


async def test_forks_end_with_what_forked_them_and_are_forked_anew(home: Home) -> None:
    children = [await home.fork(name, CODE="0") for name in ("one", "two")]
    forking = read_pid_file(home.data.pid_file_of("nursery"))
    assert forking is not None
    os.kill(forking, signal.SIGKILL)
    assert [await child.wait() for child in children] == [-signal.SIGKILL] * 2
    assert [birth_of(child.pid) for child in children] == [None, None]
    home.said.clear()
    again = await home.fork_anew(CODE="5", PATIENCE="0")
    assert await again.wait() == 5


async def test_what_cannot_be_imported_is_no_start_until_it_can(home: Home) -> None:
    home.write("import nowhere_at_all")
    with pytest.raises(OSError, match="what forks services has ended"):
        await home.fork()
    await home.until_said("nursery", "nowhere_at_all")
    home.write(PATIENT)
    child = await home.fork_anew(CODE="0", PATIENCE="0")
    assert await child.wait() == 0

"""Child processes: their output, their end, and that none outlives its parent."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from shared.embedded import leftovers
from shared.embedded.children import Child
from shared.embedded.data_dir import DataDir
from shared.embedded.leftovers import birth_of, end_leftovers, read_pid_file, write_pid_file
from shared.embedded.program import Program

PATIENT = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + PATIENT


@pytest.fixture
async def data(tmp_path: Path) -> AsyncIterator[DataDir]:
    with DataDir.open(tmp_path / "data") as opened:
        yield opened


def a_program(code: str, name: str = "child") -> Program:
    return Program(name, (sys.executable, "-c", code), dict(os.environ))


async def started(data: DataDir, code: str) -> Child:
    """A child that has said its first line."""
    said: asyncio.Event = asyncio.Event()
    child = await Child.start(a_program(code), data, lambda _name, _line: said.set())
    await asyncio.wait_for(said.wait(), 20)
    return child


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while True:
            if holds():
                return
            await asyncio.sleep(0.01)


def nobody_in_group(leader: int) -> bool:
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return True
    return False


def soon(seconds: float = 20) -> float:
    return asyncio.get_running_loop().time() + seconds


async def test_the_last_lines_of_a_child_are_kept(data: DataDir) -> None:
    code = "import sys; print('out'); sys.stdout.flush(); sys.exit('cannot')"
    child = await Child.start(a_program(code), data, lambda _name, _line: None)
    assert await child.wait() == 1
    assert child.last_words == ["out", "cannot"]
    assert data.log_of("child").read_text(encoding="utf-8") == "out\ncannot\n"


async def test_a_program_that_is_not_there_says_so(data: DataDir) -> None:
    program = Program("child", ("/nowhere/at-all",), {})
    child = await Child.start(program, data, lambda _name, _line: None)
    assert await child.wait() == 1
    assert "/nowhere/at-all" in child.last_words[-1] or "No such file" in child.last_words[-1]


async def test_stopping_asks_first(data: DataDir) -> None:
    child = await started(data, PATIENT)
    assert await child.stop(soon()) == -signal.SIGTERM
    assert child.returncode == -signal.SIGTERM


async def test_who_does_not_listen_is_killed_in_time(data: DataDir) -> None:
    child = await started(data, STUBBORN)
    assert await child.stop(soon(0.2)) == -signal.SIGKILL


async def test_what_a_child_started_goes_with_it(data: DataDir) -> None:
    grandchild = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {STUBBORN!r}])"
    child = await started(data, f"{grandchild}; {PATIENT}")
    os.kill(child.pid, signal.SIGKILL)
    await asyncio.wait_for(child.wait(), 10)
    await until(lambda: nobody_in_group(child.pid))


async def test_the_pid_file_is_there_as_long_as_the_child(data: DataDir) -> None:
    child = await started(data, PATIENT)
    assert read_pid_file(data.pid_file_of("child")) == child.pid
    await child.stop(soon())
    assert not data.pid_file_of("child").exists()


async def test_ctrl_c_does_not_reach_a_child(data: DataDir) -> None:
    child = await started(data, PATIENT)
    assert os.getpgid(child.pid) == child.pid != os.getpgid(0)
    await child.stop(soon())


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a parent-death signal")
def test_a_child_dies_with_a_killed_parent() -> None:
    leash = Path(leftovers.__file__).with_name("leash.py")
    code = (
        "import os, subprocess, sys; "
        f"p = subprocess.Popen([sys.executable, {str(leash)!r}, str(os.getpid()), sys.executable,"
        f" '-c', {PATIENT!r}], start_new_session=True); print(p.pid, flush=True); p.wait()"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    with parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert parent.stdout.readline() == b"up\n"
        parent.kill()
    asyncio.run(until(lambda: birth_of(child) is None))


def test_who_finds_its_parent_gone_does_not_begin() -> None:
    leash = Path(leftovers.__file__).with_name("leash.py")
    argv = [sys.executable, str(leash), "1", sys.executable, "-c", "print('began')"]
    ended = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")


class TestLeftovers:
    def test_a_leftover_is_ended(self, tmp_path: Path) -> None:
        with subprocess.Popen([sys.executable, "-c", PATIENT], start_new_session=True) as left:
            write_pid_file(tmp_path / "runs.pid", left.pid)
            assert asyncio.run(end_leftovers(tmp_path)) == ["runs"]
            assert left.wait() == -signal.SIGTERM
        assert list(tmp_path.iterdir()) == []

    def test_one_that_does_not_listen_is_killed(self, tmp_path: Path) -> None:
        with subprocess.Popen(
            [sys.executable, "-c", STUBBORN], start_new_session=True, stdout=subprocess.PIPE
        ) as left:
            assert left.stdout is not None
            left.stdout.readline()
            write_pid_file(tmp_path / "runs.pid", left.pid)
            asyncio.run(end_leftovers(tmp_path, grace=0.2))
            assert left.wait() == -signal.SIGKILL

    def test_another_process_with_the_same_number_is_left_alone(self, tmp_path: Path) -> None:
        with subprocess.Popen([sys.executable, "-c", PATIENT], start_new_session=True) as other:
            (tmp_path / "runs.pid").write_text(f"{other.pid}\nan earlier birth\n", encoding="utf-8")
            assert asyncio.run(end_leftovers(tmp_path)) == []
            assert other.poll() is None
            other.kill()

    @pytest.mark.parametrize("text", ["", "x\ny\n", "999999999\nNone\n", "12"])
    def test_a_pid_file_that_names_nobody(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "runs.pid").write_text(text, encoding="utf-8")
        assert read_pid_file(tmp_path / "runs.pid") is None

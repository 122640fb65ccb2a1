"""Child processes: started on a leash, with their output, their pid file and their end."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol, Self

from shared.embedded.data_dir import DataDir
from shared.embedded.leftovers import birth_of, write_pid_file
from shared.embedded.output import ChildLog, Show
from shared.embedded.program import Program

_LEASH = (sys.executable, "-I", "-S", str(Path(__file__).with_name("leash.py")))


class Process(Protocol):
    """What `asyncio` knows of a process that it started, and `Forked` of another's child."""

    @property
    def pid(self) -> int:
        """Of a leader of its own group."""

    async def wait(self) -> int:
        """How it ended."""

    def send_signal(self, signal: int) -> None:
        """ProcessLookupError once it is gone."""


Spawn = Callable[[Program, int], Awaitable[Process]]
"""Starts a program whose output goes to a descriptor; raises OSError."""


async def spawned(program: Program, out: int, *more: int) -> asyncio.subprocess.Process:
    """A process of its own on the leash; it is also given `more` descriptors."""
    return await asyncio.create_subprocess_exec(
        *_LEASH,
        str(os.getpid()),
        *program.argv,
        env=dict(program.env),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=out,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
        pass_fds=more,
    )


class Forked:
    """A child of another process, which tells of its pid and of its end."""

    def __init__(self, told: int) -> None:
        """`told` is read from and closed; who tells dies together with the child."""
        self.pid = 0
        self._told, self._heard = told, b""
        loop = asyncio.get_running_loop()
        self._born: asyncio.Future[int] = loop.create_future()
        self._ended: asyncio.Future[int | None] = loop.create_future()
        os.set_blocking(told, False)
        loop.add_reader(told, self._hear)

    async def born(self) -> None:
        """Once its pid is known; OSError if it never is."""
        self.pid = await self._born

    async def wait(self) -> int:
        """How it ended. Where nobody could tell it is killed, and awaited until it is gone."""
        code = await asyncio.shield(self._ended)
        if code is not None:
            return code
        _kill_group(self.pid)
        while birth_of(self.pid) is not None:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
        return -signal.SIGKILL

    def send_signal(self, signal: int) -> None:
        """ProcessLookupError once it is gone."""
        os.kill(self.pid, signal)

    def _hear(self) -> None:
        said = os.read(self._told, 64)
        self._heard += said
        numbers = [int(line) for line in self._heard.split(b"\n")[:-1]]
        if numbers and not self._born.done():
            self._born.set_result(numbers[0])
        if said and len(numbers) < 2:
            return
        asyncio.get_running_loop().remove_reader(self._told)
        os.close(self._told)
        if not self._born.done():
            self._born.set_exception(OSError("what forks services has ended"))
        self._ended.set_result(numbers[1] if len(numbers) > 1 else None)


class Child:
    """One running process, leader of its own group so that Ctrl-C reaches only us."""

    def __init__(self, program: Program, process: Process, log: ChildLog, pid_file: Path) -> None:
        """Use `start`."""
        self.program = program
        self.pid = process.pid
        self._process = process
        self._log = log
        self._pid_file = pid_file
        self._own_log_from = _size(program.own_log)
        self._ended: asyncio.Task[int]

    @classmethod
    async def start(
        cls, program: Program, data: DataDir, show: Show, spawn: Spawn = spawned
    ) -> Self:
        """Start it. The thread that calls this must outlive the child: the leash is tied to it."""
        log = _log_for(program, data, show)
        # A pipe of our own, as asyncio's would keep `wait` from returning while a grandchild
        # still holds it.
        ours, theirs = os.pipe()
        try:
            process = await spawn(program, theirs)
        except BaseException:
            os.close(ours)
            log.close()
            raise
        finally:
            os.close(theirs)
        os.set_blocking(ours, False)
        child = cls(program, process, log, data.pid_file_of(program.name))
        try:
            write_pid_file(child._pid_file, child.pid)
        except OSError as error:  # a full disk must not keep anything from running
            log.line(f"No pid file for process {child.pid}: {error}")
        asyncio.get_running_loop().add_reader(ours, child._read, ours)
        child._ended = asyncio.create_task(child._wait(ours), name=f"end of {program.name}")
        return child

    @property
    def returncode(self) -> int | None:
        """None while it runs; negative when a signal ended it."""
        return self._ended.result() if self._ended.done() else None

    @property
    def last_words(self) -> list[str]:
        """What it said last."""
        return self.program.last_words(list(self._log.last_lines), self._own_log_from)

    async def wait(self) -> int:
        """How it ended."""
        return await asyncio.shield(self._ended)

    async def stop(self, by: float) -> int:
        """Ask it to end, and end it when the loop's clock shows `by`; how it ended."""
        self.signal(signal.SIGTERM)
        try:
            async with asyncio.timeout_at(by):
                return await self.wait()
        except TimeoutError:
            self.kill()
        return await self.wait()

    def kill(self) -> None:
        """End it and whatever it started, at once."""
        if self.returncode is None:
            _kill_group(self.pid)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it is gone."""
        if self.returncode is None:
            try:
                self._process.send_signal(number)
            except ProcessLookupError:
                return  # gone, and about to be noticed

    def _read(self, pipe: int) -> None:
        try:
            chunk = os.read(pipe, 64 * 1024)
        except BlockingIOError:
            return
        if chunk:
            self._log.feed(chunk)
        else:
            asyncio.get_running_loop().remove_reader(pipe)

    async def _wait(self, pipe: int) -> int:
        code = await self._process.wait()
        _kill_group(self.pid)  # whatever it started goes with it
        asyncio.get_running_loop().remove_reader(pipe)
        self._drain(pipe)
        os.close(pipe)
        self._log.close()
        self._pid_file.unlink(missing_ok=True)
        return code

    def _drain(self, pipe: int) -> None:
        """Its last lines, which may still wait in the pipe."""
        for _ in range(64):  # a grandchild that is still dying could go on for ever
            try:
                chunk = os.read(pipe, 64 * 1024)
            except BlockingIOError:
                return
            if not chunk:
                return
            self._log.feed(chunk)


def _log_for(program: Program, data: DataDir, show: Show) -> ChildLog:
    """A server that writes its own log keeps the terminal free of it."""
    if program.own_log is None:
        return ChildLog(program.name, data.log_of(program.name), show)
    return ChildLog(program.name, data.log_of(f"{program.name}-output"), _unseen)


def _unseen(_name: str, _line: str) -> None:
    """Show nothing."""


def _size(log: Path | None) -> int:
    return log.stat().st_size if log is not None and log.exists() else 0


def _kill_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return  # nobody of that group is left; macOS says "not permitted" of one that is dying

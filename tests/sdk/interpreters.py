"""Where programs of the SDK are started: one interpreter a venv that forks for each of them."""

from __future__ import annotations

import atexit
import json
import os
import select
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from functools import cache
from io import BufferedWriter
from pathlib import Path

WARM = Path(__file__).with_name("warm.py")


class Forked:
    """A program that another process forked, with what `subprocess.Popen` has of it."""

    def __init__(self, command: list[str], telling: int) -> None:
        """`telling` is where its pid and, later, its exit code can be read."""
        self._command, self._telling = command, telling
        self._told = b""
        self.returncode: int | None = None
        if not self._hear(60.0, lines=1):
            raise AssertionError(f"nobody forks for {command}")
        self.pid = int(self._told.split()[0])

    def poll(self) -> int | None:
        """The exit code once it has ended."""
        if self.returncode is None and self._hear(0.0, lines=2):
            self.returncode = int(self._told.split()[1])
            os.close(self._telling)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Until it has ended; raises `TimeoutExpired` as `subprocess` does."""
        if self.returncode is None:
            self._hear(timeout, lines=2)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired(self._command, timeout or 0.0)
        return code

    def _hear(self, seconds: float | None, lines: int) -> bool:
        until = None if seconds is None else time.monotonic() + seconds
        while self._told.count(b"\n") < lines:
            left = None if until is None else max(0.0, until - time.monotonic())
            if not select.select([self._telling], [], [], left)[0]:
                return False
            said = os.read(self._telling, 64)
            if not said:
                raise AssertionError(f"{self._command}: who watched over it is gone")
            self._told += said
        return True


class Interpreter:
    """One that has imported the SDK of its venv."""

    def __init__(self, python: Path) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._home = tempfile.TemporaryDirectory(prefix="sdk-")
        env = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "PYTHONFAULTHANDLER": "1",
            "HOME": self._home.name,
            "TMPDIR": self._home.name,
        }
        with theirs:
            self._process = subprocess.Popen(
                [str(python), str(WARM), str(theirs.fileno())],
                env=env,
                cwd=self._home.name,
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self._asking = ours
        atexit.register(self.close)

    def start(
        self,
        arguments: list[str],
        folder: Path,
        env: Mapping[str, str],
        out: BufferedWriter,
        err: BufferedWriter,
    ) -> Forked:
        """As the venv's own `python` would run it, in a session of its own."""
        said = {"argv": arguments, "folder": str(folder), "env": dict(env)}
        told, telling = os.pipe()
        with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - a device
            files = [nothing.fileno(), out.fileno(), err.fileno(), telling]
            socket.send_fds(self._asking, [json.dumps(said).encode()], files)
        os.close(telling)
        return Forked(arguments, told)

    def close(self) -> None:
        """No more programs; those that run go on."""
        self._asking.close()
        self._process.wait()
        self._home.cleanup()


@cache
def interpreter(python: Path) -> Interpreter:
    """The one of this process for a venv."""
    return Interpreter(python)

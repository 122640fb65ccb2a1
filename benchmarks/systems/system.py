"""What every system can be asked to do: start, write, read, stop."""

from __future__ import annotations

import os
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path

from gateway.cli.benching.work import Logged, Values, Written
from tests.servers import free_port, wait_for


class System(ABC):
    """One server with a folder of its own.

    `acknowledged` says what its answer to a write means. `share` is how much of the work it does:
    one that takes minutes for a part is measured over that part.
    """

    name: str
    acknowledged: str
    share: float = 1.0
    reads = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def version(self) -> str:
        """Of the software."""
        return ""

    @abstractmethod
    def start(self) -> None:
        """Returns once it can be written to."""

    async def make(self, runs: Sequence[Logged], writers: int) -> Written:
        """The runs that are then written, where they must be there before."""
        return Written()

    @abstractmethod
    async def write(self, runs: Sequence[Logged], writers: int) -> Written:
        """Long runs, all of them made before."""

    @abstractmethod
    async def live(self, runs: Sequence[Logged], writers: int) -> Written:
        """Tiny runs: made, logged and ended while the clock runs."""

    async def kept(self, run: Logged) -> Values | None:
        """Everything that it has of the run's metrics; None where nothing is kept."""
        return None

    async def metric(self, run: Logged, samples: int | None) -> None:
        """One metric, whole or sampled, as its own web app or client asks for it."""
        raise NotImplementedError

    def roots(self) -> list[int]:
        """The processes that it consists of, without their children."""
        return [self._process.pid] if self._process else []

    def stop(self) -> None:
        """Nothing of it runs on."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _launch(self, command: Sequence[str], env: Mapping[str, str] | None = None) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder.parent / f"{self.folder.name}.log").open("wb") as output:
            self._process = subprocess.Popen(
                command, cwd=self.folder, env={**os.environ, **(env or {})},
                stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        wait_for(f"{self.name} listens", self._listens, 400)

    def _listens(self) -> bool:
        """Whether the port is open; a failure with the last words if the process has ended."""
        import socket

        assert self._process is not None
        if self._process.poll() is not None:
            log = self.folder.parent / f"{self.folder.name}.log"
            raise AssertionError(log.read_text(errors="replace")[-2_000:])
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

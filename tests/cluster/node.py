"""One process of a cluster: started, killed, frozen, and started again when it falls by itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from shared.embedded import children

_LEASH = (sys.executable, "-I", "-S", str(Path(children.__file__).with_name("leash.py")))
_AGAIN_S = 1.0


class Node:
    """Kept running, as an orchestrator would, until it is told to be down."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        env: Mapping[str, str],
        works: Callable[[], bool],
        log: Path,
    ) -> None:
        """`works` says whether it does its work now."""
        self.name = name
        self.works = works
        self.log = log
        self.falls = 0
        """How often it ended although nobody wanted it to."""
        self.started = 0.0
        self._argv = [*_LEASH, str(os.getpid()), *argv]
        self._env = dict(env)
        self._process: subprocess.Popen[bytes] | None = None
        self._wanted = False
        self._turn = threading.RLock()

    @property
    def pid(self) -> int | None:
        """None while it is down."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def start(self) -> None:
        """Start it without waiting."""
        with self._turn:
            self._wanted = True
            self._launch()

    def look_after(self) -> None:
        """Start it again if it fell."""
        with self._turn:
            if self._wanted and self._process is not None and self._process.poll() is not None:
                self.falls += 1
                time.sleep(_AGAIN_S)
                self._launch()

    def kill(self) -> None:
        """kill -9; it stays down until `start`."""
        self._end(signal.SIGKILL, 10)

    def terminate(self) -> int:
        """SIGTERM; how it ended."""
        return self._end(signal.SIGTERM, 40)

    def freeze(self) -> None:
        """SIGSTOP: it holds everything that it held, and does nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        self._signal(signal.SIGCONT)

    def last_words(self, lines: int = 12) -> str:
        """What it said last."""
        text = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
        return "\n".join([f"--- {self.name}, fallen {self.falls}×", *text.splitlines()[-lines:]])

    def _launch(self) -> None:
        self.started = time.time()
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self._argv,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=self.log.parent,
            )

    def _end(self, number: signal.Signals, patience: float) -> int:
        with self._turn:
            self._wanted = False
            process = self._process
            if process is None:
                return 0
            if process.poll() is None:
                process.send_signal(number)
            try:
                return process.wait(patience)
            except subprocess.TimeoutExpired as late:
                process.kill()
                process.wait()
                raise AssertionError(f"{self.name} did not end:\n{self.last_words()}") from late

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

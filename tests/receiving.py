"""A receiver of webhooks that a test starts, and what it has received."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

from tests.servers import ROOT, free_port, wait_for


class Receiver:
    """Listens on loopback in a process of its own, so that nothing else delays its clock."""

    def __init__(self, folder: Path) -> None:
        """What comes is kept in `folder`."""
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}/hook"
        self._file = folder / "received.jsonl"
        self._process: subprocess.Popen[bytes]

    def __enter__(self) -> Self:
        """Start, and wait until it listens."""
        self._file.touch()
        script = str(ROOT / "tests" / "receiver.py")
        self._process = subprocess.Popen([sys.executable, script, str(self._port), str(self._file)])
        wait_for("the receiver listens", self._listens)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def received(self) -> list[dict[str, Any]]:
        """Everything so far."""
        return [json.loads(line) for line in self._file.read_text(encoding="utf-8").splitlines()]

    def _listens(self) -> bool:
        assert self._process.poll() is None, "the receiver died"
        try:
            socket.create_connection(("127.0.0.1", self._port), timeout=5).close()
        except OSError:
            return False
        return True

"""What children say: each line to the child's own log file, and with its name to the terminal."""

from __future__ import annotations

import logging
import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TextIO

LOG_BYTES = 10 * 1024 * 1024
LOGS_KEPT = 3
_LONGEST_LINE = 64 * 1024
_COLOURS = (36, 32, 35, 33, 34, 31)
# Names of runs and users come from outside: what they hold must not steer the terminal.
_INERT = {code: f"\\x{code:02x}" for code in [*range(32), *range(127, 160)] if code != 9}

Show = Callable[[str, str], None]
"""Takes a child's name and one line of what it said."""


class Terminal:
    """Standard output, written by a thread of its own: a stalled terminal stalls nobody."""

    def __init__(self, stream: TextIO, names: Sequence[str]) -> None:
        """`names` are those of the children, to line their prefixes up."""
        self._stream = stream
        self._width = max(map(len, names), default=0)
        self._colours: dict[str, int] = {}
        self._coloured = stream.isatty() and "NO_COLOR" not in os.environ
        self._lines: queue.Queue[str | None] = queue.Queue(maxsize=10_000)
        self._unshown = 0
        self._thread = threading.Thread(target=self._write, name="terminal", daemon=True)
        self._thread.start()

    def show(self, name: str, line: str) -> None:
        """One line of a child, behind its name."""
        prefix = f"{name:<{self._width}} │"
        if self._coloured:
            colour = self._colours.setdefault(name, _COLOURS[len(self._colours) % len(_COLOURS)])
            prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
        self.write(f"{prefix} {line.translate(_INERT)}")

    def write(self, text: str) -> None:
        """Text as it is; dropped when the terminal has not kept up for thousands of lines."""
        try:
            if self._unshown:
                self._lines.put_nowait(f"… {self._unshown} lines not shown: see the log files")
                self._unshown = 0
            self._lines.put_nowait(text)
        except queue.Full:
            self._unshown += 1

    def close(self, patience: float = 1.0) -> None:
        """Write what waits, unless nobody reads it."""
        try:
            self._lines.put(None, timeout=patience)
        except queue.Full:
            return
        self._thread.join(patience)

    def _write(self) -> None:
        try:
            while (text := self._lines.get()) is not None:
                self._stream.write(text + "\n")
                if self._lines.empty():
                    self._stream.flush()
        except (OSError, ValueError):
            # Whoever read us has gone (`cordee up | head`); the log files go on.
            while self._lines.get() is not None:
                pass


class ChildLog:
    """Turns what one child writes into lines, and keeps the last ones for its obituary."""

    def __init__(self, name: str, path: Path, show: Show) -> None:
        """`path` is rotated by size."""
        self._name = name
        self._show = show
        self._rest = b""
        self._file = _LogFile(
            path, maxBytes=LOG_BYTES, backupCount=LOGS_KEPT, encoding="utf-8", delay=True
        )
        self.last_lines: deque[str] = deque(maxlen=20)

    def feed(self, chunk: bytes) -> None:
        """Take what the child wrote; whole lines go out."""
        *lines, rest = (self._rest + chunk).split(b"\n")
        if len(rest) > _LONGEST_LINE:
            lines, rest = [*lines, rest], b""
        self._rest = rest
        for line in lines:
            self.line(line.decode(errors="backslashreplace").rstrip("\r"))

    def line(self, text: str) -> None:
        """Take one line."""
        self.last_lines.append(text)
        self._file.emit(logging.makeLogRecord({"msg": text}))
        self._show(self._name, text)

    def close(self) -> None:
        """The child is gone; a line that it did not finish counts as one."""
        if self._rest:
            self.feed(b"\n")
        self._file.close()


class _LogFile(RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the base's name
        """Nothing: on a full disk the terminal still has the line, and a child goes on."""


def rotate_if_large(path: Path, limit: int = LOG_BYTES) -> bool:
    """Move a log aside that a server writes itself; true if the server must reopen it."""
    if not path.exists() or path.stat().st_size < limit:
        return False
    for number in range(LOGS_KEPT, 0, -1):
        older = path.with_name(f"{path.name}.{number - 1}") if number > 1 else path
        if older.exists():
            older.replace(path.with_name(f"{path.name}.{number}"))
    return True

"""What to run and how to know that it works, as data."""

from __future__ import annotations

import json
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path


async def _at_once() -> None:
    """Ready as soon as it runs."""


async def _always() -> bool:
    """Healthy as long as it runs."""
    return True


@dataclass(frozen=True)
class Program:
    """One child to be kept running: `argv` as a process of its own, or `module` as a fork.

    `ready` returns when the program works, and may raise `NotReady` or `CannotStart`.
    `healthy` is asked every few seconds from then on. `own_log` is a log that the program writes
    itself; on `reopen_log` it opens it anew. A program with `must_start` that keeps dying before
    it was ever ready ends the attempt to start.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    ready: Callable[[], Awaitable[None]] = _at_once
    healthy: Callable[[], Awaitable[bool]] = _always
    own_log: Path | None = None
    reopen_log: signal.Signals | None = None
    must_start: bool = False
    module: str | None = None

    def last_words(self, said: list[str], log_from: int = 0, count: int = 8) -> list[str]:
        """What it said last, and from its own log, read from a byte on, what tells of trouble."""
        if self.own_log is None:
            return said[-count:]
        entries = [_read(line) for line in _tail(self.own_log, log_from)]
        # A server with a log of its own has nothing to say elsewhere, save when that fails.
        entries += [(kind or "trouble", text) for kind, text in map(_read, said)]
        troubles = [text for kind, text in entries if kind == "trouble"]
        return (troubles or [text for _, text in entries])[-count:]


def _tail(log: Path, start: int) -> list[str]:
    """The last lines that were written after the byte `start`, as far as one look reaches."""
    if not log.exists():
        return []
    size = log.stat().st_size
    with log.open("rb") as file:
        file.seek(max(start if start <= size else 0, size - 64 * 1024))
        return file.read().decode(errors="backslashreplace").splitlines()


def _read(line: str) -> tuple[str, str]:
    """The kind of a line, empty where nothing tells it, and its text without mongod's JSON."""
    try:
        entry = json.loads(line)
        detail = json.dumps(entry["attr"], ensure_ascii=False) if entry.get("attr") else ""
        kind = "trouble" if entry["s"] in ("E", "F") else "news"
        return kind, f"{entry['msg']} {detail}".strip()[:500]
    except (ValueError, KeyError, TypeError):
        serious = "[ERR]" in line or "[FTL]" in line
        return "trouble" if serious else "", line[:500]

"""What a system costs: CPU, memory and disk of all its processes, read from `/proc`."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
EVERY_S = 0.25


def family(roots: Sequence[int]) -> list[int]:
    """The processes and all their descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (told := _stat(int(entry.name))):
            children.setdefault(int(told[1]), []).append(int(entry.name))
    found, waiting = [], list(roots)
    while waiting:
        found.append(waiting.pop())
        waiting += children.get(found[-1], [])
    return found


def cpu_seconds(roots: Sequence[int]) -> dict[int, float]:
    """What each process has used so far, its dead children included."""
    return {pid: sum(map(int, told[11:15])) / TICK for pid in family(roots) if (told := _stat(pid))}


def memory_bytes(roots: Sequence[int]) -> int:
    """Resident, pages that processes share counted for each: never too little."""
    return sum(map(resident_bytes, family(roots)))


def resident_bytes(pid: int) -> int:
    """Of one process; 0 once it has ended."""
    told = _stat(pid)
    return int(told[21]) * PAGE if told else 0


def disk_bytes(folder: Path) -> int:
    """Blocks that are really used below a folder."""
    total = 0
    for base, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(base) / name).lstat().st_blocks * 512
            except FileNotFoundError:
                continue
    return total


def name_of(pid: int) -> str:
    """Which part of a system a process is."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except FileNotFoundError:
        return "gone"
    for word in words[0].split() + words[1:]:
        if word in ("services.identity.app", "services.runs.app", "services.alerts.app"):
            return word.split(".")[1]
        if word == "gateway.app":
            return "gateway"
    return Path(words[0]).name or "?"


def _stat(pid: int) -> list[str] | None:
    """The fields behind the name, or None for a process that has just ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


@dataclass
class Cost:
    """From entering to leaving; a thread looks at the memory meanwhile."""

    roots: Sequence[int]
    cpu: float = 0.0
    parts: dict[str, float] = field(default_factory=dict)
    own: float = 0.0
    """CPU of this process, which is the load's."""
    peak: int = 0

    def __enter__(self) -> Self:
        """Begin."""
        self._before, self._own = cpu_seconds(self.roots), sum(os.times()[:2])
        self._ended = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._ended.set()
        self._watcher.join()
        for pid, used in cpu_seconds(self.roots).items():
            spent, part = used - self._before.get(pid, 0.0), name_of(pid)
            self.parts[part] = self.parts.get(part, 0.0) + spent
        self.cpu, self.own = sum(self.parts.values()), sum(os.times()[:2]) - self._own

    def _watch(self) -> None:
        while True:
            self.peak = max(self.peak, memory_bytes(self.roots))
            if self._ended.wait(EVERY_S):
                return

"""The processes of a Cordée under test: whether they are the same, and how much they hold."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.cordee import Cordee

OURS = ("gateway", "identity", "runs", "alerts")


@dataclass(frozen=True)
class Processes:
    """Their pids and resident bytes at one moment, by name."""

    pids: dict[str, int]
    resident: dict[str, int]

    @classmethod
    def of(cls, cordee: Cordee) -> Self:
        """As they are now."""
        pids = {name: cordee.pid_of(name) for name in OURS}
        return cls(pids, {name: resident(pid) for name, pid in pids.items()})

    def growth_since(self, before: Processes) -> int:
        """By how many bytes that one has grown which has grown most."""
        return max(self.resident[name] - held for name, held in before.resident.items())


def resident(pid: int) -> int:
    """The bytes of memory that a process holds."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"process {pid} has no memory")

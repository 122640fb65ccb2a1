"""Children that outlived a Cordée that was killed: found by their pid files, and ended."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

GRACE_S = 8.0
"""How long a leftover may take to end by itself: mongod wants a second, a draining service more."""


def birth_of(pid: int) -> str | None:
    """What tells a process from any other that ever has its number; None once it is gone."""
    if sys.platform == "linux":
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            return None
        state, *fields = stat.rpartition(")")[2].split()
        return None if state in "ZX" else f"{_boot()} {fields[18]}"
    asked = subprocess.run(  # noqa: S603 - fixed words and a number
        ["/bin/ps", "-o", "state=,lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    state, _, started = asked.stdout.strip().partition(" ")
    return None if not started or state.startswith("Z") else started.strip()


def write_pid_file(path: Path, pid: int) -> None:
    """Note a child, so that a later start recognises it."""
    draft = path.with_name(f".{path.name}.new")
    draft.write_text(f"{pid}\n{birth_of(pid)}\n", encoding="utf-8")
    draft.replace(path)


def read_pid_file(path: Path) -> int | None:
    """The child that a pid file names, if that very process still runs."""
    try:
        number, birth, *_ = path.read_text(encoding="utf-8").splitlines()
        pid = int(number)
    except (FileNotFoundError, ValueError):
        return None
    return pid if birth_of(pid) == birth else None


async def end_leftovers(folder: Path, grace: float = GRACE_S) -> list[str]:
    """End every child noted in `folder`, first asking; the names of those that still ran.

    Whoever calls this holds the lock of the data dir, so nobody else owns these children.
    """
    files = _pid_files(folder)
    running = [path for path in files if read_pid_file(path) is not None]
    names = [path.stem for path in running]
    for path in running:
        _signal(path, signal.SIGTERM)
    deadline = asyncio.get_running_loop().time() + grace
    killed = False
    while running := [path for path in running if read_pid_file(path) is not None]:
        if not killed and asyncio.get_running_loop().time() > deadline:
            killed = True
            for path in running:
                _signal(path, signal.SIGKILL)
        await asyncio.sleep(0.02)
    for path in files:
        path.unlink(missing_ok=True)
    return names


def _pid_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.pid"))


def _signal(path: Path, number: signal.Signals) -> None:
    """Signal the child's whole group; each child leads one of its own."""
    pid = read_pid_file(path)
    if pid is None:
        return
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return  # it ended between the two lines; macOS says «not permitted» of one that is dying


def _boot() -> str:
    """Starts of processes are counted from the boot, so it belongs to them."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()

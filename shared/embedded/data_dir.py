"""The data dir: what lies where in it, and the lock that lets one Cordée use it at a time."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Self

from shared.embedded.failures import CannotStart


class DataDir:
    """One opened data dir, ours until it is closed or this process ends."""

    def __init__(self, root: Path, lock: int) -> None:
        """Use `open`; `lock` is the descriptor that holds the lock."""
        self.root = root
        self.installation = root / "installation.json"
        self.secrets = root / "secrets"
        self.mongo = root / "mongo"
        self.nats = root / "nats"
        self.blobs = root / "blobs"
        self.logs = root / "logs"
        self.run = root / "run"
        self._lock = lock

    @classmethod
    def open(cls, root: Path) -> DataDir:
        """Create what is missing and take the lock, or say in one line why that cannot be."""
        root = root.absolute()
        try:
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            opened = cls(root, _lock(root / "cordee.lock"))
            for folder in (
                opened.secrets,
                opened.mongo,
                opened.nats,
                opened.blobs,
                opened.logs,
                opened.run,
            ):
                folder.mkdir(mode=0o700, exist_ok=True)
                folder.chmod(0o700)
        except OSError as error:
            raise CannotStart(
                f"Cannot use the data dir {root}: {error.strerror}. Name another with --data-dir."
            ) from error
        return opened

    def __enter__(self) -> Self:
        """The lock is already held."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let another Cordée have it."""
        self.close()

    def close(self) -> None:
        """Let another Cordée have it."""
        os.close(self._lock)

    def log_of(self, name: str) -> Path:
        """Where the lines of one child go."""
        return self.logs / f"{name}.log"

    def pid_file_of(self, name: str) -> Path:
        """Where the number of one running child stands."""
        return self.run / f"{name}.pid"


def _lock(path: Path) -> int:
    """Take the lock. The kernel drops it with the process, so a crash leaves nothing to clear."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.read(descriptor, 20).decode(errors="replace").strip() or "unknown"
        os.close(descriptor)
        raise CannotStart(
            f"The data dir {path.parent} is in use by another Cordée (process {holder}). "
            "Stop that one, or name another with --data-dir."
        ) from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor

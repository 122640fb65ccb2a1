"""Small volumes for what Cordée writes to, filled to the last byte and emptied again."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MIB = 1024**2


@contextmanager
def volume(place: Path, size: int) -> Iterator[Volume]:
    """A tmpfs of so many bytes; only where the test may mount."""
    place.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", place],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip(f"needs the right to mount: {mounted.stderr.strip()}")
    try:
        yield Volume(place)
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


class Volume:
    """One of them."""

    def __init__(self, place: Path) -> None:
        self._filler = place / "filler"

    def fill(self) -> None:
        """Until nothing more fits, as another program would."""
        with self._filler.open("ab", buffering=0) as filler:
            for size in (MIB, 4096, 1):
                try:
                    while filler.write(b"\0" * size):
                        pass
                except OSError:
                    continue
            os.fsync(filler.fileno())

    def free(self) -> None:
        """There is room again."""
        self._filler.unlink()

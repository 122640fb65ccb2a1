"""A container's own health check: its main process has done something lately.

`python -m shared.kit.alive` exits 0 while the file that `beat` touches is fresh.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

FRESH_S = 15.0
_PULSE = Path(tempfile.gettempdir()) / "cordee-pulse"


def forget() -> None:
    """What an earlier life left, or one that is about to end."""
    _PULSE.unlink(missing_ok=True)


async def beat() -> None:
    """Touch the pulse every few seconds; a blocked event loop stops it."""
    while True:
        _PULSE.touch()
        await asyncio.sleep(3.0)


def main() -> int:
    """The exit code."""
    try:
        return int(time.time() - _PULSE.stat().st_mtime > FRESH_S)
    except FileNotFoundError:
        return 1


if __name__ == "__main__":
    sys.exit(main())

"""Peers in virtual environments of their own, at a pinned version; never a dependency of ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.servers import ROOT

PEERS = ROOT / ".venv" / "peers"


class NotInstalled(Exception):
    """It cannot be had on this machine: its row is left out."""


def python_of(requirement: str) -> Path:
    """The interpreter of a peer's environment, which is made on first use."""
    name = requirement.partition("==")[0]
    home = PEERS / name
    python = home / "bin" / "python"
    stamp = home / requirement
    if stamp.exists():
        return python
    uv = ROOT / ".venv" / "bin" / "uv"
    for command in (
        [sys.executable, "-m", "venv", "--without-pip", str(home)],
        [str(uv), "pip", "install", "--quiet", "--python", str(python), requirement],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotInstalled(done.stderr.strip()[-500:])
    stamp.touch()
    return python

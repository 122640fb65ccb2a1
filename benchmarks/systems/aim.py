"""Aim's local repository, written to by as many processes of its own client as there are writers.

Its remote server is slower by a factor of ten. There is no server to ask: the CPU is that of the
clients, which read back what they wrote.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.systems.system import System
from benchmarks.systems.venvs import python_of
from gateway.cli.benching.work import Logged, Values, Written

REQUIREMENT = "aim==3.29.1"
CLIENT = Path(__file__).with_name("aim_client.py")


class Aim(System):
    """RocksDB, through its client."""

    name = "Aim (local)"
    acknowledged = "in RocksDB's WAL, not fsynced"
    share = 0.02

    @property
    def version(self) -> str:
        """Pinned."""
        return REQUIREMENT.partition("==")[2]

    def start(self) -> None:
        """Makes the repository."""
        self._python = python_of(REQUIREMENT)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "home").mkdir()
        self._kept: dict[str, Values] = {}

    def roots(self) -> list[int]:
        """The clients are children of this process; nothing else here has any."""
        return [os.getpid()]

    async def write(self, runs: Sequence[Logged], writers: int) -> Written:
        """Each process has its part of the runs."""
        done = Written()
        parts = [list(runs[at::writers]) for at in range(min(writers, len(runs)))]
        began = time.perf_counter()
        answers = await asyncio.gather(*(self._client(part, at) for at, part in enumerate(parts)))
        for part, answer in zip(parts, answers, strict=True):
            if answer is None:
                done.refused.append("a client failed")
                continue
            done.seconds = max(done.seconds, answer)
            done.points += sum(run.points for run in part)
        done.seconds = done.seconds or time.perf_counter() - began
        return done

    async def live(self, runs: Sequence[Logged], writers: int) -> Written:
        """The same: a run is made when it is first logged to."""
        return await self.write(runs, writers)

    async def kept(self, run: Logged) -> Values:
        """What the client read back."""
        return self._kept[run.name]

    async def _client(self, runs: list[Logged], number: int) -> float | None:
        folder = self.folder / f"client{number}"
        folder.mkdir(exist_ok=True)
        np.savez(folder / "in.npz", **{run.name: run.values for run in runs})
        process = await asyncio.create_subprocess_exec(
            *(str(self._python), "-P", str(CLIENT), str(self.folder), str(folder)),
            env={**os.environ, "HOME": str(self.folder / "home")},
            stdout=asyncio.subprocess.PIPE,
            stderr=sys.stderr if "-v" in sys.argv else asyncio.subprocess.DEVNULL,
        )
        said, _ = await process.communicate()
        if process.returncode:
            return None
        with np.load(folder / "out.npz") as found:
            self._kept |= {name: found[name] for name in found.files}
        return float(json.loads(said.splitlines()[-1])["seconds"])

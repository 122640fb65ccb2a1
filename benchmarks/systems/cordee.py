"""Cordée: a whole `cordee up`, every point fsynced before it is acknowledged."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

from benchmarks.systems.system import System
from gateway.cli.benching.connection import Connection
from gateway.cli.benching.cordee import Target
from gateway.cli.benching.work import Logged, Values, Written
from tests.cordee import Cordee as Whole


class Cordee(System):
    """Each work goes to a project of its own."""

    name = "Cordée"
    acknowledged = "on disk (fsync), twice"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        self.whole = Whole(folder, port=self.port)
        self._numbers = itertools.count()
        self._places: dict[str, Target] = {}

    @property
    def version(self) -> str:
        """Of this very code."""
        return version("cordee")

    def start(self) -> None:
        """Waits for `/readyz`."""
        self.whole.start()
        self.whole.wait_ready(400)

    def stop(self) -> None:
        """SIGTERM; the folder stays."""
        self.whole.__exit__()

    def roots(self) -> list[int]:
        """The parent of all."""
        return [self.whole.process.pid]

    def target(self) -> Target:
        """A new project."""
        return Target(self.url, self.whole.admin_key, "admin", f"work{next(self._numbers)}")

    async def make(self, runs: Sequence[Logged], writers: int) -> Written:
        """In a project of their own."""
        target = self.target()
        self._places |= {run.name: target for run in runs}
        return await target.create([run.name for run in runs], writers)

    async def write(self, runs: Sequence[Logged], writers: int) -> Written:
        """A thousand steps in each request."""
        return await self._places[runs[0].name].write(runs, writers)

    async def live(self, runs: Sequence[Logged], writers: int) -> Written:
        """Two requests a run, as the SDK makes for a short one."""
        target = self.target()
        self._places |= {run.name: target for run in runs}
        return await target.live(runs, writers)

    async def kept(self, run: Logged) -> Values:
        """Through the REST API."""
        return await self._places[run.name].kept(run)

    async def metric(self, run: Logged, samples: int | None) -> None:
        """Whole as rows, or thinned as the web app draws it."""
        target = self._places[run.name]
        base = f"/runs/admin/{quote(target.project)}/{quote(run.name)}"
        asked = (
            f"{base}/history?keys={run.keys[0]}"
            if samples is None
            else f"{base}/curves?key={run.keys[0]}&points={samples}"
        )
        connection = await Connection.open(self.url)
        await connection.send(target.wire.get(asked))
        connection.close()

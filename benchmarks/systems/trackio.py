"""Trackio's own server, written to with its bulk call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson

from benchmarks.systems.system import System
from benchmarks.systems.venvs import python_of
from gateway.cli.benching.connection import Connection, request_of
from gateway.cli.benching.work import Logged, Values, Written, shared_out, timed

REQUIREMENT = "trackio==0.43.0"
TOKEN, PROJECT = "benchmark-token", "bench"
BATCH = 1_000
SERVE = """
import sys, trackio
trackio.show(open_browser=False, block_thread=True, host="127.0.0.1", server_port=int(sys.argv[1]))
"""


class Trackio(System):
    """SQLite behind one event loop."""

    name = "Trackio"
    acknowledged = "in SQLite's WAL, not fsynced"

    @property
    def version(self) -> str:
        """Pinned."""
        return REQUIREMENT.partition("==")[2]

    def start(self) -> None:
        """Its dashboard is its server."""
        self._launch(
            [str(python_of(REQUIREMENT)), "-c", SERVE, str(self.port)],
            {
                "TRACKIO_DIR": str(self.folder),
                "TRACKIO_WRITE_TOKEN": TOKEN,
                "HOME": str(self.folder),
            },
        )

    async def write(self, runs: Sequence[Logged], writers: int) -> Written:
        """A thousand steps in each call."""
        return await self._post(runs, writers, BATCH)

    async def live(self, runs: Sequence[Logged], writers: int) -> Written:
        """A run comes into being with its first point, and there is no call that ends one."""
        return await self._post(runs, writers, BATCH)

    async def kept(self, run: Logged) -> Values:
        """Metric by metric."""
        columns = []
        for key in run.keys:
            rows = await self._call("get_metric_values", project=PROJECT, run=run.name,
                                    metric_name=key)  # fmt: skip
            columns.append([row["value"] for row in sorted(rows, key=lambda row: row["step"])])
        return np.array(columns, dtype=np.float64).T

    async def metric(self, run: Logged, samples: int | None) -> None:
        """The call that its web app makes."""
        await self._call("get_metric_values", project=PROJECT, run=run.name,
                         metric_name=run.keys[0], max_points=samples)  # fmt: skip

    async def _post(self, runs: Sequence[Logged], writers: int, batch: int) -> Written:
        done = Written()
        jobs = [(run.points, self._requests(run, batch)) for run in runs]

        async def one(connection: Connection, job: tuple[int, list[bytes]]) -> None:
            for request in job[1]:
                if await timed(connection, request, done.waits, done.refused) is None:
                    return
            done.points += job[0]

        done.seconds = await shared_out(self.url, writers, jobs, one)
        return done

    def _requests(self, run: Logged, batch: int) -> list[bytes]:
        rows = [dict(zip(run.keys, row, strict=True)) for row in run.values.tolist()]
        entries = [
            {"project": PROJECT, "run": run.name, "run_id": run.name, "metrics": row, "step": step}
            for step, row in enumerate(rows)
        ]
        return [
            self._request("bulk_log", logs=entries[at : at + batch], hf_token=None)
            for at in range(0, len(entries), batch)
        ]

    def _request(self, call: str, **arguments: Any) -> bytes:
        headers = {"X-Trackio-Write-Token": TOKEN}
        return request_of(self.url, "POST", f"/api/{call}", orjson.dumps(arguments), headers)

    async def _call(self, call: str, **arguments: Any) -> Any:
        connection = await Connection.open(self.url)
        answer = orjson.loads(await connection.send(self._request(call, **arguments)))
        connection.close()
        return answer["data"]

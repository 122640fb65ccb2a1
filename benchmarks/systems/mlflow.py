"""MLflow's tracking server on SQLite, written to with `log-batch`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import numpy as np
import orjson

from benchmarks.systems.system import System
from benchmarks.systems.venvs import python_of
from gateway.cli.benching.connection import Connection, request_of
from gateway.cli.benching.work import Logged, Values, Written, shared_out, timed

REQUIREMENT = "mlflow==3.17.2"
BATCH = 1_000
"""Metrics in one call: it takes no more."""
API = "/api/2.0/mlflow"


class MLflow(System):
    """Four workers over one database, as it starts by default."""

    name = "MLflow (SQLite)"
    acknowledged = "fsynced"
    share = 0.02

    @property
    def version(self) -> str:
        """Pinned."""
        return REQUIREMENT.partition("==")[2]

    def start(self) -> None:
        """The database is made while it starts."""
        self._ids: dict[str, str] = {}
        self._launch(
            [
                *(str(python_of(REQUIREMENT)), "-m", "mlflow", "server"),
                *("--host", "127.0.0.1", "--port", str(self.port)),
                *("--backend-store-uri", f"sqlite:///{self.folder}/mlflow.db"),
                *("--artifacts-destination", str(self.folder / "artifacts")),
                # On a busy machine its workers take longer to start than they are given.
                *("--uvicorn-opts", "--timeout-worker-healthcheck 300"),
            ],
            {"HOME": str(self.folder)},
        )

    async def make(self, runs: Sequence[Logged], writers: int) -> Written:
        """A call for each."""
        made = Written()
        await shared_out(self.url, writers, runs, self._creator(made))
        return made

    async def write(self, runs: Sequence[Logged], writers: int) -> Written:
        """A hundred steps of ten metrics in each call."""
        done = Written()
        jobs = [(run, self._batches(run)) for run in runs if run.name in self._ids]

        async def one(connection: Connection, job: tuple[Logged, list[bytes]]) -> None:
            for request in job[1]:
                if await timed(connection, request, done.waits, done.refused) is None:
                    return
            done.points += job[0].points

        done.seconds = await shared_out(self.url, writers, jobs, one)
        return done

    async def live(self, runs: Sequence[Logged], writers: int) -> Written:
        """Three calls a run."""
        done = Written()
        create = self._creator(done)

        async def one(connection: Connection, run: Logged) -> None:
            await create(connection, run)
            if run.name not in self._ids:
                return
            end = {"run_id": self._ids[run.name], "status": "FINISHED", "end_time": 2}
            for request in (*self._batches(run), self._post("runs/update", end)):
                if await timed(connection, request, done.waits, done.refused) is None:
                    return
            done.points += run.points

        done.seconds = await shared_out(self.url, writers, runs, one)
        return done

    async def kept(self, run: Logged) -> Values:
        """Metric by metric, page by page."""
        columns = []
        for key in run.keys:
            found = await self._history(run, key)
            columns.append([m["value"] for m in sorted(found, key=lambda m: int(m["step"]))])
        return np.array(columns, dtype=np.float64).T

    async def metric(self, run: Logged, samples: int | None) -> None:
        """The client's call for all of it, and its web app's call for a sample."""
        if samples is None:
            await self._history(run, run.keys[0])
            return
        query = {"run_ids": self._ids[run.name], "metric_key": run.keys[0], "max_results": samples}
        await self._get(
            f"/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval?{urlencode(query)}"
        )

    async def _history(self, run: Logged, key: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        query = {"run_id": self._ids[run.name], "metric_key": key, "max_results": "25000"}
        while True:
            page = await self._get(f"{API}/metrics/get-history?{urlencode(query)}")
            found += page.get("metrics", [])
            if not page.get("next_page_token"):
                return found
            query["page_token"] = page["next_page_token"]

    def _creator(self, done: Written) -> Any:
        async def create(connection: Connection, run: Logged) -> None:
            body = {"experiment_id": "0", "run_name": run.name, "start_time": 1}
            request = self._post("runs/create", body)
            answer = await timed(connection, request, done.creations, done.refused)
            if answer is not None:
                self._ids[run.name] = orjson.loads(answer)["run"]["info"]["run_id"]

        return create

    def _batches(self, run: Logged) -> list[bytes]:
        rows, at_once = run.values.tolist(), max(1, BATCH // len(run.keys))
        return [
            self._post(
                "runs/log-batch",
                {
                    "run_id": self._ids[run.name],
                    "metrics": [
                        {"key": key, "value": value, "timestamp": step, "step": step}
                        for step, row in enumerate(rows[at : at + at_once], at)
                        for key, value in zip(run.keys, row, strict=True)
                    ],
                },
            )
            for at in range(0, len(rows), at_once)
        ]

    def _post(self, path: str, body: Any) -> bytes:
        return request_of(self.url, "POST", f"{API}/{path}", orjson.dumps(body))

    async def _get(self, path: str) -> Any:
        connection = await Connection.open(self.url)
        answer = orjson.loads(await connection.send(request_of(self.url, "GET", path)))
        connection.close()
        return answer

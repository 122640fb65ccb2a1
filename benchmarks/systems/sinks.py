"""What the machine can do at best: servers that take the very same requests and keep nothing.

They run on the HTTP server that our gateway runs on. The one answers; the other parses the body
and has it on disk, flushed, before it answers.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

import orjson

from benchmarks.systems.system import System
from gateway.cli.benching.connection import Connection
from gateway.cli.benching.cordee import LINES
from gateway.cli.benching.wire import Wire
from gateway.cli.benching.work import Logged, Written, shared_out, timed
from tests.servers import ROOT


class Sink(System):
    """Answers 200 to everything."""

    name = "sink: answers"
    acknowledged = "nowhere"
    kind = "answer"
    reads = False

    def start(self) -> None:
        """In a process of its own."""
        self._launch(
            [sys.executable, "-m", "benchmarks.systems.sinks", self.kind, str(self.port)],
            {"PYTHONPATH": str(ROOT)},
        )

    async def write(self, runs: Sequence[Logged], writers: int) -> Written:
        """The requests that Cordée gets."""
        wire = Wire(self.url, "0" * 40, "admin", "sink")
        return await self._post([(run, wire.chunks(run, LINES)) for run in runs], writers)

    async def live(self, runs: Sequence[Logged], writers: int) -> Written:
        """The same, with the one that makes the run."""
        wire = Wire(self.url, "0" * 40, "admin", "sink")
        jobs = [
            (run, [wire.creation(run.name), *wire.chunks(run, LINES, end=True)]) for run in runs
        ]
        return await self._post(jobs, writers)

    async def _post(self, jobs: Sequence[tuple[Logged, list[bytes]]], writers: int) -> Written:
        done = Written()

        async def one(connection: Connection, job: tuple[Logged, list[bytes]]) -> None:
            for request in job[1]:
                await timed(connection, request, done.waits, done.refused)
            done.points += job[0].points

        done.seconds = await shared_out(self.url, writers, jobs, one)
        return done


class DurableSink(Sink):
    """Parses, appends and flushes."""

    name = "sink: parses, fsyncs"
    acknowledged = "on disk (fdatasync)"
    kind = "flush"


def application(kind: str) -> Any:
    """A raw ASGI application."""
    file = os.open("sink", os.O_CREAT | os.O_APPEND | os.O_WRONLY) if kind == "flush" else None

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if file is not None:
            orjson.loads(body)
            os.write(file, body)
            os.fdatasync(file)
        headers = [(b"content-type", b"application/json"), (b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{}"})

    return app


def main(kind: str, port: str) -> None:
    """`python -m benchmarks.systems.sinks answer|flush PORT`."""
    import uvicorn

    uvicorn.run(
        application(kind), host="127.0.0.1", port=int(port), loop="uvloop", http="httptools",
        access_log=False, log_level="error", lifespan="off",
    )  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])

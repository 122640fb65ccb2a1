"""Real servers for tests: mongod and nats-server as in production."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Self, TypeVar

from shared.embedded import environment as told
from shared.embedded.children import Child
from shared.embedded.data_dir import DataDir
from shared.embedded.program import Program
from shared.embedded.secrets import DATABASES
from shared.embedded.servers import Servers as Embedded
from shared.messaging.grants import EVERYBODY, permissions_for

ROOT = Path(__file__).parents[1]
OPERATOR = "operator"
"""A NATS user that only tests have: everything is allowed."""

T = TypeVar("T")


def free_port() -> int:
    """A port on which nothing listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(what: str, found: Callable[[], T | None], seconds: float = 20.0) -> T:
    """The first true answer of `found`, or a failure that says what never came."""
    deadline = time.monotonic() + seconds
    while not (answer := found()):
        if time.monotonic() > deadline:
            raise AssertionError(f"Not within {seconds:.0f} s: {what}")
        time.sleep(0.02)
    return answer


class Servers:
    """mongod and nats-server in a temporary data dir, once for many tests.

    An event loop in a thread of its own looks after them, so that tests of any kind can use them.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """`folder` becomes the data dir and is kept; without it a temporary one is removed."""
        self._temporary = folder is None
        self._folder = folder or Path(tempfile.mkdtemp(prefix="cordee-"))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="servers", daemon=True)
        self._children: dict[str, Child] = {}
        self._data: DataDir
        self._embedded: Embedded
        self._programs: dict[str, Program]
        self._addresses: told.Addresses

    def __enter__(self) -> Self:
        """Start both and wait until both work."""
        self._data = DataDir.open(self._folder)
        granted = {name: permissions_for(name) for name in EVERYBODY}
        everything = {"publish": [">"], "subscribe": [">"]}
        self._embedded = Embedded(self._data, nats_users={**granted, OPERATOR: everything})
        self._programs = {program.name: program for program in self._embedded.programs()}
        self._addresses = self._where()
        self._thread.start()
        try:
            self._do(self._start(*self._programs))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop both; nothing of them stays."""
        self._do(self._stop(*self._children))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()
        self._data.close()
        if self._temporary:
            shutil.rmtree(self._folder)

    @property
    def data(self) -> DataDir:
        """The data dir."""
        return self._data

    @property
    def nats_url(self) -> str:
        """Where NATS is; sign in with `nkey_file`."""
        return self._addresses.nats_url

    @property
    def root_mongo_url(self) -> str:
        """MongoDB with every right."""
        mongod = self._embedded.mongod
        assert mongod is not None
        return mongod.root_url

    @property
    def gateway_port(self) -> int:
        """Where `environment("gateway")` tells the gateway to listen."""
        return self._addresses.port

    def nkey_file(self, user: str) -> Path:
        """The seed of a service, of the gateway, or of `OPERATOR`."""
        return self._embedded.secrets.nkey_file(user)

    def mongo_url(self, service: str) -> str:
        """MongoDB with the rights of one service."""
        return self._addresses.mongo_urls[service]

    def environment(self, service: str, **more: str) -> dict[str, str]:
        """What `cordee up` would give this process, and `more`."""
        parent = {name: value for name, value in os.environ.items() if name[:7] != "CORDEE_"}
        given = told.for_service(
            service,
            self._addresses,
            data=self._data,
            secrets=self._embedded.secrets,
            parent={**parent, "PYTHONPATH": str(ROOT)},
        )
        return {**given, **more}

    def pid_of(self, name: str) -> int:
        """The process that runs `mongod` or `nats`."""
        return self._children[name].pid

    def kill(self, name: str) -> None:
        """kill -9; it stays down until `restart`."""
        self._do(self._kill(name))

    def restart(self, name: str) -> None:
        """Stop it if it runs, start it on the same port with the same data, wait until it works."""
        self._do(self._stop(name))
        self._do(self._start(name))

    def _where(self) -> told.Addresses:
        mongod, nats = self._embedded.mongod, self._embedded.nats
        assert mongod is not None
        assert nats is not None
        port = free_port()
        return told.Addresses(
            host="127.0.0.1",
            port=port,
            public_url=f"http://127.0.0.1:{port}",
            blob_url=self._data.blobs.as_uri(),
            nats_url=nats.url,
            mongo_urls={service: mongod.url(service) for service in DATABASES},
            embedded_nats=True,
        )

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=90)

    async def _start(self, *names: str) -> None:
        async with asyncio.timeout(60), asyncio.TaskGroup() as starting:
            for name in names:
                starting.create_task(self._start_one(self._programs[name]))

    async def _start_one(self, program: Program) -> None:
        child = await Child.start(program, self._data, lambda _name, _line: None)
        self._children[program.name] = child
        ready = asyncio.ensure_future(program.ready())
        death = asyncio.ensure_future(child.wait())
        await asyncio.wait({ready, death}, return_when=asyncio.FIRST_COMPLETED)
        if death.done():
            ready.cancel()
            raise AssertionError(f"{program.name} died: {child.last_words}")
        death.cancel()
        ready.result()

    async def _stop(self, *names: str) -> None:
        for name in names:
            await self._children[name].stop(asyncio.get_running_loop().time() + 20)

    async def _kill(self, name: str) -> None:
        self._children[name].kill()
        await self._children[name].wait()

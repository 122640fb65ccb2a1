"""A load balancer as plain as can be: a connection goes to the next gateway that takes one."""

from __future__ import annotations

import asyncio
import itertools
import threading

from tests.servers import free_port

_CONNECT_S = 2.0


class Balancer:
    """Runs in a thread; knows nothing of HTTP."""

    def __init__(self) -> None:
        self._port = free_port()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="balancer", daemon=True)
        self._targets: list[tuple[str, int]] = []
        self._turns = itertools.count()
        self._carrying: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"http://127.0.0.1:{self._port}"

    def start(self, targets: list[tuple[str, int]]) -> None:
        """Begin to listen."""
        self._targets = targets
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(10)

    def stop(self) -> None:
        """Drop everything."""
        if not self._thread.is_alive():
            return
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _open(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self._port)

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._carrying:
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = next(self._turns)
        for turn in range(len(self._targets)):
            target = self._targets[(first + turn) % len(self._targets)]
            try:
                async with asyncio.timeout(_CONNECT_S):
                    there = await asyncio.open_connection(*target)
            except (OSError, TimeoutError):
                continue
            for source, sink in ((reader, there[1]), (there[0], writer)):
                task = asyncio.create_task(_carry(source, sink))
                self._carrying.add(task)
                task.add_done_callback(self._carrying.discard)
            return
        writer.transport.abort()


async def _carry(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
    except ConnectionError:
        pass
    finally:
        sink.close()

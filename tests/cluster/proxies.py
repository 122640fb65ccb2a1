"""TCP proxies before the nodes of a cluster, which cut a node off, in both directions.

What comes from a node comes from an ordinary port of loopback; the kernel's own tables tell which
process holds it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Self, TypeVar

OUTSIDE = "outside"
"""Whoever is no node: the tests' own clients."""

T = TypeVar("T")


class Proxies:
    """One proxy for each port of each node; all in one thread."""

    def __init__(self, pid_of: Callable[[str], int | None], nodes: list[str]) -> None:
        self._pid_of = pid_of
        self._nodes = nodes
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxies", daemon=True)
        self._proxies: dict[tuple[str, int], tuple[str, int]] = {}
        self._servers: list[asyncio.Server] = []
        self._whole: dict[str, asyncio.Event] = {}
        self._carrying: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def before(self, node: str, host: str, port: int) -> tuple[str, int]:
        """The address of the proxy before this port of a node."""
        if (host, port) not in self._proxies:
            self._proxies[host, port] = self._do(self._serve(node, host, port))
        return self._proxies[host, port]

    def cut(self, node: str) -> None:
        """From now on no byte of it passes; connections stay open, and new ones come to nothing."""
        self._loop.call_soon_threadsafe(self._whole[node].clear)

    def mend(self, node: str) -> None:
        """What waited goes on."""
        self._loop.call_soon_threadsafe(self._whole[node].set)

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _open(self) -> None:
        for node in (*self._nodes, OUTSIDE):
            self._whole[node] = asyncio.Event()
            self._whole[node].set()

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        for task in self._carrying:
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    async def _serve(self, node: str, host: str, port: int) -> tuple[str, int]:
        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.create_task(self._connect(node, host, port, reader, writer))
            self._carrying.add(task)
            task.add_done_callback(self._carrying.discard)

        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        self._servers.append(server)
        found: tuple[str, int] = server.sockets[0].getsockname()[:2]
        return found

    async def _connect(
        self,
        node: str,
        host: str,
        port: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        ends = [self._whole[self._holder(writer.get_extra_info("peername")[1])], self._whole[node]]
        try:
            for end in ends:
                await end.wait()
            there_reader, there_writer = await asyncio.open_connection(host, port)
        except OSError:
            writer.transport.abort()
            return
        await asyncio.gather(
            self._carry(reader, there_writer, ends), self._carry(there_reader, writer, ends)
        )

    async def _carry(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, ends: list[asyncio.Event]
    ) -> None:
        try:
            while data := await source.read(65536):
                for end in ends:
                    await end.wait()
                target.write(data)
                await target.drain()
            for end in ends:  # that a process is gone is no news either
                await end.wait()
        except ConnectionError:
            pass
        finally:
            target.close()

    def _holder(self, port: int) -> str:
        """Which node has the other end of a connection from this port of ours."""
        socket = f"socket:[{_inode(port)}]"
        for node in self._nodes:
            pid = self._pid_of(node)
            if pid is not None and socket in _open_files(pid):
                return node
        return OUTSIDE


def _inode(port: int) -> str:
    here = f"0100007F:{port:04X}"
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
            words = line.split()
            if words[1].endswith(here) and words[9] != "0":
                return words[9]
    return ""


def _open_files(pid: int) -> set[str]:
    found = set()
    try:
        for file in Path(f"/proc/{pid}/fd").iterdir():
            try:
                found.add(str(file.readlink()))
            except OSError:
                continue
    except OSError:
        pass
    return found

"""Asking a server on this machine over HTTP whether it works, without an HTTP library's weight."""

from __future__ import annotations

import asyncio


async def get(host: str, port: int, path: str, patience: float = 5.0) -> tuple[int, str]:
    """The status and the beginning of the body; status 0 when nobody answers properly."""
    try:
        async with asyncio.timeout(patience):
            return await _get(host, port, path)
    except (OSError, TimeoutError, ValueError, IndexError) as error:
        return 0, str(error)


async def _get(host: str, port: int, path: str) -> tuple[int, str]:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: {_in_url(host)}:{port}\r\n"
            "User-Agent: cordee-up\r\nConnection: close\r\n\r\n".encode()
        )
        await writer.drain()
        status = int((await reader.readline()).split()[1])
        while (await reader.readline()).strip():
            pass
        return status, (await reader.read(4096)).decode(errors="replace").strip()
    finally:
        writer.close()


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


async def port_open(host: str, port: int) -> None:
    """Return once something listens there."""
    while True:
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return

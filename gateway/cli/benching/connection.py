"""A kept-alive HTTP connection that costs next to nothing, so that the load is not the limit."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlsplit

import httptools

PATIENCE_S = 120.0


class Refused(Exception):
    """The server did not take a request: what was sent does not count."""


class Connection(asyncio.Protocol):
    """One request under way at a time, each sent as the bytes that were made beforehand."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport
        self._parser: Any = None
        self._answered: asyncio.Future[bytes] | None = None
        self._pieces: list[bytes] = []

    @classmethod
    async def open(cls, url: str) -> Connection:
        """To the server of a URL."""
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        _, made = await asyncio.get_running_loop().create_connection(
            cls, parts.hostname or "", parts.port or (443 if secure else 80), ssl=secure or None
        )
        return made

    async def send(self, request: bytes) -> bytes:
        """The body of the answer; raises Refused unless it is a success."""
        self._parser = httptools.HttpResponseParser(self)
        self._pieces = []
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        try:
            async with asyncio.timeout(PATIENCE_S):
                body = await self._answered
        except TimeoutError as error:
            raise Refused(f"no answer within {PATIENCE_S:.0f} s") from error
        status = self._parser.get_status_code()
        if not 200 <= status < 300:
            raise Refused(f"{status}: {body[:300].decode(errors='replace')}")
        return body

    def close(self) -> None:
        """At the end."""
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Called by the event loop."""
        self._parser.feed_data(data)

    def connection_lost(self, error: Exception | None) -> None:
        """Called by the event loop."""
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(Refused(f"the connection was closed ({error})"))

    def on_body(self, piece: bytes) -> None:
        """Called by the parser."""
        self._pieces.append(piece)

    def on_message_complete(self) -> None:
        """Called by the parser."""
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(b"".join(self._pieces))


def request_of(
    url: str, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> bytes:
    """A whole request as bytes."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {urlsplit(url).netloc}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        lines += ["Content-Type: application/json"]
    lines += [f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body

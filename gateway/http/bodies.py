"""Reading a request's body with a limit on what it expands to."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

from shared.errors import Invalid, TooLarge, Unavailable

MOST_RATIO = 200
_RATIO_FROM = 1024 * 1024


def announced_size(headers: Mapping[bytes, bytes]) -> int:
    """What the client says that it sends; 0 where it says nothing that could be so."""
    announced = headers.get(b"content-length", b"")
    return int(announced) if announced.isdigit() and len(announced) < 20 else 0


async def read_body(headers: Mapping[bytes, bytes], receive: Any, limit: int) -> bytes:
    """The whole body, inflated if it came as gzip. Raises TooLarge before reading too much."""
    if announced_size(headers) > limit:
        raise TooLarge(f"body: more than {limit} bytes.", field="body")
    encoding = headers.get(b"content-encoding", b"identity").lower()
    if encoding not in (b"identity", b"", b"gzip"):
        raise Invalid("Content-Encoding: must be gzip or absent.", field="content-encoding")
    inflate = _Inflater(limit) if encoding == b"gzip" else None
    pieces: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Unavailable("The client went away before its request was complete.")
        piece = message.get("body", b"")
        more = message.get("more_body", False)
        if inflate is not None:
            piece = inflate.feed(piece)
        size += len(piece)
        if size > limit:
            raise TooLarge(f"body: more than {limit} bytes.", field="body")
        pieces.append(piece)
    if inflate is not None:
        inflate.finish()
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


class _Inflater:
    """Inflates piece by piece, and stops a bomb long before it has gone off."""

    def __init__(self, limit: int) -> None:
        self._stream = zlib.decompressobj(wbits=31)
        self._limit = limit
        self._taken = self._given = 0

    def feed(self, piece: bytes) -> bytes:
        self._taken += len(piece)
        if self._taken > self._limit:
            raise TooLarge(f"body: more than {self._limit} bytes.", field="body")
        try:
            found = self._stream.decompress(piece, self._limit - self._given + 1)
        except zlib.error as error:
            raise Invalid("body: not a gzip stream.", field="body") from error
        self._given += len(found)
        bomb = self._given > _RATIO_FROM and self._given > MOST_RATIO * self._taken
        if self._given > self._limit or bomb or self._stream.unconsumed_tail:
            raise TooLarge(f"body: inflates to more than {self._limit} bytes.", field="body")
        return found

    def finish(self) -> None:
        if not self._stream.eof or self._stream.unused_data:
            raise Invalid("body: not one whole gzip stream.", field="body")

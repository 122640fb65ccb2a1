"""The headers that travel with a message, and how a body is packed."""

from __future__ import annotations

import zstandard

CALLER = "Cordee-Caller"
REQUEST = "Cordee-Request"
DEADLINE = "Cordee-Deadline"
"""Unix milliseconds after which nobody waits for the answer any more."""
ENCODING = "Cordee-Encoding"
ERROR = "Cordee-Error"
FIELD = "Cordee-Field"
RETRY_AFTER = "Cordee-Retry-After"
PARTS = "Cordee-Parts"
PARTS_FROM = "Cordee-Parts-From"
MESSAGE_ID = "Nats-Msg-Id"
NOTE = "Cordee-Note"
AT = "Cordee-At"
"""When a message was first kept, if that was in another stream: of a backup, for instance."""

_PACK_ABOVE = 64 * 1024


def one_line(text: str) -> str:
    """The text as a header may hold it: without line breaks that would begin another header."""
    return text.encode("unicode_escape").decode("ascii")


def pack(body: bytes, headers: dict[str, str]) -> bytes:
    """Compress what is worth it and say so in the headers."""
    if len(body) <= _PACK_ABOVE:
        return body
    headers[ENCODING] = "zstd"
    return zstandard.ZstdCompressor(level=1).compress(body)


def unpack(body: bytes, headers: dict[str, str] | None) -> bytes:
    """The reverse of `pack`."""
    if headers and headers.get(ENCODING) == "zstd":
        return zstandard.ZstdDecompressor().decompress(body)
    return body

"""URLs that are their own permission: bound to one object and one method, for a short while.

The SDK sends no credentials with uploads and with many downloads (wire-protocol §4.1, §4.5), so
what it was handed must be enough, and useless for anything else.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from typing import Literal
from urllib.parse import quote

import msgspec

from shared.errors import Forbidden, NotFound

Method = Literal["PUT", "GET"]

UPLOAD_S = 24 * 3600
DOWNLOAD_S = 3600


class Ticket(msgspec.Struct, array_like=True, frozen=True):
    """What a URL permits. `until` is Unix seconds."""

    method: Method
    run_id: str
    name: str
    blob: str
    until: int


class Signer:
    """Makes and reads signed paths below `/files/blobs/`."""

    def __init__(self, key: bytes, base_url: str) -> None:
        self._key = key
        self._base_url = base_url

    def url(self, method: Method, run_id: str, name: str, blob: str) -> str:
        """Absolute and percent-encoded; the file's name at its end is for people only."""
        valid = UPLOAD_S if method == "PUT" else DOWNLOAD_S
        # Rounded so that a page of links asked for twice is the same page, and can be cached.
        until = (int(time.time()) + valid) // 60 * 60
        body = msgspec.msgpack.encode(Ticket(method, run_id, name, blob, until))
        token = _text(body) + "." + _text(self._sign(body))
        return f"{self._base_url}/files/blobs/{token}/{quote(name, safe='')}"

    def read(self, token: str, method: str) -> Ticket:
        """Raises Forbidden for a bad, foreign or expired one."""
        body, _, signature = token.partition(".")
        try:
            data, signed = _bytes(body), _bytes(signature)
        except (binascii.Error, ValueError) as error:
            raise NotFound("No such file.") from error
        if not hmac.compare_digest(self._sign(data), signed):
            raise Forbidden("This link was not made by this server.")
        ticket = msgspec.msgpack.decode(data, type=Ticket)
        if ticket.until < time.time():
            raise Forbidden("This link has expired; ask for a new one.")
        allowed = ("GET", "HEAD") if ticket.method == "GET" else (ticket.method,)
        if method not in allowed:
            raise Forbidden(f"This link is for {ticket.method} only.")
        return ticket

    def _sign(self, data: bytes) -> bytes:
        return hmac.new(self._key, b"blob-url" + data, hashlib.sha256).digest()[:16]


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)

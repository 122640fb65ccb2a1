"""URLs that are their own permission: bound to one object and one method, for a short while.

The SDK sends no credentials with uploads and with many downloads (wire-protocol §4.1, §4.5), so
what it was handed must be enough, and useless for anything else.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from typing import Literal
from urllib.parse import quote

import msgspec

from shared.errors import Forbidden

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


class Upload(msgspec.Struct, array_like=True, frozen=True):
    """Bytes that may be put under one key, if their MD5 (base64) is this. `until` as above."""

    blob: str
    md5: str
    until: int


class Signer:
    """Makes and reads signed paths below `/files/`. `clock` gives Unix seconds."""

    def __init__(self, key: bytes, base_url: str, clock: Callable[[], float] = time.time) -> None:
        self._key = key
        self._base_url = base_url
        self._clock = clock

    def url(self, method: Method, run_id: str, name: str, blob: str) -> str:
        """Absolute and percent-encoded; the file's name at its end is for people only."""
        return self._signed("blobs", method, run_id, name, blob)

    def frame_url(self, run_id: str, name: str, blob: str) -> str:
        """Where HTML is shown on its own, cut off from everything."""
        return self._signed("frames", "GET", run_id, name, blob)

    def _signed(self, place: str, method: Method, run_id: str, name: str, blob: str) -> str:
        valid = UPLOAD_S if method == "PUT" else DOWNLOAD_S
        # Rounded so that a page of links asked for twice is the same page, and can be cached.
        until = (int(self._clock()) + valid) // 60 * 60
        body = _text(msgspec.msgpack.encode(Ticket(method, run_id, name, blob, until)))
        shown = quote(_shown(name), safe="")
        return f"{self._base_url}/files/{place}/{body}.{self._sign(body)}/{shown}"

    def read(self, token: str, method: str) -> Ticket:
        """Raises Forbidden for a bad, foreign or expired one."""
        body, _, signature = token.partition(".")
        # The text is signed, not the bytes: base64 has several texts for the same bytes.
        if not hmac.compare_digest(_plain(self._sign(body)), _plain(signature)):
            raise Forbidden("This link was not made by this server.")
        data = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        ticket = msgspec.msgpack.decode(data, type=Ticket)
        if ticket.until < self._clock():
            raise Forbidden("This link has expired; ask for a new one.")
        allowed = ("GET", "HEAD") if ticket.method == "GET" else (ticket.method,)
        if method not in allowed:
            raise Forbidden(f"This link is for {ticket.method} only.")
        return ticket

    def upload_url(self, upload: Upload) -> str:
        """Where one file of an artifact is put, and nothing else."""
        body = _text(msgspec.msgpack.encode(upload))
        return f"{self._base_url}/files/artifacts/{body}.{self._sign(body, b'artifact')}"

    def read_upload(self, token: str) -> Upload:
        """Raises Forbidden for a bad, foreign or expired one."""
        body, _, signature = token.partition(".")
        if not hmac.compare_digest(_plain(self._sign(body, b"artifact")), _plain(signature)):
            raise Forbidden("This link was not made by this server.")
        data = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        upload = msgspec.msgpack.decode(data, type=Upload)
        if upload.until < self._clock():
            raise Forbidden("This link has expired; ask for a new one.")
        return upload

    def until(self, seconds: float) -> int:
        """Unix seconds, so far from now."""
        return int(self._clock() + seconds)

    def _sign(self, text: str, purpose: bytes = b"blob-url") -> str:
        code = hmac.new(self._key, purpose + _plain(text), hashlib.sha256)
        return _text(code.digest()[:16])


def _shown(name: str) -> str:
    """Without what a path cannot match, such as a newline."""
    return "".join(letter if letter.isprintable() else "_" for letter in name)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _plain(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")

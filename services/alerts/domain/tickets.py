"""Tickets: text that proves that we wrote it, for links that must work without signing in."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json

from shared.errors import NotFound

UNSUBSCRIBING, CHART = "unsubscribe", "chart"
_SIGNATURE = 16


class Tickets:
    """`purpose` keeps a ticket for one thing from being one for another."""

    def __init__(self, key: str) -> None:
        self._key = hashlib.sha256(b"cordee alerts tickets\0" + key.encode()).digest()

    def write(self, purpose: str, *facts: str) -> str:
        """Safe in a URL."""
        body = json.dumps(facts, separators=(",", ":")).encode()
        return _text(self._signature(purpose, body) + body)

    def read(self, purpose: str, ticket: str) -> list[str]:
        """The facts; NotFound for what we never wrote."""
        try:
            raw = base64.urlsafe_b64decode(ticket + "=" * (-len(ticket) % 4))
        except (binascii.Error, ValueError):
            raw = b""
        signature, body = raw[:_SIGNATURE], raw[_SIGNATURE:]
        if not hmac.compare_digest(signature, self._signature(purpose, body)):
            raise NotFound("This link was not made by this server.")
        found: list[str] = json.loads(body)
        return found

    def _signature(self, purpose: str, body: bytes) -> bytes:
        return hmac.digest(self._key, purpose.encode() + b"\0" + body, "sha256")[:_SIGNATURE]


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

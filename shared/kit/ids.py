"""Identifiers: sortable by birth, safe in URLs, subjects and file names."""

from __future__ import annotations

import base64
import binascii
import os
import time
import zlib
from collections import deque

from shared.errors import Invalid

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_AT_ONCE = 128
_waiting: deque[int] = deque()
os.register_at_fork(after_in_child=_waiting.clear)  # or both would give out the same


def new_id() -> str:
    """26 characters: 48 bits of milliseconds, 80 random bits, in Crockford's base 32."""
    number = (time.time_ns() // 1_000_000) << 80 | _random_bits()
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(125, -5, -5))


def _random_bits() -> int:
    """80 of them; the kernel is asked for many at a time, which costs as much as for a few."""
    try:
        return _waiting.pop()
    except IndexError:
        many = os.urandom(10 * _AT_ONCE)
        _waiting.extend(int.from_bytes(many[at : at + 10]) for at in range(10, len(many), 10))
        return int.from_bytes(many[:10])


def stable_bucket(text: str, buckets: int) -> int:
    """The same bucket for the same text in every process and release."""
    return zlib.crc32(text.encode()) % buckets


def to_global(kind: str, own_id: str) -> str:
    """The base64 text that the SDK carries around as an `ID` (wire-protocol §7.9)."""
    return base64.b64encode(f"{kind}:{own_id}".encode()).decode()


def from_global(kind: str, global_id: str) -> str:
    """The reverse; raises Invalid for text that we never gave out as that kind."""
    try:
        found, _, own_id = base64.b64decode(global_id, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise Invalid(f"{global_id!r} is not an ID of this server.", field="id") from error
    if found != kind or not own_id:
        raise Invalid(f"{global_id!r} is not the ID of a {kind}.", field="id")
    return own_id

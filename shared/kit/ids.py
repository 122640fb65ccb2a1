"""Identifiers: sortable by birth, safe in URLs, subjects and file names."""

from __future__ import annotations

import base64
import binascii
import secrets
import time
import zlib

from shared.errors import Invalid

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id() -> str:
    """26 characters: 48 bits of milliseconds, 80 random bits, in Crockford's base 32."""
    number = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(125, -5, -5))


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

"""The form of an API key: what the gateway checks offline and identity stores as a digest.

A key is `cordee-`, 34 base62 characters from the system's random source (about 202 bits) and
six base62 characters of the CRC-32 of those 34, so that a typing error costs no database read
and secret scanners know one when they see it. The SDK wants 40 or more characters of
`[A-Za-z0-9_-]` after the first dash (wire-protocol §1.3).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
import zlib

PREFIX = "cordee-"
_BODY, _CHECK = 34, 6
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_ADOPTED = re.compile(r"[A-Za-z0-9_-]{40,256}")


def new_api_key() -> str:
    """A fresh key, to be shown once and kept only as its digest."""
    body = "".join(secrets.choice(_ALPHABET) for _ in range(_BODY))
    return f"{PREFIX}{body}{_check_digits(body)}"


def new_link_token() -> str:
    """A fresh token of a share link: 256 bits, in the form of a key and never one."""
    return f"share-{secrets.token_urlsafe(32)}"


def is_well_formed(key: str) -> bool:
    """Whether the key could be one of ours or one adopted from elsewhere."""
    return _ADOPTED.fullmatch(key) is not None


def is_mistyped(key: str) -> bool:
    """Whether this looks like a key of ours whose check digits are wrong.

    Not proof: a team may have brought along a key that begins like ours.
    """
    if not key.startswith(PREFIX):
        return False
    secret = key.removeprefix(PREFIX)
    if len(secret) != _BODY + _CHECK:
        return True
    return not hmac.compare_digest(_check_digits(secret[:_BODY]), secret[_BODY:])


def is_strong(key: str) -> bool:
    """Whether the SDK would take it: 40 or more characters after the first dash, if it has one."""
    secret = key.partition("-")[2] or key
    return is_well_formed(key) and len(secret) >= 40


def digest(key: str, pepper: bytes) -> str:
    """HMAC-SHA-256 under a pepper that lives outside the database: the only form stored.

    A slow hash is for passwords; a key has more entropy than any attacker can search.
    """
    return hmac.new(pepper, key.encode(), hashlib.sha256).hexdigest()


def hint(key: str) -> str:
    """The part of a key that may be shown again: enough to recognise, useless to an attacker."""
    return f"{key[:11]}…{key[-2:]}" if key.startswith(PREFIX) else f"{key[:4]}…"


def _check_digits(body: str) -> str:
    number, digits = zlib.crc32(body.encode()), []
    for _ in range(_CHECK):
        number, rest = divmod(number, 62)
        digits.append(_ALPHABET[rest])
    return "".join(reversed(digits))

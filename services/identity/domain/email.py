"""E-mail addresses: what one looks like, when two are the same, what may stand in a mail."""

from __future__ import annotations

import re

from shared.errors import Invalid

_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*"
    r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)
_MAX_LENGTH, _MAX_LOCAL = 254, 64


def check(address: str, *, field: str = "email") -> str:
    """The address without surrounding space; Invalid if no mail could ever reach it."""
    address = address.strip()
    fits = len(address) <= _MAX_LENGTH and address.find("@") <= _MAX_LOCAL
    if not fits or not _ADDRESS.fullmatch(address):
        raise Invalid(f"{address[:80]!r} is not an e-mail address.", field=field)
    return address


def key_of(address: str) -> str:
    """What makes two addresses the same mailbox for us: letter case does not matter."""
    return address.strip().lower()


def domain_of(address: str) -> str:
    """The part after the last @, in small letters."""
    return address.rpartition("@")[2].lower()

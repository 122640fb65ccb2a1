"""IDs of people and teams: what follows the colon is a number, because the SDK reads it as one.

It is the name, read as a number, so that nobody has to be asked whose it is.
"""

from __future__ import annotations

from typing import Literal

from shared.errors import Invalid
from shared.kit.ids import from_global, to_global

Kind = Literal["User", "Entity"]
_MOST_DIGITS = 400


def to_numbered(kind: Kind, name: str) -> str:
    """Of somebody's user name, or of an entity's name."""
    return to_global(kind, str(int.from_bytes(name.encode())))


def from_numbered(kind: Kind, global_id: str, field: str) -> str:
    """The name; Invalid, naming the field, for what was never given out as one."""
    digits = from_global(kind, global_id)
    try:
        if len(digits) > _MOST_DIGITS or not digits.isascii() or not digits.isdigit():
            raise ValueError(digits)
        number = int(digits)
        return number.to_bytes((number.bit_length() + 7) // 8).decode()
    except ValueError as error:
        raise Invalid(f"{field}: is not the ID of a {kind}.", field=field) from error

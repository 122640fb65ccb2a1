"""One line of history in the SDK's dialect of JSON, read and written without losing a digit.

The dialect has what JSON lacks: bare NaN and infinities, and integers of any size. Keys are any
text at all; dots in them may or may not mean nesting.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Final

from shared.errors import Invalid

STEP: Final = "_step"  # the SDK's own counter, in every line it sends
MAX_DEPTH = 32
EXACT = 2**53  # below this, every integral float is one integer and the other way round

Row = dict[str, object]


class Missing(Enum):
    """What stands where a row has no such key; an explicit null is None."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING


def decode_row(text: str) -> Row:
    """Read one line, or raise Invalid saying what is wrong with it."""
    row = decode_value(text)
    if not isinstance(row, dict):
        raise Invalid("A line must be a JSON object.")
    return row


def decode_value(text: str) -> object:
    """Read any one value of the dialect under the same rules as a whole line."""
    try:
        value: object = _DECODER.decode(text)
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        raise Invalid(f"A line is not JSON: {error}.") from error
    # Depth costs a bracket per level, so few brackets need no walk.
    if text.count("{") + text.count("[") > MAX_DEPTH and depth_of(value) > MAX_DEPTH:
        raise _too_deep()
    if not text.isascii() or "\\u" in text:
        _refuse_lone_surrogates(value)
    return value


def encode_row(row: Mapping[str, object]) -> str:
    """Write one line, compactly."""
    return encode_value(dict(row))


def encode_value(value: object) -> str:
    """Write a value as the SDK's own encoder does: 1.0 as `1`, but -0.0 keeps its sign."""
    return _ENCODER.encode(canonical(value))


def strict(value: object) -> object:
    """The same in plain JSON's words: NaN and the infinities become strings (contract.md)."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, dict):
        return {key: strict(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [strict(inner) for inner in value]
    return value


def flatten(row: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Each leaf with its dotted key. Lists, media (dicts with a `_type`) and `{}` are leaves.

    `{"a.b": 1, "a": {"b": 2}}` says `a.b` twice, and so does this.
    """
    for key, value in row.items():
        if isinstance(value, dict) and value and "_type" not in value:
            for rest, leaf in flatten(value):
                yield f"{key}.{rest}", leaf
        else:
            yield key, value


def dig(row: Mapping[str, object], path: str) -> object:
    """The value that `path` names, or MISSING.

    A key that literally has those dots goes before a nested one, and a longer prefix before a
    shorter one.
    """
    if path in row:
        return row[path]
    dot = path.rfind(".")
    while dot >= 0:
        inner = row.get(path[:dot])
        if isinstance(inner, dict):
            found = dig(inner, path[dot + 1 :])
            if found is not MISSING:
                return found
        dot = path.rfind(".", 0, dot)
    return MISSING


def _finite(literal: str) -> float:
    number = float(literal)
    if math.isinf(number):
        raise ValueError(f"the number {literal[:40]} is too large")
    return number


_DECODER = json.JSONDecoder(parse_float=_finite)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def canonical(value: object) -> object:
    """The value with every integral float as the integer that the SDK's encoder would print."""
    if isinstance(value, float):
        return int(value) if _prints_as_integer(value) else value
    if isinstance(value, dict):
        return {key: canonical(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [canonical(inner) for inner in value]
    return value


def _prints_as_integer(number: float) -> bool:
    return (
        number.is_integer()
        and abs(number) < EXACT
        and (number != 0 or math.copysign(1.0, number) > 0)
    )


def depth_of(value: object) -> int:
    """Counted level by level, because recursion is what we are protecting from."""
    depth, level = 0, [value]
    while containers := [inner for inner in level if isinstance(inner, dict | list)]:
        depth += 1
        level = []
        for container in containers:
            level.extend(container.values() if isinstance(container, dict) else container)
    return depth


def _refuse_lone_surrogates(value: object) -> None:
    try:
        _ENCODER.encode(value).encode()
    except UnicodeEncodeError:
        raise Invalid("A line holds half of a surrogate pair, which is no text.") from None


def _too_deep() -> Invalid:
    return Invalid(f"A line is nested deeper than {MAX_DEPTH} levels.")

"""Large files that are uploaded in parts: what is announced of them, and what completes them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from shared.errors import Invalid, TooLarge

MOST_PARTS = 10_000
"""As in S3, whose clients these are."""
_MD5 = re.compile(r"[0-9a-f]{32}")


def announced(parts: Sequence[tuple[int, str]]) -> tuple[str, ...]:
    """The MD5s of parts that are numbered from 1, in order; empty for a file in one piece."""
    name = "uploadPartsInput"
    if len(parts) > MOST_PARTS:
        raise TooLarge(f"{name}: at most {MOST_PARTS} parts.", field=name)
    for place, (number, md5) in enumerate(parts, start=1):
        if number != place:
            raise Invalid(f"{name}: part {place} is missing; parts count from 1.", field=name)
        if not _MD5.fullmatch(md5):
            raise Invalid(f"{name}: part {number} needs a hexadecimal MD5.", field=name)
    return tuple(md5 for _, md5 in parts)


def check_completed(parts: Sequence[tuple[int, str]], wanted: Sequence[str]) -> None:
    """Each part once, in order, under the ETag of the bytes that were announced."""
    for (before, _), (number, _) in pairwise(parts):
        if number == before:
            raise _bad(f"part {number} is there twice")
        if number < before:
            raise _bad(f"part {number} comes after part {before}")
    etags = dict(parts)
    for number in etags:
        if not 1 <= number <= len(wanted):
            raise _bad(f"part {number} was not announced")
    for number, md5 in enumerate(wanted, start=1):
        if number not in etags:
            raise _bad(f"part {number} is missing")
        if etags[number].strip('"').lower() != md5:
            raise _bad(f"part {number} has another ETag than its bytes would have")


def _bad(what: str) -> Invalid:
    return Invalid(f"completedParts: {what}.", field="completedParts")

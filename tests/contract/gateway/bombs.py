"""Small bodies that inflate to something large: what each is made of, and how it hides it."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

MIB = 1024 * 1024


class Bomb(NamedTuple):
    """Made when it is wanted; `statuses` are those that tell the truth about it."""

    name: str
    made: Callable[[], bytes]
    statuses: tuple[int, ...] = (413,)


def repeated(piece: bytes, mebibytes: int, *, before: bytes = b"", ends: bool = False) -> bytes:
    """Gzip of `before` and so much of a piece, without ever having it: one block, many times."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    start = squeeze.compress(before) + squeeze.flush(zlib.Z_FULL_FLUSH)
    block = squeeze.compress(piece * (MIB // len(piece))) + squeeze.flush(zlib.Z_FULL_FLUSH)
    return start + block * mebibytes + (squeeze.flush() if ends else b"")


def with_a_long_name() -> bytes:
    """Its header alone has sixty thousand bytes."""
    plain = repeated(b" ", 100)
    return plain[:3] + b"\x08" + plain[4:10] + b"x" * 60_000 + b"\0" + plain[10:]


def behind_noise() -> bytes:
    """Of an innocent ratio until its second half."""
    return gzip.compress(random.Random(1).randbytes(20 * MIB) + b" " * (40 * MIB), 1)


def behind_stored_noise() -> bytes:
    """The same, below the limit of what may come over the wire, and packed badly on purpose."""
    squeeze = zlib.compressobj(0, zlib.DEFLATED, 31)
    noise = squeeze.compress(random.Random(2).randbytes(2 * MIB)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    return noise + repeated(b"\0", 600)[10:]


def of_good_lines() -> bytes:
    """JSON to the last byte, of lines that are too large together."""
    line = b'"{\\"a\\":\\"' + b"x" * (9 * MIB) + b'\\"}"'
    body = b'{"files":{"wandb-history.jsonl":{"offset":0,"content":[' + b",".join([line] * 4)
    return gzip.compress(body + b"]}}}")


def behind_a_good_body() -> bytes:
    """A second stream behind a whole one."""
    return gzip.compress(b"{}") + repeated(b"0", 100)


def within() -> bytes:
    """A bomb inside of what is a bomb no more: read once, it is no JSON."""
    return gzip.compress(repeated(b" ", 1_000))


OPEN = b'{"files":{"wandb-history.jsonl":{"offset":0,"content":['

BOMBS = (
    Bomb("40 MiB of blanks", lambda: gzip.compress(b" " * 40 * MIB)),
    Bomb("200 MiB of blanks", partial(repeated, b" ", 200)),
    Bomb("a gibibyte of zeros", partial(repeated, b"\0", 1_024)),
    Bomb("ten gibibytes of zeros", partial(repeated, b"\0", 10_240)),
    Bomb("brackets", partial(repeated, b"[", 64)),
    Bomb("braces", partial(repeated, b'{"a":', 64)),
    Bomb("line ends", partial(repeated, b"\r\n", 64)),
    Bomb("one string without an end", partial(repeated, b"x", 64, before=b'{"uploaded":["')),
    Bomb("escapes", partial(repeated, b"\\u0041", 64, before=b'{"uploaded":["')),
    Bomb("one number without an end", partial(repeated, b"9", 64, before=b'{"exitcode":')),
    Bomb("numbers", partial(repeated, b"1,", 64, before=b'{"uploaded":[')),
    Bomb("names", partial(repeated, b'"a",', 64, before=b'{"uploaded":[')),
    Bomb("empty lines", partial(repeated, b'"{}",', 64, before=OPEN)),
    Bomb("keys that are the same", partial(repeated, b'"a":1,', 64, before=b"{")),
    Bomb("good lines", of_good_lines),
    Bomb("behind noise", behind_noise),
    Bomb("behind stored noise", behind_stored_noise),
    Bomb("with a long name", with_a_long_name),
    Bomb("with a whole end", partial(repeated, b" ", 100, before=b"{}", ends=True)),
    Bomb("behind a good body", behind_a_good_body, (400, 413, 422)),
    Bomb("within", within, (400, 413, 422)),
    Bomb("two byte letters", partial(repeated, "é".encode(), 64, before=b'{"uploaded":["')),
)

"""A file_stream body: read once, checked completely, its lines never turned into objects.

The envelope is decoded into text lines. Of a line only what must be known is looked at: that it
is one JSON object, its `_step`, and that no number or nesting in it is beyond what can be stored.
Lines that are all plain are looked at in one go, at little more than a microsecond each; only those
with a bare NaN or an infinity, or something suspicious, are read by the slow and exact decoder.
"""

from __future__ import annotations

import re
from collections.abc import Container
from contextlib import suppress
from typing import Any

import msgspec
import numpy as np

from shared.dialect import MAX_DEPTH, decode_row
from shared.errors import Invalid, TooLarge

MIB = 1024 * 1024
MOST_BODY = 32 * MIB
"""JSON escaping may double the 10 MiB of lines that the SDK puts into one request."""
MOST_TEXT = 10 * MIB + MIB // 4
MOST_LINE = 10 * MIB
MOST_LINES = 200_000
MOST_OFFSET = 2**39
"""With the lines that follow it, it keeps to the twelve digits that a frame's key has for it."""
MOST_STEP = 2**62 - 1
LONGEST_NAME = 4_096
HISTORY, EVENTS, SUMMARY, LOG = (
    "wandb-history.jsonl",
    "wandb-events.jsonl",
    "wandb-summary.json",
    "output.log",
)
STREAMS = {HISTORY: "history", EVENTS: "events", LOG: "log"}


class FileChunk(msgspec.Struct, frozen=True):
    """Consecutive lines of one file, the first of them at `offset`."""

    content: list[str]
    offset: int = 0


class Envelope(msgspec.Struct, frozen=True):
    """What the SDK may say in one request (wire-protocol §3.1); `{}` is a heartbeat."""

    files: dict[str, FileChunk] = {}
    uploaded: list[str] = []
    preempting: bool | None = None
    complete: bool | None = None
    exitcode: int | None = None


class _Step(msgspec.Struct, gc=False):
    step: int | None = msgspec.field(name="_step", default=None)


_envelopes = msgspec.json.Decoder(Envelope)
_step = msgspec.json.Decoder(_Step)
_PATH = re.compile(r" - at `\$(?P<path>.*)`$")
_BEYOND_DOUBLES = re.compile(r"[eE]\+?[0-9]{3}|[0-9]{200}")
"""What a number needs to pass a double or 4,300 digits; 199 digits and `e99` stay below."""


def read_envelope(body: bytes) -> Envelope:
    """Raises Invalid naming the field, or TooLarge naming the limit."""
    try:
        envelope = _envelopes.decode(body)
    except msgspec.ValidationError as error:
        raise _invalid(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(f"body: not JSON ({error}).", field="body") from error
    size = sum(_checked_size(name, chunk) for name, chunk in envelope.files.items())
    size += _checked_names(envelope.uploaded)
    if size > MOST_TEXT:
        raise TooLarge(f"files: more than {MOST_TEXT} bytes of lines and names.", field="files")
    if envelope.exitcode is not None and not -(2**31) <= envelope.exitcode < 2**31:
        raise Invalid("exitcode: must fit 32 bits.", field="exitcode")
    return envelope


def _checked_size(name: str, chunk: FileChunk) -> int:
    """How many bytes its lines have."""
    if name not in STREAMS and name != SUMMARY:
        known = ", ".join([*STREAMS, SUMMARY])
        raise Invalid(f"files.{name[:80]}: must be one of {known}.", field="files")
    if not 0 <= chunk.offset <= MOST_OFFSET:
        raise Invalid(f"files.{name}.offset: must be 0 to 2**39.", field=f"files.{name}.offset")
    field = f"files.{name}.content"
    if len(chunk.content) > MOST_LINES:
        raise TooLarge(f"{field}: more than {MOST_LINES} lines.", field=field)
    sizes = [size_of(line) for line in chunk.content]
    if max(sizes, default=0) > MOST_LINE:
        raise TooLarge(f"{field}: a line of over {MOST_LINE} bytes.", field=field)
    return sum(sizes)


def _checked_names(names: list[str]) -> int:
    """How many bytes they have."""
    if len(names) > MOST_LINES:
        raise TooLarge(f"uploaded: more than {MOST_LINES} names.", field="uploaded")
    sizes = [size_of(name) for name in names]
    if max(sizes, default=0) > LONGEST_NAME:
        raise Invalid(f"uploaded: a name has at most {LONGEST_NAME} bytes.", field="uploaded")
    return sum(sizes)


def size_of(text: str) -> int:
    """In bytes, as the SDK counts."""
    return len(text) if text.isascii() else len(text.encode())


def checked_rows(name: str, lines: list[str], first: int) -> tuple[list[str], int, int]:
    """The lines, each proved to be one JSON object, with the lowest and highest of their steps.

    A history line without a `_step` is given its own index as one. Raises Invalid naming the
    line that is wrong.
    """
    found, steps = _checked(name, lines)
    if name == HISTORY and None in steps:
        for index, step in enumerate(steps):
            if step is None:
                steps[index] = first + index
                found[index] = _with_step(found[index], first + index)
    known = [step for step in steps if step is not None]
    low, high = min(known, default=-1), max(known, default=-1)
    if low < -MOST_STEP or high > MOST_STEP:
        index = next(at for at, step in enumerate(steps) if step and abs(step) > MOST_STEP)
        raise _wrong_line(name, index, Invalid("must fit 62 bits.", field="._step"))
    return found, low, high


def checked_summary(lines: list[str]) -> str | None:
    """The summary's one line; the last, should there be several."""
    if not lines:
        return None
    try:
        decode_row(lines[-1])
    except Invalid as error:
        raise _wrong_line(SUMMARY, len(lines) - 1, error) from error
    return lines[-1].replace("\n", " ")


def _checked(name: str, lines: list[str]) -> tuple[list[str], list[int | None]]:
    """The lines as they are to be kept, and their steps."""
    try:
        joined = "\n".join(lines).encode()
    except UnicodeEncodeError:  # half a surrogate pair somewhere
        return _checked_singly(name, lines, range(len(lines)))
    suspects = _suspects(lines, joined)
    steps = None if suspects else _all_steps(joined, len(lines))
    return _checked_singly(name, lines, suspects) if steps is None else (list(lines), steps)


def _all_steps(joined: bytes, count: int) -> list[int | None] | None:
    """The steps of lines that msgspec takes in one go; None where one needs a closer look.

    Each begins with `{`, ends with `}` and holds no newline, so that no object can reach from
    one line into the next; as many objects as lines then means one in each.
    """
    letters = np.frombuffer(joined, np.uint8)
    seams = (letters[:-2] == ord("}")) & (letters[1:-1] == ord("\n")) & (letters[2:] == ord("{"))
    whole = joined[:1] == b"{" and joined[-1:] == b"}" and np.count_nonzero(seams) == count - 1
    if not whole or np.count_nonzero(letters == ord("\n")) != count - 1:
        return None
    try:
        rows = _step.decode_lines(joined)
    except (msgspec.MsgspecError, RecursionError):
        return None
    return [row.step for row in rows] if len(rows) == count else None


def _checked_singly(
    name: str, lines: list[str], suspects: Container[int]
) -> tuple[list[str], list[int | None]]:
    steps: list[int | None] = []
    for index, line in enumerate(lines):
        try:
            steps.append(_step_of(line, exactly=index in suspects))
        except Invalid as error:
            raise _wrong_line(name, index, error) from error
    return [line.replace("\n", " ") for line in lines], steps


def _step_of(line: str, *, exactly: bool) -> int | None:
    """Raises Invalid, with the field within the line."""
    if not exactly:
        with suppress(msgspec.MsgspecError, RecursionError):
            return _step.decode(line).step
    step = decode_row(line).get("_step")
    if step is not None and (not isinstance(step, int) or isinstance(step, bool)):
        raise Invalid("must be an integer.", field="._step")
    return step


def _suspects(lines: list[str], joined: bytes) -> frozenset[int]:
    """Lines that may nest too deep or hold a number beyond a double, found in all at once."""
    letters = np.frombuffer(joined, np.uint8)
    brackets = np.count_nonzero((letters & 0xDF) == ord("["))  # one bit apart from {
    deep = brackets > len(lines) + MAX_DEPTH - 1
    huge = _may_pass_doubles(letters)
    if not deep and not huge:
        return frozenset()
    return frozenset(
        index
        for index, line in enumerate(lines)
        if (deep and line.count("{") + line.count("[") > MAX_DEPTH)
        or (huge and _BEYOND_DOUBLES.search(line))
    )


def _may_pass_doubles(letters: np.ndarray[Any, Any]) -> bool:
    """Whether `e123`, `e+123` or very many digits stand anywhere; in a key they only cost time."""
    digits = (letters - np.uint8(ord("0"))) < 10
    exponents = (letters | 0x20) == ord("e")
    three = digits[:-2] & digits[1:-1] & digits[2:]
    if (exponents[:-3] & three[1:]).any():
        return True
    if (exponents[:-4] & (letters[1:-3] == ord("+")) & three[2:]).any():
        return True
    blocks = digits[: len(digits) // 64 * 64].reshape(-1, 64)  # 200 digits fill one of them
    likely = blocks[blocks[:, 0] & blocks[:, 21] & blocks[:, 42] & blocks[:, 63]]
    return bool(likely.all(axis=1).any())


def _with_step(line: str, step: int) -> str:
    """At the end, where it counts even if the line itself says null."""
    members = line.strip()[1:-1].strip()
    return f'{{{members}{"," if members else ""}"_step":{step}}}'


def _wrong_line(name: str, index: int, error: Invalid) -> Invalid:
    field = f"files.{name}.content[{index}]{error.field or ''}"
    return Invalid(f"{field}: {error.message}", field=field)


def _invalid(message: str) -> Invalid:
    found = _PATH.search(message)
    field = found["path"].lstrip(".") if found else "body"
    said = message[: found.start()] if found else message
    return Invalid(f"{field or 'body'}: {said}", field=field or "body")

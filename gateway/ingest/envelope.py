"""A file_stream body: read once, checked completely, its lines never turned into objects.

The envelope is decoded into text lines. Of a line only what must be known is looked at: that it
is one JSON object, its `_step`, and that no number or nesting in it is beyond what can be stored.
A chunk whose lines are plain costs under a microsecond a line; only lines with a bare NaN or an
infinity, or something suspicious, are read by the slow and exact decoder.
"""

from __future__ import annotations

import re
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
MOST_OFFSET = 2**40
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


class _Step(msgspec.Struct):
    step: int | None = msgspec.field(name="_step", default=None)


_envelopes = msgspec.json.Decoder(Envelope)
_step = msgspec.json.Decoder(_Step)
_PATH = re.compile(r" - at `\$(?P<path>.*)`$")
_STEP_FORM = re.compile(r"^\{\s*")


def read_envelope(body: bytes) -> Envelope:
    """Raises Invalid naming the field, or TooLarge naming the limit."""
    try:
        envelope = _envelopes.decode(body)
    except msgspec.ValidationError as error:
        raise _invalid(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(f"body: not JSON ({error}).", field="body") from error
    for name, chunk in envelope.files.items():
        _check_chunk(name, chunk)
    if sum(len(line) for chunk in envelope.files.values() for line in chunk.content) > MOST_TEXT:
        raise TooLarge(f"files: more than {MOST_TEXT} characters of lines.", field="files")
    for name in envelope.uploaded:
        if len(name) > LONGEST_NAME:
            raise Invalid(
                f"uploaded: a name has at most {LONGEST_NAME} characters.", field="uploaded"
            )
    if envelope.exitcode is not None and not -(2**31) <= envelope.exitcode < 2**31:
        raise Invalid("exitcode: must fit 32 bits.", field="exitcode")
    return envelope


def _check_chunk(name: str, chunk: FileChunk) -> None:
    if name not in STREAMS and name != SUMMARY:
        known = ", ".join([*STREAMS, SUMMARY])
        raise Invalid(f"files.{name[:80]}: must be one of {known}.", field="files")
    if not 0 <= chunk.offset <= MOST_OFFSET:
        raise Invalid(f"files.{name}.offset: must be 0 to 2**40.", field=f"files.{name}.offset")
    if len(chunk.content) > MOST_LINES:
        raise TooLarge(f"files.{name}.content: more than {MOST_LINES} lines.", field=name)
    if any(len(line) > MOST_LINE for line in chunk.content):
        raise TooLarge(f"files.{name}.content: a line of over {MOST_LINE} characters.", field=name)


def checked_rows(name: str, lines: list[str], first: int) -> tuple[list[str], int, int]:
    """The lines, each proved to be one JSON object, with the steps of the first and last.

    A history line without a `_step` is given its own index as one. Raises Invalid naming the
    line that is wrong.
    """
    suspects = _suspects(lines)
    found = list(lines)
    steps: list[int] = []
    for index, line in enumerate(lines):
        try:
            step = None if suspects is not None and index in suspects else _step.decode(line).step
            exact = suspects is not None and index in suspects
        except (msgspec.MsgspecError, RecursionError):
            step, exact = None, True
        if exact:
            found[index], step = _exactly(name, index, line)
        elif "\n" in line:
            found[index] = line.replace("\n", " ")
        if step is None:
            step = first + index
            if name == HISTORY:
                found[index] = _with_step(found[index], step)
        steps.append(step)
    if name == HISTORY and any(abs(step) >= 2**62 for step in steps):
        raise Invalid(f"files.{name}: _step must fit 62 bits.", field=f"files.{name}._step")
    return found, min(steps, default=-1), max(steps, default=-1)


def checked_summary(lines: list[str]) -> str | None:
    """The summary's one line; the last, should there be several."""
    if not lines:
        return None
    checked, _, _ = checked_rows(SUMMARY, lines[-1:], 0)
    return checked[0]


def _suspects(lines: list[str]) -> frozenset[int] | None:
    """Lines that may nest too deep or hold a number beyond a double, found in all at once."""
    text = "\n".join(lines).encode("utf-8", "surrogatepass")
    data = np.frombuffer(text, dtype=np.uint8)
    brackets = np.count_nonzero((data == 0x7B) | (data == 0x5B))
    deep = brackets > len(lines) + MAX_DEPTH - 1
    huge = _has_three_digit_exponent(data)
    if not deep and not huge:
        return None
    return frozenset(
        index
        for index, line in enumerate(lines)
        if (deep and line.count("{") + line.count("[") > MAX_DEPTH)
        or (huge and _EXPONENT.search(line))
    )


_EXPONENT = re.compile(r"[eE]\+?[0-9]{3}")


def _has_three_digit_exponent(data: np.ndarray[Any, Any]) -> bool:
    """Whether `e123` or `e+123` stands anywhere; in a key it only costs time."""
    at = np.flatnonzero((data[:-3] | 0x20) == 0x65) if len(data) > 3 else np.empty(0, np.int64)
    at = at + 1
    at = at + (data[at] == 0x2B)
    at = at[at + 2 < len(data)]
    digits = (data[at] - 0x30 < 10) & (data[at + 1] - 0x30 < 10) & (data[at + 2] - 0x30 < 10)
    return bool(digits.any())


def _exactly(name: str, index: int, line: str) -> tuple[str, int | None]:
    try:
        row = decode_row(line)
    except Invalid as error:
        field = f"files.{name}.content[{index}]"
        raise Invalid(f"{field}: {error.message}", field=field) from error
    step = row.get("_step")
    if step is not None and (not isinstance(step, int) or isinstance(step, bool)):
        field = f"files.{name}.content[{index}]._step"
        raise Invalid(f"{field}: must be an integer.", field=field)
    return line.replace("\n", " "), step


def _with_step(line: str, step: int) -> str:
    rest = _STEP_FORM.sub("", line, count=1)
    comma = "" if rest.startswith("}") else ","
    return f'{{"_step":{step}{comma}{rest}'


def _invalid(message: str) -> Invalid:
    found = _PATH.search(message)
    field = found["path"].lstrip(".") if found else "body"
    said = message[: found.start()] if found else message
    return Invalid(f"{field or 'body'}: {said}", field=field or "body")

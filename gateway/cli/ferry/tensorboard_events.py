"""TensorBoard's event files, read without TensorBoard: records of a few fields of protobuf.

A file that is still being written, or that a crash cut short, ends in half a record: what is
before it counts, as it does for TensorBoard.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from gateway.cli.ferry.cargo import Trouble

_LONGEST = 2**31
_HEADER, _FOOTER = struct.Struct("<QI"), 4
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_FLOAT, _DOUBLE, _INT32, _STRING, _INT64 = 1, 2, 3, 7, 9
_CONTENT = {_FLOAT: "<f", _DOUBLE: "<d", _INT32: "<i", _INT64: "<q"}
"""Types of tensors whose single value may stand in `tensor_content`."""
_LISTED = {5: "<f", 6: "<d"}

Field = tuple[int, int | bytes]


@dataclass(frozen=True, slots=True)
class Seen:
    """One value of one tag: a number, or a text."""

    tag: str
    value: float | str
    step: int
    at: float


def read(path: Path) -> Iterator[Seen]:
    """In the order of the file. What is neither a number nor a text is passed over."""
    with path.open("rb") as file:
        for record in _records(file, path):
            at, step, values = 0.0, 0, []
            for number, value in _fields(record):
                if number == 1 and isinstance(value, bytes):
                    at = struct.unpack("<d", value)[0]
                elif number == 2 and isinstance(value, int):
                    step = value - 2**64 if value >= 2**63 else value
                elif number == 5 and isinstance(value, bytes):
                    values += [one for kind, one in _fields(value) if kind == 1]
            for one in values:
                seen = _seen(one, step, at) if isinstance(one, bytes) else None
                if seen is not None:
                    yield seen


def _records(file: IO[bytes], path: Path) -> Iterator[bytes]:
    while len(header := file.read(_HEADER.size)) == _HEADER.size:
        length, checksum = _HEADER.unpack(header)
        if checksum != masked_crc(header[:8]) or length > _LONGEST:
            raise Trouble(f"{path}: is damaged at byte {file.tell() - _HEADER.size}")
        record = file.read(length)
        if len(record) < length or len(file.read(_FOOTER)) < _FOOTER:
            return
        yield record


def _seen(value: bytes, step: int, at: float) -> Seen | None:
    tag, found = "", None
    for number, inner in _fields(value):
        if number == 1 and isinstance(inner, bytes):
            tag = inner.decode("utf-8", "replace")
        elif number == 2 and isinstance(inner, bytes):
            found = struct.unpack("<f", inner)[0]
        elif number == 8 and isinstance(inner, bytes):
            found = _of_tensor(inner)
    return None if found is None or not tag else Seen(tag, found, step, at)


def _of_tensor(tensor: bytes) -> float | str | None:
    """The one number or text in it; None of anything larger or of another type."""
    kind, content = 0, b""
    listed: float | str | None = None
    for number, value in _fields(tensor):
        if number == 1 and isinstance(value, int):
            kind = value
        elif number == 4 and isinstance(value, bytes):
            content = value
        elif number == 8 and isinstance(value, bytes):
            listed = value.decode("utf-8", "replace")
        elif number in _LISTED and isinstance(value, bytes):
            form = _LISTED[number]
            listed = struct.unpack(form, value)[0] if len(value) == struct.calcsize(form) else None
        elif number in (7, 10) and isinstance(value, int):
            listed = value
    if kind == _STRING:
        return listed if isinstance(listed, str) else None
    form = _CONTENT.get(kind, "")
    if form and len(content) == struct.calcsize(form):
        return float(struct.unpack(form, content)[0])
    return listed if isinstance(listed, int | float) and kind in _CONTENT else None


def _fields(message: bytes) -> Iterator[Field]:
    """Number and value of each field, as protobuf writes them."""
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        number, wire = key >> 3, key & 7
        if wire == _VARINT:
            value, place = _varint(message, place)
            yield number, value
            continue
        if wire == _BYTES:
            size, place = _varint(message, place)
        elif wire in (_FIXED64, _FIXED32):
            size = 8 if wire == _FIXED64 else 4
        else:
            return
        if place + size > len(message):
            return
        yield number, message[place : place + size]
        place += size


def _varint(message: bytes, place: int) -> tuple[int, int]:
    found = shift = 0
    while place < len(message):
        byte = message[place]
        found |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            break
    return found, place


def masked_crc(data: bytes) -> int:
    """CRC-32C, turned and moved as TFRecord does, so that a checksum of checksums is none."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF

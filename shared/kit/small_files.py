"""Files of a local store that are read and put in one go: one hop to a thread, not one a piece.

What a folder of ten thousand small files costs is what each of them costs besides its bytes.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from shared.kit.ids import new_id


class Whole(NamedTuple):
    """A file's bytes, and the tag that is another one for other bytes."""

    data: bytes
    tag: str


def read(path: Path, most: int) -> Whole | None:
    """All of one version of it; None for one of more than so many bytes. Raises OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        about = os.fstat(handle)
        if about.st_size > most:
            return None
        return Whole(_all_of(handle, about.st_size), tag_of(about))
    finally:
        os.close(handle)


def place(folder: Path, target: Path, data: bytes) -> None:
    """Write beside, then put in its place at once; `folder` is for what is not yet whole."""
    growing = folder / new_id()
    try:
        _write(growing, data)
        _replace(growing, target)
    except BaseException:
        growing.unlink(missing_ok=True)
        raise


def tag_of(about: os.stat_result) -> str:
    """As obstore makes it of a local file, for larger ones have theirs from there."""
    return f"{about.st_ino:x}-{about.st_mtime_ns // 1000:x}-{about.st_size:x}"


def _all_of(handle: int, size: int) -> bytes:
    data = os.read(handle, size)
    while len(data) < size:  # a network file system may give less at a time
        more = os.read(handle, size - len(data))
        if not more:
            raise OSError("the file became shorter while it was read")
        data += more
    return data


def _write(path: Path, data: bytes) -> None:
    try:
        file = path.open("xb", buffering=0)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("xb", buffering=0)
    rest = memoryview(data)
    with file:
        while rest:
            rest = rest[file.write(rest) :]


def _replace(source: Path, target: Path) -> None:
    try:
        source.replace(target)
    except FileNotFoundError:
        target.parent.mkdir(parents=True, exist_ok=True)
        source.replace(target)

"""Large objects that arrive in parts: kept beside their place in a folder, or by a bucket."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import obstore

from shared.errors import Invalid, NotFound
from shared.kit.blob_faults import words
from shared.kit.ids import new_id

_PIECE = 4 * 1024 * 1024
MOST_AT_ONCE, _COPIED_PIECE = 5 * 1024**3, 1024**3
_BESIDE = ".parts/"


def part_key(key: str, number: int) -> str:
    """Where a part is kept that came through the gateway."""
    return f"{key}{_BESIDE}{number}"


def whole_key(key: str) -> str:
    """Of the object that a key is a part of; any other key is its own."""
    return key.partition(_BESIDE)[0]


class Parts(Protocol):
    """Uploads in parts, which are numbered from 1."""

    async def begin(self, key: str) -> str:
        """The name of a new upload."""

    def url(self, key: str, upload: str, number: int, seconds: float) -> str | None:
        """Where a part is put; None where parts go through the gateway, to their `part_key`."""

    async def join(self, key: str, upload: str, md5: str, part_md5s: Sequence[str]) -> None:
        """Make one durable object of them, whose MD5 was computed and is this.

        Raises Invalid for a part that is not there or not those bytes, and for another MD5 of
        the whole, NotFound where there is no such upload. Doing it again is harmless.
        """

    async def abandon(self, key: str, upload: str) -> None:
        """Forget what was put; unknown is fine."""

    async def copy(self, source: str, target: str, size: int) -> bool:
        """An object that is too large to be copied at once; False where none is."""

    def unfinished(self, prefix: str, before: datetime) -> AsyncIterator[tuple[str, str]]:
        """Keys and uploads that were begun before, where objects beside them do not tell."""


class FolderParts:
    """Parts are files beside the place of the whole; the gateway has compared each one's MD5."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def begin(self, key: str) -> str:
        """A name is all it takes."""
        return new_id()

    def url(self, key: str, upload: str, number: int, seconds: float) -> str | None:
        """They go through the gateway."""
        return None

    async def join(self, key: str, upload: str, md5: str, part_md5s: Sequence[str]) -> None:
        """One after the other into a file that takes its place when its MD5 is right.

        A part at a time, so that this can be given up between two. The parts stay until then:
        whatever stops this, the next try finds them.
        """
        target = self._folder / key
        beside = self._folder / f"{key}{_BESIDE}"
        growing = beside / f"whole-{new_id()}"
        whole = hashlib.md5(usedforsecurity=False)
        with words():
            try:
                for number in range(1, len(part_md5s) + 1):
                    await asyncio.to_thread(_append, beside / str(number), growing, whole)
                if whole.hexdigest() != md5:
                    raise _other_bytes()
                await asyncio.to_thread(_settle, growing, target)
            except FileNotFoundError as error:
                if not await asyncio.to_thread(target.exists):  # else another was quicker
                    raise _absent(Path(error.filename or "").name) from error
            finally:
                await asyncio.to_thread(growing.unlink, missing_ok=True)
        await self.abandon(key, upload)

    async def abandon(self, key: str, upload: str) -> None:
        """All that lies beside the place of the whole."""
        await asyncio.to_thread(shutil.rmtree, self._folder / f"{key}{_BESIDE}", True)

    async def copy(self, source: str, target: str, size: int) -> bool:
        """A file by a second name is of any size."""
        return False

    async def unfinished(self, prefix: str, before: datetime) -> AsyncIterator[tuple[str, str]]:
        """None: parts are objects like any other, and found as such."""
        return
        yield


class BucketParts:
    """The bucket's own uploads in parts, which obstore uses but has no links for."""

    def __init__(self, url: str, store: Any) -> None:
        """`s3://bucket/prefix`; nothing is asked of it before the first upload in parts."""
        self._url = url
        self._store = store
        self._found: Any = None

    async def begin(self, key: str) -> str:
        """As the bucket calls it."""
        bucket = await asyncio.to_thread(self._bucket)
        return str(await asyncio.to_thread(bucket.begin, key))

    def url(self, key: str, upload: str, number: int, seconds: float) -> str | None:
        """The bucket's own, presigned."""
        return str(self._bucket().part_url(key, upload, number, int(seconds)))

    async def join(self, key: str, upload: str, md5: str, part_md5s: Sequence[str]) -> None:
        """What went past us is read once: a bucket knows only the MD5s of the parts."""
        bucket = await asyncio.to_thread(self._bucket)
        try:
            _check(await asyncio.to_thread(bucket.there, key, upload), part_md5s)
            await asyncio.to_thread(bucket.finish, key, upload, part_md5s)
        except NotFound:
            with words():  # or it was joined before
                await obstore.head_async(self._store, key)
        if await self._md5(key) != md5:
            with words():
                await obstore.delete_async(self._store, key)
            raise _other_bytes()

    async def _md5(self, key: str) -> str:
        whole = hashlib.md5(usedforsecurity=False)
        with words():
            found = await obstore.get_async(self._store, key)
            async for piece in found.stream(min_chunk_size=_PIECE):
                await asyncio.to_thread(whole.update, piece)
        return whole.hexdigest()

    async def abandon(self, key: str, upload: str) -> None:
        """The bucket gives up what it has of it."""
        bucket = await asyncio.to_thread(self._bucket)
        with suppress(NotFound):
            await asyncio.to_thread(bucket.abandon, key, upload)

    async def copy(self, source: str, target: str, size: int) -> bool:
        """Five gibibytes are the most that S3 copies in one request."""
        if size <= MOST_AT_ONCE:
            return False
        bucket = await asyncio.to_thread(self._bucket)
        await asyncio.to_thread(bucket.copy, source, target, size, _COPIED_PIECE)
        return True

    async def unfinished(self, prefix: str, before: datetime) -> AsyncIterator[tuple[str, str]]:
        """A bucket keeps parts out of sight for ever, unless it is told otherwise."""
        bucket = await asyncio.to_thread(self._bucket)
        for key, upload, at in await asyncio.to_thread(bucket.unfinished, prefix):
            if at < before:
                yield key, upload

    def _bucket(self) -> Any:
        if self._found is None:
            from shared.kit.bucket import Bucket  # a large library, which a local store spares

            self._found = Bucket(self._url)
        return self._found


def _append(part: Path, growing: Path, whole: Any) -> None:
    with part.open("rb") as source, growing.open("ab") as target:
        while piece := source.read(_PIECE):
            whole.update(piece)
            target.write(piece)


def _settle(growing: Path, target: Path) -> None:
    with growing.open("rb") as file:
        os.fsync(file.fileno())
    growing.replace(target)
    handle = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _check(there: Mapping[int, str], part_md5s: Sequence[str]) -> None:
    for number, part in enumerate(part_md5s, start=1):
        if number not in there:
            raise _absent(str(number))
        if there[number] != part:
            raise Invalid(
                f"completedParts: part {number} has other bytes than announced.",
                field="completedParts",
            )


def _absent(number: str) -> Invalid:
    return Invalid(f"completedParts: part {number} was not uploaded.", field="completedParts")


def _other_bytes() -> Invalid:
    return Invalid(
        "completedParts: the parts together have another MD5 than announced.",
        field="completedParts",
    )

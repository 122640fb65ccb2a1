"""The blob store: a local directory or an S3-compatible bucket, behind the same few verbs."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlparse

import obstore
from obstore.exceptions import PreconditionError
from obstore.store import LocalStore, from_url

from shared.errors import Invalid, NotFound
from shared.kit import small_files
from shared.kit.blob_faults import words
from shared.kit.ids import new_id
from shared.kit.parts import BucketParts, FolderParts, Parts
from shared.kit.small_files import Whole

_MOST_SYNCS = 32
"""Above so many files one sync of everything is cheaper than one for each."""
_PIECE = 1024 * 1024


def store_at(url: str) -> obstore.store.ObjectStore:
    """`file:///dir` (made when absent) or whatever URL obstore knows, such as `s3://b/p`."""
    parsed = urlparse(url)
    if parsed.scheme != "file":
        return from_url(url)
    folder = Path(unquote(parsed.path))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return LocalStore(prefix=folder)


class Blobs:
    """Bytes by key. Keys are ours (hashes and ids), never a user's text."""

    def __init__(self, url: str) -> None:
        """A URL as `store_at` takes it."""
        parsed = urlparse(url)
        self._store: Any = store_at(url)
        self.local: Path | None = None
        self.parts: Parts | None = None
        """Of large objects; None where they have to come in one piece."""
        if parsed.scheme == "file":
            self.local = Path(unquote(parsed.path))
            self.parts = FolderParts(self.local)
        elif parsed.scheme == "s3":
            self.parts = BucketParts(url, self._store)

    async def put(self, key: str, data: bytes) -> None:
        """On disk when it returns."""
        with words():
            await obstore.put_async(self._store, key, data)
            await self._sync(key)

    async def put_stream(
        self, key: str, chunks: AsyncIterator[bytes], *, durable: bool = True
    ) -> None:
        """The same for bytes that come in pieces; nothing is visible before the last.

        Not durable is enough for what is renamed to its place afterwards.
        """
        with words():
            if self.local is not None:
                await _write(self.local / key, chunks)
            else:
                await obstore.put_async(
                    self._store, key, chunks, chunk_size=8 * 1024 * 1024, max_concurrency=2
                )
            if durable:
                await self._sync(key)

    async def put_small(self, key: str, data: bytes) -> None:
        """All at once, in the place of what was there; to be settled later, with others."""
        with words():
            if self.local is not None:
                incoming, target = self.local / "incoming", self.local / key
                await asyncio.to_thread(small_files.place, incoming, target, data)
            else:
                await obstore.put_async(self._store, key, data)

    async def small(self, key: str, most: int) -> Whole | None:
        """A local file of at most so many bytes, which is read at once; raises NotFound."""
        if self.local is None:
            return None
        with words():
            return await asyncio.to_thread(small_files.read, self.local / key, most)

    async def get(self, key: str) -> bytes:
        """The whole of it; raises NotFound."""
        with words():
            result = await obstore.get_async(self._store, key)
            return bytes(await result.bytes_async())

    async def stamp(self, key: str) -> tuple[int, str]:
        """Size in bytes, and a tag that is another one for other bytes; raises NotFound."""
        with words():
            about = await obstore.head_async(self._store, key)
        return int(about["size"]), str(about["e_tag"]).strip('"')

    async def size(self, key: str) -> int:
        """In bytes; raises NotFound."""
        with words():
            return int((await obstore.head_async(self._store, key))["size"])

    async def verified_size(self, key: str, md5: str, part_md5s: Sequence[str] = ()) -> int:
        """In bytes; raises NotFound, or Invalid where the bytes are not those of that MD5.

        What a local store has came through the gateway, which has read every byte. What a bucket
        has went past us: its ETag is the MD5 of an object that was put in one piece.
        """
        with words():
            found = await obstore.head_async(self._store, key)
        if self.local is None:
            tag = str(found["e_tag"] or "").strip('"')
            if tag != _etag(md5, part_md5s):
                raise Invalid("files: other bytes were uploaded than announced.", field="files")
        return int(found["size"])

    def presigned(self, method: Literal["GET", "PUT"], key: str, seconds: float) -> str | None:
        """A URL of the bucket's own for one object; None where bytes go through the gateway."""
        if self.local is not None:
            return None
        return str(obstore.sign(self._store, method, key, timedelta(seconds=seconds)))

    async def open(self, key: str, start: int, end: int, tag: str) -> AsyncIterator[bytes] | None:
        """Bytes `[start, end)` in pieces of a mebibyte or so, all of one version of the object.

        None if it is no longer the one of that `stamp`; raises NotFound.
        """
        condition: Any = {"range": (start, end), "if_match": f'"{tag}"'}
        with words():
            try:
                found = await obstore.get_async(self._store, key, options=condition)
            except PreconditionError:
                return None
        return _pieces(found)

    async def older(self, prefix: str, before: datetime) -> AsyncIterator[list[str]]:
        """Keys below a prefix whose bytes were written before, a few hundred at a time."""
        batches = obstore.list(self._store, prefix=prefix, chunk_size=500)
        while True:
            with words():
                batch = await anext(batches, None)
            if batch is None:
                return
            yield [one["path"] for one in batch if one["last_modified"] < before]

    async def incoming(self, before: datetime) -> list[str]:
        """What was begun to be put before, and left by a process that was killed.

        A local store writes beside the object's name, where a list of objects does not look.
        """
        if self.local is None:
            return [key async for keys in self.older("incoming/", before) for key in keys]
        return await asyncio.to_thread(_older_files, self.local / "incoming", before)

    async def rename(self, source: str, target: str, *, durable: bool = True) -> None:
        """Put what is at `source` in the place of `target`, at once.

        Not durable is enough for what is settled later, together with others.
        """
        with words():
            await obstore.rename_async(self._store, source, target, overwrite=True)
            if durable:
                await self._sync(target)

    async def settle(self, keys: Sequence[str]) -> None:
        """What was renamed there is on disk when it returns; many cost little more than one."""
        if self.local is None or not keys:
            return
        if len(keys) > _MOST_SYNCS:
            await asyncio.to_thread(os.sync)
            return
        with words():
            for key in keys:
                await self._sync(key)

    async def copy(self, source: str, target: str, size: int = 0) -> None:
        """The same bytes under another key; raises NotFound.

        `size` is to be said of what may have arrived in parts. In a local store the copy is as
        old as its source, for they are one file by two names.
        """
        if self.parts is not None and await self.parts.copy(source, target, size):
            return
        with words():
            await obstore.copy_async(self._store, source, target)
            await self._sync(target)

    async def delete(self, key: str) -> None:
        """Forget it; absent is fine."""
        with suppress(NotFound), words():
            if self.local is not None:  # obstore has another spelling for what it was writing
                await asyncio.to_thread((self.local / key).unlink)
            else:
                await obstore.delete_async(self._store, key)

    async def _sync(self, key: str) -> None:
        """obstore leaves a local file to the page cache; an acknowledged byte must be on disk."""
        if self.local is not None:
            await asyncio.to_thread(_fsync, self.local / key)


async def _pieces(found: Any) -> AsyncIterator[bytes]:
    pieces = aiter(found.stream(min_chunk_size=1024 * 1024))
    while True:
        with words():
            piece = await anext(pieces, None)
        if piece is None:
            return
        yield bytes(piece)


def _etag(md5: str, part_md5s: Sequence[str]) -> str:
    """What S3 calls an object: of parts, the MD5 of their MD5s and how many there are."""
    if not part_md5s:
        return md5
    parts = b"".join(bytes.fromhex(part) for part in part_md5s)
    return f"{hashlib.md5(parts, usedforsecurity=False).hexdigest()}-{len(part_md5s)}"


async def _write(target: Path, chunks: AsyncIterator[bytes]) -> None:
    """A piece at a time, for fifty parts of a large file may come at once; obstore holds more."""
    growing = target.with_name(f"{target.name}#{new_id()}")
    waiting: list[bytes] = []
    size = 0
    try:
        async for chunk in chunks:
            waiting.append(chunk)
            size += len(chunk)
            if size >= _PIECE:
                await asyncio.to_thread(_append, growing, waiting)
                waiting, size = [], 0
        await asyncio.to_thread(_append, growing, waiting, target)
    except BaseException:
        await asyncio.to_thread(growing.unlink, missing_ok=True)
        raise


def _append(growing: Path, pieces: Sequence[bytes], target: Path | None = None) -> None:
    """With a target it was the last of it."""
    try:
        file = growing.open("ab")
    except FileNotFoundError:
        growing.parent.mkdir(parents=True, exist_ok=True)
        file = growing.open("ab")
    with file:
        file.writelines(pieces)
    if target is not None:
        growing.replace(target)


def _older_files(folder: Path, before: datetime) -> list[str]:
    if not folder.is_dir():
        return []
    limit, found = before.timestamp(), []
    with os.scandir(folder) as files:
        for one in files:
            with suppress(FileNotFoundError):  # it is in its place by now
                if one.stat().st_mtime < limit:
                    found.append(f"{folder.name}/{one.name}")
    return found


def _fsync(path: Path) -> None:
    for place in (path, path.parent):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

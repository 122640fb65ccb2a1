"""The blob store: a local directory or an S3-compatible bucket, behind the same few verbs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import obstore
from obstore.exceptions import NotFoundError as BlobNotFound
from obstore.store import LocalStore, from_url

from shared.errors import NotFound


class Blobs:
    """Bytes by key. Keys are ours (hashes and ids), never a user's text."""

    def __init__(self, url: str) -> None:
        """`file:///dir` (made when absent) or whatever URL obstore knows, such as `s3://b/p`."""
        parsed = urlparse(url)
        self.local: Path | None = None
        if parsed.scheme == "file":
            self.local = Path(unquote(parsed.path))
            self.local.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._store: Any = LocalStore(prefix=self.local)
        else:
            self._store = from_url(url)

    async def put(self, key: str, data: bytes) -> None:
        """On disk when it returns."""
        await obstore.put_async(self._store, key, data)
        await self._sync(key)

    async def put_stream(self, key: str, chunks: AsyncIterator[bytes]) -> None:
        """The same for bytes that come in pieces; nothing is visible before the last."""
        await obstore.put_async(self._store, key, chunks, chunk_size=8 * 1024 * 1024)
        await self._sync(key)

    async def get(self, key: str) -> bytes:
        """The whole of it; raises NotFound."""
        try:
            result = await obstore.get_async(self._store, key)
            return bytes(await result.bytes_async())
        except (BlobNotFound, FileNotFoundError) as error:
            raise NotFound("The bytes are not there.") from error

    async def size(self, key: str) -> int:
        """In bytes; raises NotFound."""
        try:
            return int((await obstore.head_async(self._store, key))["size"])
        except (BlobNotFound, FileNotFoundError) as error:
            raise NotFound("The bytes are not there.") from error

    async def stream(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """Bytes `[start, end)` in pieces of a mebibyte or so."""
        step = 1024 * 1024
        for at in range(start, end, step):
            piece = await obstore.get_range_async(
                self._store, key, start=at, end=min(end, at + step)
            )
            yield bytes(piece)

    async def rename(self, source: str, target: str) -> None:
        """Put what is at `source` in the place of `target`, at once."""
        await obstore.rename_async(self._store, source, target, overwrite=True)
        await self._sync(target)

    async def copy(self, source: str, target: str) -> None:
        """The same bytes under another key."""
        await obstore.copy_async(self._store, source, target)
        await self._sync(target)

    async def delete(self, key: str) -> None:
        """Forget it; absent is fine."""
        try:
            await obstore.delete_async(self._store, key)
        except (BlobNotFound, FileNotFoundError):
            return

    async def _sync(self, key: str) -> None:
        """obstore leaves a local file to the page cache; an acknowledged byte must be on disk."""
        if self.local is not None:
            await asyncio.to_thread(_fsync, self.local / key)


def _fsync(path: Path) -> None:
    for place in (path, path.parent):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

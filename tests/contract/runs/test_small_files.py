"""Small files of a local store: the same bytes, tags and failures as those that come in pieces."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from shared.errors import NotFound, Unavailable
from shared.kit.blobs import Blobs
from shared.kit.small_files import read


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path.as_uri())


async def test_bytes_and_tag_are_those_of_the_other_way(blobs: Blobs) -> None:
    await blobs.put_small("deep/in/one", b"bytes")
    size, tag = await blobs.stamp("deep/in/one")
    assert await blobs.small("deep/in/one", 5) == (b"bytes", tag)
    assert size == 5
    pieces = await blobs.open("deep/in/one", 1, 3, tag)
    assert pieces is not None
    assert [piece async for piece in pieces] == [b"yt"]
    assert await blobs.get("deep/in/one") == b"bytes"


async def test_a_larger_one_is_left_to_the_other_way(blobs: Blobs) -> None:
    await blobs.put_small("one", b"bytes")
    assert await blobs.small("one", 4) is None


async def test_what_is_replaced_is_replaced_whole(blobs: Blobs) -> None:
    await blobs.put_small("one", b"a" * 100_000)

    async def replace() -> None:
        for letter in (b"b", b"c") * 50:
            await blobs.put_small("one", letter * 100_000)

    replacing = asyncio.create_task(replace())
    while not replacing.done():
        whole = await blobs.small("one", 100_000)
        assert whole is not None
        assert whole.data in (b"a" * 100_000, b"b" * 100_000, b"c" * 100_000)
    await replacing


async def test_nothing_is_left_beside(blobs: Blobs, tmp_path: Path) -> None:
    await blobs.put_small("one", b"bytes")
    with pytest.raises(Unavailable):
        await blobs.put_small("one/below", b"bytes")
    assert list((tmp_path / "incoming").iterdir()) == []
    assert await blobs.get("one") == b"bytes"


async def test_what_is_not_there_is_not_found(blobs: Blobs) -> None:
    with pytest.raises(NotFound):
        await blobs.small("one", 5)


def test_a_file_that_shrinks_meanwhile_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "one"
    path.write_bytes(b"bytes")
    real = os.fstat

    def before(handle: int) -> os.stat_result:
        found = real(handle)
        path.write_bytes(b"b")
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shared.kit.small_files.os.fstat", before)
        with pytest.raises(OSError, match="shorter"):
            read(path, 10)

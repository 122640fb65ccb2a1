"""Bodies are read up to a limit, however they are wrapped, and bombs are defused."""

from __future__ import annotations

import gzip
import os
import tracemalloc
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from gateway.http.bodies import read_body
from shared.errors import Invalid, TooLarge, Unavailable

MIB = 1024 * 1024
LIMIT = 8 * MIB
GZIP = {b"content-encoding": b"gzip"}


async def read(
    pieces: Iterable[bytes], headers: dict[bytes, bytes] | None = None, limit: int = LIMIT
) -> bytes:
    iterator = iter(pieces)
    ahead = next(iterator, b"")

    async def receive() -> dict[str, Any]:
        nonlocal ahead
        piece, ahead = ahead, next(iterator, None)  # type: ignore[assignment]
        return {"type": "http.request", "body": piece, "more_body": ahead is not None}

    return await read_body(headers or {}, receive, limit)


def cut(data: bytes, size: int = 64 * 1024) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def zeros(size: int) -> bytes:
    return gzip.compress(b"\0" * size, 9)


def endless(first: bytes, again: bytes) -> Iterator[bytes]:
    yield first
    while True:
        yield again


def empty_blocks() -> Iterator[bytes]:
    """A deflate stream that goes on for ever and says nothing: stored blocks of no bytes."""
    header = gzip.compress(b"")[:10]
    return endless(header, b"\x00\x00\x00\xff\xff" * 13_000)


def names_for_ever() -> Iterator[bytes]:
    """A gzip header whose file name never ends."""
    return endless(b"\x1f\x8b\x08\x08\0\0\0\0\0\xff", b"a" * 65_536)


class TestPlain:
    @pytest.mark.parametrize("encoding", [b"br", b"zstd", b"deflate", b"gzip, gzip", b"x", b"*"])
    async def test_an_unknown_encoding_is_refused(self, encoding: bytes) -> None:
        with pytest.raises(Invalid) as refused:
            await read([b"{}"], {b"content-encoding": encoding})
        assert refused.value.field == "content-encoding"

    async def test_an_announced_size_beyond_the_limit_is_refused_unread(self) -> None:
        async def receive() -> dict[str, Any]:
            raise AssertionError("read")

        with pytest.raises(TooLarge) as refused:
            await read_body({b"content-length": b"101"}, receive, 100)
        assert refused.value.field == "body"

    async def test_an_unannounced_one_is_refused_once_it_passes_the_limit(self) -> None:
        with pytest.raises(TooLarge):
            await read(endless(b"", b"a" * 1_000), limit=100_000)

    async def test_a_client_that_goes_away_is_no_fault_of_the_body(self) -> None:
        async def receive() -> dict[str, Any]:
            return {"type": "http.disconnect"}

        with pytest.raises(Unavailable):
            await read_body({}, receive, 100)

    @pytest.mark.parametrize("headers", [{}, {b"content-encoding": b"identity"}])
    async def test_pieces_make_one_body(self, headers: dict[bytes, bytes]) -> None:
        assert await read([b"ab", b"", b"c"], headers) == b"abc"

    async def test_a_body_of_exactly_the_limit_is_taken(self) -> None:
        data = os.urandom(1_000)
        assert await read(cut(data, 10), {b"content-length": b"1000"}, 1_000) == data


class TestGzip:
    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"{}",
            b"\x1f\x8b",
            gzip.compress(b"{}")[:-1],
            gzip.compress(b"{}")[:12],
            gzip.compress(b"{}")[:-8] + b"\0" * 8,
            gzip.compress(b"{}") + b"x",
            gzip.compress(b"{}") + gzip.compress(b"{}"),
            zlib.compress(b"{}"),
            os.urandom(100),
        ],
        ids=[
            *("nothing", "plain", "magic", "cut by one", "cut in the header", "wrong checksum"),
            *("more behind it", "two members", "zlib", "noise"),
        ],
    )
    async def test_what_is_not_one_whole_stream_is_refused(self, data: bytes) -> None:
        with pytest.raises(Invalid) as refused:
            await read(cut(data) or [b""], GZIP)
        assert refused.value.field == "body"

    @pytest.mark.parametrize("size", [1, 7, 65_536])
    async def test_a_stream_in_pieces_of_any_size_is_inflated(self, size: int) -> None:
        data = os.urandom(20_000) + b"a" * 20_000
        assert await read(cut(gzip.compress(data), size), {b"content-encoding": b"GZip"}) == data

    async def test_a_small_body_may_shrink_as_much_as_it_likes(self) -> None:
        assert len(await read([zeros(MIB)], GZIP)) == MIB


class TestBombs:
    @pytest.mark.parametrize(
        "bomb",
        [
            lambda: [zeros(100 * MIB)],
            lambda: cut(zeros(100 * MIB)),
            lambda: cut(zeros(100 * MIB), 100),
            lambda: cut(gzip.compress(b"0123456789abcdef" * 4 * MIB, 1)),
            lambda: cut(gzip.compress(os.urandom(LIMIT // 2) + b"\0" * 64 * MIB)),
            lambda: cut(gzip.compress(b'{"files":{' + b" " * 64 * MIB)),
            lambda: cut(gzip.compress(b"[" * 64 * MIB)),
            lambda: cut(gzip.compress(os.urandom(LIMIT + 1), 0)),
            empty_blocks,
            names_for_ever,
            lambda: endless(gzip.compress(b"{}"), b"\0" * 65_536),
            lambda: endless(b"", gzip.compress(b"") * 3_000),
        ],
        ids=[
            *("at once", "in pieces", "in crumbs", "text", "noise first", "blanks", "brackets"),
            *("stored", "empty blocks", "endless name", "endless tail", "endless members"),
        ],
    )
    async def test_it_is_refused_before_it_has_gone_off(
        self, bomb: Callable[[], Iterable[bytes]]
    ) -> None:
        pieces = bomb()
        tracemalloc.start()
        try:
            with pytest.raises((TooLarge, Invalid)):
                await read(pieces, GZIP)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 3 * LIMIT

    async def test_one_that_merely_inflates_too_far_is_too_large(self) -> None:
        with pytest.raises(TooLarge) as refused:
            await read(cut(zeros(100 * MIB)), GZIP)
        assert refused.value.field == "body"

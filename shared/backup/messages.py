"""Messages of one stream, in one file of compressed msgpack: of INGEST those that the documents do
not hold yet, of DEAD all.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import nats
import zstandard
from nats.aio.client import Client
from nats.errors import TimeoutError as NatsTimeout

from shared.backup.catalogue import Damaged, KeptStream, piece_of
from shared.kit import clock
from shared.messaging import headers
from shared.messaging.grants import inbox_prefix
from shared.messaging.looking import look_from
from shared.messaging.streams import DEAD_LETTERS, INGEST_STREAM, Stream, ensure

KEPT = {stream.name: stream for stream in (INGEST_STREAM, DEAD_LETTERS)}
FETCH, PATIENCE_S = 64, 10.0


class Message(msgspec.Struct, array_like=True):
    """Sequences follow one another, so only the first is kept (in the catalogue)."""

    subject: str
    body: bytes
    headers: dict[str, str] = {}


async def dump(url: str, seeds: Path, stream: Stream, after: int, root: Path) -> KeptStream:
    """Everything behind sequence `after` up to what is there now."""
    path = root / f"{stream.name}.msgpack.zst"
    connection = await _connect(url, seeds, stream.owner)
    count, first = 0, after + 1
    try:
        state = (await connection.jetstream().stream_info(stream.name)).state
        last = state.last_seq
        if stream is DEAD_LETTERS:  # the oldest are gone with time
            first = max(first, state.first_seq)
        with zstandard.open(path, "wb", cctx=zstandard.ZstdCompressor(level=3)) as file:
            async for message in _from(connection, stream, first, last):
                packed = msgspec.msgpack.encode(message)
                file.write(len(packed).to_bytes(4, "big") + packed)
                count += 1
    finally:
        await connection.close()
    if count != max(0, last - first + 1):
        raise Damaged(
            f"{stream.name} gave {count} messages of {last - first + 1}: make the backup again."
        )
    return KeptStream(stream.name, first, piece_of(root, path, count))


async def load(url: str, seeds: Path, kept: KeptStream, root: Path) -> int:
    """Into a server that has no such stream yet: it begins at the sequence where it stood."""
    stream, expected = KEPT.get(kept.name), kept.first_sequence
    if stream is None:
        raise Damaged(f"The backup holds a stream {kept.name} that this Cordée does not know.")
    async with AsyncExitStack() as open_ones:
        known: dict[str, Client] = {}

        async def by(user: str) -> Client:
            if user not in known:
                known[user] = await _connect(url, seeds, user)
                open_ones.push_async_callback(known[user].close)
            return known[user]

        await ensure((await by(stream.owner)).jetstream(), stream, first_sequence=expected)
        for message in read(root / kept.piece.path):
            writer = await by(_writer(stream, message.subject))
            ack = await writer.jetstream().publish(
                message.subject, message.body, timeout=30, headers=dict(message.headers) or None
            )
            if ack.seq != expected:
                raise Damaged(f"{stream.name} counted {ack.seq} where {expected} was to come.")
            expected += 1
    return expected - kept.first_sequence


def read(path: Path) -> Iterator[Message]:
    """In the order in which they came."""
    with zstandard.open(path, "rb") as file:
        while head := file.read(4):
            yield msgspec.msgpack.decode(file.read(int.from_bytes(head, "big")), type=Message)


def _writer(stream: Stream, subject: str) -> str:
    """Who may write it: each service buries its own."""
    return "gateway" if stream is INGEST_STREAM else subject.split(".")[1]


async def _connect(url: str, seeds: Path, user: str) -> Client:
    return await nats.connect(
        url,
        nkeys_seed=str(seeds / f"nats_{user}.nkey"),
        inbox_prefix=inbox_prefix(user).encode(),
        allow_reconnect=False,
        connect_timeout=5,
    )


async def _from(connection: Client, stream: Stream, first: int, last: int) -> Any:
    """In order; fewer where the server is silent, and the caller counts."""
    if first > last:
        return
    at = first - 1
    async with look_from(connection.jetstream(timeout=PATIENCE_S), stream, first) as pull:
        while at < last:
            try:
                batch = await pull.fetch(min(FETCH, last - at), timeout=PATIENCE_S)
            except NatsTimeout:
                return
            for message in batch:
                at = message.metadata.sequence.stream
                yield _kept(stream, message)


def _kept(stream: Stream, message: Any) -> Message:
    """A letter says why it is one and, for another stream has other times, since when."""
    if stream is INGEST_STREAM:
        return Message(message.subject, message.data)
    said = {
        name: value
        for name, value in (message.headers or {}).items()
        if name in (headers.NOTE, headers.AT)
    }
    said.setdefault(headers.AT, clock.iso(message.metadata.timestamp))
    return Message(message.subject, message.data, said)

"""The form of what flows through INGEST: chunks as the gateway took them from a client.

One message holds the chunks of one shard that were waiting together (group commit); the order
inside a message and between messages of a shard is the order of acknowledgement.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from shared.contracts.runs import INGEST
from shared.kit.ids import stable_bucket
from shared.messaging.streams import SHARDS

MOST_CHUNKS = 1024
"""In one message; it makes a chunk's position in the stream a plain number."""

StreamName = Literal["history", "events", "log"]


class Part(msgspec.Struct, array_like=True, frozen=True):
    """Consecutive lines of one stream of a run.

    `packed` is zstd of the lines joined by newlines, exactly as the client sent them.
    `first_step` and `last_step` are those of the history lines; -1 where there is none.
    """

    stream: StreamName
    first: int
    count: int
    first_step: int
    last_step: int
    packed: bytes


class Chunk(msgspec.Struct, array_like=True, frozen=True):
    """What one file_stream request said about one run. `at` is Unix milliseconds of its arrival.

    `last_line` is the last history line, given only when the request brought no summary;
    `last_event` is the last line of system metrics. `writer` is one of several that share the run:
    it counts its own lines.
    """

    run_id: str
    generation: int
    at: int
    parts: list[Part]
    summary: str | None = None
    last_line: str | None = None
    last_event: str | None = None
    uploaded: list[str] = []
    preempting: bool = False
    complete: bool = False
    exit_code: int | None = None
    writer: str = ""


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Chunk])


def encode(chunks: list[Chunk]) -> bytes:
    """One message's body."""
    return _encoder.encode(chunks)


def decode(body: bytes) -> list[Chunk]:
    """The reverse; raises msgspec.MsgspecError for a body that no gateway of ours wrote."""
    return _decoder.decode(body)


def positioned(sequence: int, body: bytes) -> list[tuple[int, Chunk]]:
    """The chunks of one message with their positions: a total order over the whole stream."""
    return [(sequence * MOST_CHUNKS + index, chunk) for index, chunk in enumerate(decode(body))]


def shard_of(run_id: str) -> int:
    """All chunks of a run keep to one shard, so they stay in order."""
    return stable_bucket(run_id, SHARDS)


def subject_of(shard: int) -> str:
    """Where a shard's messages go."""
    return f"{INGEST.subject}.{shard}"

"""JetStream's streams: names, retention and owners, declared once.

The owner creates its stream at start-up and has the only right to; every other service is
refused by the server (`grants.py`).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import nats.errors
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import APIError, NotFoundError, ServiceUnavailableError

from shared.kit import logs

log = logs.get(__name__)

GIB = 1024**3
SMALLEST = 64 * 1024**2
_NO_ROOM = {10023, 10028, 10047}
"""The server's codes for too little storage: insufficient resources, memory, disk."""
_NO_PEER, _STORAGE = 10005, "insufficient storage"
"""The same in a cluster, whose code may also say that too few servers are up."""
_PATIENCE_S = 60.0
"""For a cluster that is just choosing who leads."""
DAY = 24 * 3600.0


@dataclass(frozen=True)
class Stream:
    """One stream. `max_bytes` with `discard: new` refuses at once instead of wedging the disk."""

    name: str
    subjects: tuple[str, ...]
    owner: str
    max_age: float
    max_bytes: int
    duplicate_window: float = 600.0
    retention: RetentionPolicy = RetentionPolicy.LIMITS
    discard: DiscardPolicy = DiscardPolicy.NEW

    def config(self, replicas: int) -> StreamConfig:
        """The server's form of it."""
        return StreamConfig(
            name=self.name,
            subjects=list(self.subjects),
            retention=self.retention,
            storage=StorageType.FILE,
            discard=self.discard,
            max_age=self.max_age,
            max_bytes=self.max_bytes,
            duplicate_window=self.duplicate_window,
            num_replicas=replicas,
            deny_delete=True,
        )


SHARDS = 16
"""Writers split these; a run's chunks keep to one. Changing it needs an empty INGEST."""

INGEST_STREAM = Stream("INGEST", ("ingest.*",), "runs", max_age=3 * DAY, max_bytes=8 * GIB)
EVENTS_STREAM = Stream("EVENTS", ("events.>",), "identity", max_age=7 * DAY, max_bytes=1 * GIB)
DEAD_LETTERS = Stream("DEAD", ("dead.>",), "identity", max_age=30 * DAY, max_bytes=1 * GIB)

WATCHED_STREAM = Stream(
    "WATCHED",
    ("watched.>",),
    "alerts",
    max_age=DAY,
    max_bytes=1 * GIB,
    discard=DiscardPolicy.OLD,  # a day without alerts must not stop anybody from logging
)

ALL = (INGEST_STREAM, EVENTS_STREAM, DEAD_LETTERS, WATCHED_STREAM)


def owned_by(service: str) -> list[Stream]:
    """The streams that a service creates."""
    return [stream for stream in ALL if stream.owner == service]


async def ensure(
    js: JetStreamContext, stream: Stream, replicas: int = 1, first_sequence: int = 1
) -> None:
    """Create the stream, or bring an existing one to what is declared here.

    A new one counts from `first_sequence`: who remembers how far it had read the one before must
    not take new messages for old ones.

    Where the disk cannot reserve as much as is declared, it gets half, or half of that, and so on:
    a small machine should serve, and refuse chunks earlier.
    """
    wanted = stream.config(replicas)
    loop = asyncio.get_running_loop()
    until = loop.time() + _PATIENCE_S
    while True:
        try:
            await _create_or_update(js, wanted, first_sequence)
        except (APIError, nats.errors.TimeoutError) as error:
            if _is_passing(error) and loop.time() < until:
                log.warning("streams wait", stream=stream.name, error=str(error))
                await asyncio.sleep(1.0)
                continue
            if not _is_full(error) or (wanted.max_bytes or 0) <= SMALLEST:
                raise
            wanted.max_bytes = (wanted.max_bytes or SMALLEST) // 2
            log.warning("little disk space", stream=stream.name, max_bytes=wanted.max_bytes)
        else:
            return


def _is_full(error: Exception) -> bool:
    if not isinstance(error, APIError):
        return False
    told = error.description or ""
    return error.err_code in _NO_ROOM or (error.err_code == _NO_PEER and _STORAGE in told)


def _is_passing(error: Exception) -> bool:
    """Nobody leads at the moment, or too few servers of the cluster are up yet."""
    if isinstance(error, nats.errors.TimeoutError):
        return True
    if isinstance(error, APIError) and error.err_code == _NO_PEER:
        return not _is_full(error)
    return isinstance(error, ServiceUnavailableError) and not _is_full(error)


async def _create_or_update(
    js: JetStreamContext, wanted: StreamConfig, first_sequence: int
) -> None:
    try:
        await js.stream_info(wanted.name or "")
    except NotFoundError:
        await js.add_stream(wanted.evolve(first_seq=first_sequence if first_sequence > 1 else None))
    else:
        await js.update_stream(wanted)

"""Reading INGEST in order from a given sequence on, whatever happens to the server meanwhile.

The position is ours (the shards' marks in MongoDB), not the server's: an acknowledgement per
message would cost traffic, and after a crash the unacknowledged ones would come back late and
out of order. So the consumer is a throw-away one without acknowledgements; a gap in its own
numbering, a silence, or a missing consumer means making a new one (`docs/decisions/0003`).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import Error as JetStreamError

from shared.kit import logs
from shared.kit.ids import new_id
from shared.messaging.ingest import subject_of
from shared.messaging.streams import INGEST_STREAM

log = logs.get(__name__)

_BATCH, _BATCH_BYTES = 512, 16 * 1024 * 1024
_EXPIRES_S, _SILENCE_S = 5.0, 8.0


class Interrupted(Exception):
    """The flow broke; open a new reader at the first sequence that was not applied."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """One message: its sequence in the stream, its shard, and its body."""

    sequence: int
    shard: int
    body: bytes


class StreamReader:
    """One throw-away consumer over some shards."""

    def __init__(self, connection: Client) -> None:
        self._nats = connection
        self._name = f"runs-writer-{new_id()}"
        self._inbox = connection.new_inbox()
        self._arrived: asyncio.Queue[Msg] = asyncio.Queue()
        self._subscription: Any = None
        self._credit = 0
        self._expected = 1

    async def open(self, shards: Sequence[int], start: int) -> None:
        """Raises Interrupted when the server does not let us, now."""
        config = ConsumerConfig(
            name=self._name,
            ack_policy=AckPolicy.NONE,
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=start,
            filter_subjects=[subject_of(shard) for shard in shards],
            inactive_threshold=30.0,
            mem_storage=True,
            num_replicas=1,
        )
        try:
            await self._nats.jetstream(timeout=5).add_consumer(INGEST_STREAM.name, config)
            self._subscription = await self._nats.subscribe(
                self._inbox,
                cb=self._arrived.put,
                pending_bytes_limit=4 * _BATCH_BYTES,
                pending_msgs_limit=8 * _BATCH,
            )
        except (nats.errors.Error, JetStreamError, TimeoutError) as error:
            raise Interrupted(str(error)) from error
        await self._ask_for_more()

    async def close(self) -> None:
        """Drop the consumer; one that cannot be reached expires by itself."""
        try:
            if self._subscription is not None:
                await self._subscription.unsubscribe()
            await self._nats.jetstream(timeout=2).delete_consumer(INGEST_STREAM.name, self._name)
        except (nats.errors.Error, JetStreamError, TimeoutError) as error:
            log.debug("consumer left to expire", error=str(error))

    async def next(self) -> list[Arrived]:
        """What has arrived, at least one message; an empty list now and then while idle."""
        try:
            async with asyncio.timeout(_SILENCE_S):
                first = await self._arrived.get()
        except TimeoutError as error:
            raise Interrupted("The stream fell silent.") from error
        found: list[Arrived] = []
        self._take(first, found)
        while not self._arrived.empty() and len(found) < _BATCH:
            self._take(self._arrived.get_nowait(), found)
        if self._credit <= 0:
            await self._ask_for_more()
        return found

    def _take(self, message: Msg, found: list[Arrived]) -> None:
        status = (message.headers or {}).get("Status")
        if status is not None:
            self._end_of_pull(status, message)
            return
        sequence, ours = _numbers(message.reply)
        if ours != self._expected:
            raise Interrupted(f"Message {self._expected} of the consumer is missing.")
        self._expected += 1
        self._credit -= 1
        shard = int(message.subject.rpartition(".")[2])
        found.append(Arrived(sequence, shard, message.data))

    def _end_of_pull(self, status: str, message: Msg) -> None:
        if status == "503" or "Consumer Deleted" in str(message.headers):
            raise Interrupted("The consumer is gone.")
        self._credit = 0

    async def _ask_for_more(self) -> None:
        question = {
            "batch": _BATCH,
            "max_bytes": _BATCH_BYTES,
            "expires": int(_EXPIRES_S * 1e9),
        }
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{INGEST_STREAM.name}.{self._name}"
        try:
            await self._nats.publish(subject, json.dumps(question).encode(), reply=self._inbox)
        except nats.errors.Error as error:
            raise Interrupted(str(error)) from error
        self._credit = _BATCH


def _numbers(reply: str) -> tuple[int, int]:
    """Stream and consumer sequence of `$JS.ACK.<stream>.<consumer>.<tries>.<s>.<c>.<at>.<left>`."""
    tokens = reply.split(".")
    return int(tokens[-4]), int(tokens[-3])

"""Dead letters in their stream, and beside them, in MongoDB, which of them were replayed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import nats.errors
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.errors import Error as JetStreamError
from nats.js.errors import NotFoundError

from services.identity.ports import DeadMessage
from shared.errors import NotFound, Unavailable
from shared.kit.mongo import Collection
from shared.messaging import headers
from shared.messaging.looking import look_from
from shared.messaging.streams import DEAD_LETTERS

_PATIENCE_S = 5.0
_SIZE = "Nats-Msg-Size"
"""What the server says instead of the body, where only headers are asked for."""


class StreamDeadLetters:
    """Keeps `ports.DeadLetters`."""

    def __init__(self, js: JetStreamContext, replayed: Collection) -> None:
        self._js = js
        self._replayed = replayed

    async def page(self, before: int | None, limit: int) -> Sequence[DeadMessage]:
        """The newest first, without their bodies; those that have grown too old are gone.

        Nothing is ever taken out of the middle of the stream, so sequences have no holes.
        """
        async with _answering():
            state = (await self._js.stream_info(DEAD_LETTERS.name)).state
            last = min(state.last_seq, before - 1) if before is not None else state.last_seq
            first = max(state.first_seq, last - limit + 1, 1)
            found = await self._between(first, last)
        sequences = [message.metadata.sequence.stream for message in found]
        cursor = self._replayed.find({"_id": {"$in": sequences}})
        marks = {document["_id"]: document async for document in cursor}
        return [
            _dead_message(
                sequence=sequence,
                at=message.metadata.timestamp,
                subject=message.subject,
                found=message.headers,
                size=int((message.headers or {}).get(_SIZE, 0)),
                mark=marks.get(sequence, {}),
            )
            for sequence, message in sorted(
                zip(sequences, found, strict=True), key=lambda pair: -pair[0]
            )
        ]

    async def get(self, sequence: int) -> DeadMessage:
        """Raises NotFound."""
        async with _answering():
            try:
                raw = await self._js.get_msg(DEAD_LETTERS.name, sequence)
            except NotFoundError as error:
                raise NotFound("No such dead letter.") from error
        body = raw.data or b""
        return _dead_message(
            sequence=sequence,
            at=raw.time,
            subject=raw.subject or "",
            found=raw.headers,
            size=len(body),
            mark=await self._replayed.find_one({"_id": sequence}) or {},
            body=body,
        )

    async def mark(self, sequence: int, by: str, at: datetime) -> None:
        """It was taken."""
        await self._replayed.update_one(
            {"_id": sequence}, {"$set": {"by": by, "at": at}}, upsert=True
        )

    async def _between(self, first: int, last: int) -> list[Msg]:
        """Headers only: the bodies of a page may be gigabytes."""
        if first > last:
            return []
        found: list[Msg] = []
        async with look_from(self._js, DEAD_LETTERS, first, headers_only=True) as pull:
            while not found or found[-1].metadata.sequence.stream < last:
                found += await pull.fetch(last - first + 1 - len(found), timeout=_PATIENCE_S)
        return [message for message in found if message.metadata.sequence.stream <= last]


async def last_replayed(replayed: Collection) -> int:
    """The highest sequence that bears a mark; 0 for none."""
    document = await replayed.find_one({}, sort=[("_id", -1)])
    return int(document["_id"]) if document else 0


@asynccontextmanager
async def _answering() -> AsyncIterator[None]:
    """Whatever keeps the server from answering is Unavailable."""
    try:
        yield
    except (nats.errors.Error, JetStreamError, TimeoutError) as error:
        raise Unavailable("The dead letters cannot be read at the moment.") from error


def _dead_message(
    *,
    sequence: int,
    at: datetime | None,
    subject: str,
    found: Mapping[str, str] | None,
    size: int,
    mark: Mapping[str, Any],
    body: bytes = b"",
) -> DeadMessage:
    said = found or {}
    if headers.AT in said:
        at = datetime.fromisoformat(said[headers.AT])
    return DeadMessage(
        sequence=sequence,
        at=at or datetime.fromtimestamp(0, UTC),
        subject=subject,
        reason=said.get(headers.NOTE, ""),
        size=size,
        body=body,
        replayed_at=mark.get("at"),
        replayed_by=mark.get("by"),
    )

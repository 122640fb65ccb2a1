"""Ask and announce, typed by contract: the only way that anything of ours reaches NATS."""

from __future__ import annotations

import json
import time
from typing import Any, cast

import nats.errors
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import PubAck
from pydantic import ValidationError

from shared.contracts._kinds import Answer, Ask, Body, Call, Event
from shared.contracts.identity import Caller
from shared.errors import Unavailable
from shared.kit.ids import new_id
from shared.kit.outbox import Announcement
from shared.messaging import failures, headers

PATIENCE = 10.0
"""Seconds that an ordinary question may take, the way back included."""


class Bus:
    """A connection that asks, announces and publishes."""

    def __init__(self, connection: Client) -> None:
        self.connection = connection
        self.js: JetStreamContext = connection.jetstream(timeout=5)

    async def call(
        self,
        contract: Call[Ask, Answer],
        ask: Ask,
        *,
        caller: Caller | None = None,
        request_id: str = "",
        patience: float = PATIENCE,
        at: str | None = None,
    ) -> Answer:
        """Ask and wait. Raises what the owner raised, or Unavailable when nobody answers in time.

        `at` names one owner among several (a shard, say); it becomes a last token of the subject.
        """
        found = {headers.DEADLINE: str(int((time.time() + patience) * 1000))}
        if caller is not None:
            # ensure_ascii: headers are ASCII, and what a browser calls itself may not be.
            found[headers.CALLER] = json.dumps(
                caller.model_dump(mode="json", exclude_defaults=True)
            )
        if request_id:
            found[headers.REQUEST] = request_id
        body = headers.pack(ask.model_dump_json().encode(), found)
        subject = contract.subject if at is None else f"{contract.subject}.{at}"
        text = await self._request(subject, body, found, patience)
        try:
            return contract.answer.model_validate_json(text)
        except ValidationError as error:
            raise Unavailable(f"{contract.owner} answered in an unknown form.") from error

    async def publish(
        self, subject: str, body: bytes, *, message_id: str | None = None, note: str | None = None
    ) -> PubAck:
        """Publish to a stream; returns once it is on disk, raises Unavailable if unsure.

        `note` travels beside a dead letter and says why it is one.
        """
        found = {headers.MESSAGE_ID: message_id} if message_id else {}
        if note is not None:
            found[headers.NOTE] = headers.one_line(note)[:1_000]
        try:
            return await self.js.publish(subject, body, headers=cast(Any, found or None))
        except (nats.errors.Error, TimeoutError) as error:
            raise Unavailable(f"The message stream did not accept {subject}.") from error

    async def announce(self, announcement: Announcement) -> None:
        """Publish what an outbox held; repeating it is harmless within the duplicate window."""
        await self.publish(announcement.subject, announcement.body, message_id=announcement.id)

    async def _request(
        self, subject: str, body: bytes, found: dict[str, str], patience: float
    ) -> bytes:
        try:
            reply = await self.connection.request(
                subject, body, timeout=patience, headers=cast(Any, found)
            )
            answered = reply.headers or {}
            if headers.ERROR in answered:
                raise failures.from_headers(answered, reply.data)
            data = reply.data
            if headers.PARTS in answered:
                data = await self._fetch_parts(answered, data.decode(), patience)
        except nats.errors.NoRespondersError as error:
            raise Unavailable(f"Nobody answers {subject} at the moment.") from error
        except (nats.errors.Error, TimeoutError, OSError) as error:
            raise Unavailable(f"{subject} was not answered in time.") from error
        return headers.unpack(data, answered)

    async def _fetch_parts(self, answered: dict[str, str], ticket: str, patience: float) -> bytes:
        pieces = []
        for index in range(int(answered[headers.PARTS])):
            part = await self.connection.request(
                answered[headers.PARTS_FROM], f"{ticket} {index}".encode(), timeout=patience
            )
            if part.headers and headers.ERROR in part.headers:
                raise failures.from_headers(part.headers, part.data)
            pieces.append(part.data)
        return b"".join(pieces)


def announcement(event: Event[Body], body: Body) -> Announcement:
    """An event in the form in which an outbox keeps it."""
    return Announcement(id=new_id(), subject=event.subject, body=body.model_dump_json().encode())

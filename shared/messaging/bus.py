"""Ask and announce, typed by contract: the only way that anything of ours reaches NATS."""

from __future__ import annotations

import asyncio
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
from shared.kit.announcement import Announcement
from shared.kit.cancelling import heeding
from shared.kit.ids import new_id
from shared.messaging import failures, headers

ON_DISK_S = 4.0
"""What cannot be written down for so long is refused: a full disk answers nothing at all."""
PATIENCE = 10.0
"""Seconds that an ordinary question may take, the way back included."""
AGAIN_S = (2.0, 2.5, 2.5)
"""Pauses before a question is asked once more. A process that is frozen or cut off goes on being
given questions until the server has noticed, which takes four seconds in a cluster."""


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
        again: bool = False,
    ) -> Answer:
        """Ask and wait. Raises what the owner raised, or Unavailable when nobody answers in time.

        `at` names one owner among several (a shard, say); it becomes a last token of the subject.
        `again` is for questions that change nothing, and that much waits for: whoever is silent is
        not waited for alone.
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
        asking = self._request_again if again else self._request
        text = await asking(subject, body, found, patience)
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
            return await heeding(
                self.js.publish(subject, body, timeout=ON_DISK_S, headers=cast(Any, found or None))
            )
        except (nats.errors.Error, TimeoutError) as error:
            raise Unavailable(f"The message stream did not accept {subject}.") from error

    async def announce(self, announcement: Announcement) -> None:
        """Publish what an outbox held; repeating it is harmless within the duplicate window."""
        await self.publish(announcement.subject, announcement.body, message_id=announcement.id)

    async def _request_again(
        self, subject: str, body: bytes, found: dict[str, str], patience: float
    ) -> bytes:
        """Whichever answer comes first counts."""
        until = time.monotonic() + patience
        asked: list[asyncio.Task[bytes]] = []
        try:
            for pause in (*AGAIN_S, patience):
                left = until - time.monotonic()
                asked.append(asyncio.create_task(self._request(subject, body, found, left)))
                done, _ = await asyncio.wait(
                    asked, timeout=min(pause, left), return_when=asyncio.FIRST_COMPLETED
                )
                if done:
                    return done.pop().result()
                if time.monotonic() >= until:
                    break
        finally:
            for one in asked:
                one.cancel()
            await asyncio.gather(*asked, return_exceptions=True)
        raise Unavailable(f"{subject} was not answered in time.")

    async def _request(
        self, subject: str, body: bytes, found: dict[str, str], patience: float
    ) -> bytes:
        try:
            reply = await heeding(
                self.connection.request(subject, body, timeout=patience, headers=cast(Any, found))
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
            asked = f"{ticket} {index}".encode()
            part = await heeding(
                self.connection.request(answered[headers.PARTS_FROM], asked, timeout=patience)
            )
            if part.headers and headers.ERROR in part.headers:
                raise failures.from_headers(part.headers, part.data)
            pieces.append(part.data)
        return b"".join(pieces)


def announcement(event: Event[Body], body: Body) -> Announcement:
    """An event in the form in which an outbox keeps it."""
    return Announcement(id=new_id(), subject=event.subject, body=body.model_dump_json().encode())

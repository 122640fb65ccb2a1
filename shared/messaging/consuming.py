"""Hearing events: each handled at least once, and none lost to a handler that fails.

FastStream's own default on a failure ends the message for good, and its other policy spends every
retry within milliseconds. Here a message is acknowledged after its handler has returned, given
back with growing pauses while the failure may pass, and put among the dead letters, with its body
and the reason, when it never will.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic

import nats.errors
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import Error as JetStreamError
from pydantic import ValidationError

from shared.contracts._kinds import Body, Event
from shared.errors import Unavailable
from shared.kit import logs
from shared.kit.cancelling import heeding
from shared.kit.ids import new_id
from shared.messaging import failures
from shared.messaging.bus import Bus
from shared.messaging.streams import EVENTS_STREAM, Stream

log = logs.get(__name__)

PAUSES = (1.0, 2.0, 5.0, 15.0, 60.0, 300.0)
MOST_TRIES = 12
ACK_WAIT_S = 60.0
_BATCH, _POLL_S = 32, 5.0


@dataclass(frozen=True)
class Listener(Generic[Body]):
    """One service's durable interest in one event; processes of the service share it."""

    service: str
    event: Event[Body]
    handle: Callable[[Body], Awaitable[None]]
    stream: Stream = EVENTS_STREAM

    @property
    def durable(self) -> str:
        """The consumer's name in the stream."""
        return f"{self.service}-{self.event.subject.replace('.', '_')}"

    async def listen(self, bus: Bus) -> None:
        """For ever; starts over when the stream or the connection was away."""
        while True:
            try:
                await self._listen(bus)
            except (nats.errors.Error, JetStreamError, Unavailable) as error:
                log.warning("listening is retried", durable=self.durable, error=str(error))
                await asyncio.sleep(1.0 + random.random())  # noqa: S311

    async def _listen(self, bus: Bus) -> None:
        subscription = await bus.js.pull_subscribe(
            self.event.subject,
            durable=self.durable,
            stream=self.stream.name,
            config=ConsumerConfig(
                durable_name=self.durable,
                ack_policy=AckPolicy.EXPLICIT,
                deliver_policy=DeliverPolicy.ALL,
                ack_wait=ACK_WAIT_S,
                max_deliver=-1,  # `_take` counts: the server would drop what was never buried
                max_ack_pending=256,
            ),
        )
        try:
            while True:
                try:
                    messages = await heeding(subscription.fetch(_BATCH, timeout=_POLL_S))
                except TimeoutError:  # asyncio's own: nothing came
                    continue
                for message in messages:
                    await self._take(bus, message)
        finally:
            # Left behind, it would hold up the connection's drain until that is given up.
            with suppress(nats.errors.Error):
                await subscription.unsubscribe()

    async def _take(self, bus: Bus, message: Msg) -> None:
        if message.metadata.num_delivered > MOST_TRIES:  # it ended the process, or burying failed
            await self._bury(bus, message, "It was never taken to an end.")
            return
        try:
            await self.handle(self.event.body.model_validate_json(message.data))
        except Exception as error:  # whatever it is, the message is not to be lost
            await self._failed(bus, message, error)
        else:
            await message.ack()

    async def _failed(self, bus: Bus, message: Msg, error: Exception) -> None:
        tries = message.metadata.num_delivered
        known = failures.as_ours(error)
        passing = known is None or isinstance(known, Unavailable)
        if isinstance(error, ValidationError):
            passing = False
        if passing and tries < MOST_TRIES:
            pause = PAUSES[min(tries - 1, len(PAUSES) - 1)]
            log.warning("event given back", durable=self.durable, error=str(error), tries=tries)
            await message.nak(delay=pause * (0.8 + 0.4 * random.random()))  # noqa: S311
            return
        await self._bury(bus, message, repr(error))

    async def _bury(self, bus: Bus, message: Msg, reason: str) -> None:
        tries = message.metadata.num_delivered
        log.error("event buried", durable=self.durable, error=reason, tries=tries)
        subject = f"dead.{self.service}.{self.event.subject}"
        await bus.publish(subject, message.data, message_id=new_id(), note=reason)
        await message.ack()


def listeners(*all_of_them: Listener[Any]) -> tuple[Listener[Any], ...]:
    """A tuple of them, for whatever their bodies are."""
    return all_of_them

"""Hearing watched points in order, from the mark on that committed with what they caused.

The position is ours, as it is for the writer of runs (`docs/decisions/0003`): after a crash a
durable consumer would tell the unacknowledged points late, after newer ones. So the consumer is
a throw-away one, opened again at the mark whenever anything is not as it should be.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import nats.errors
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import Error as JetStreamError
from pydantic import ValidationError
from pymongo.errors import PyMongoError

from services.alerts.evaluating.evaluator import Evaluator
from shared.contracts.runs import POINTS_LOGGED, PointsLogged
from shared.errors import CordeeError
from shared.kit import logs
from shared.kit.ids import new_id
from shared.messaging.bus import Bus
from shared.messaging.streams import WATCHED_STREAM

log = logs.get(__name__)

_BATCH, _IDLE_S, _MORE_S, _AGAIN_S = 256, 0.5, 0.01, 1.0
_SILENT_TURNS = 20
"""Idle turns after which the consumer is opened anew: it may be gone without a word."""


class Interrupted(Exception):
    """The flow broke; open it again at the mark."""


class PointListener:
    """Feeds the evaluator, and lets it look at the clock once every point was heard."""

    def __init__(self, bus: Bus, evaluator: Evaluator, mark: Callable[[], Awaitable[int]]) -> None:
        self._bus = bus
        self._evaluator = evaluator
        self._mark = mark

    async def run(self) -> None:
        """For ever."""
        while True:
            try:
                await self._from(await self._start())
            except (
                Interrupted,
                nats.errors.Error,
                JetStreamError,
                CordeeError,
                PyMongoError,
                OSError,
            ) as error:
                log.warning("evaluation starts over at its mark", error=repr(error))
                await asyncio.sleep(_AGAIN_S)

    async def _start(self) -> int:
        """The first sequence to hear; a stream that was made anew is heard from its beginning."""
        mark = await self._mark()
        state = (await self._bus.js.stream_info(WATCHED_STREAM.name)).state
        return mark + 1 if mark <= state.last_seq else 1

    async def _from(self, start: int) -> None:
        subscription = await self._bus.js.pull_subscribe(
            POINTS_LOGGED.subject,
            stream=WATCHED_STREAM.name,
            config=ConsumerConfig(
                ack_policy=AckPolicy.NONE,
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                opt_start_seq=start,
                inactive_threshold=30.0,
                mem_storage=True,
                num_replicas=1,
            ),
        )
        expected, idle = 1, 0
        try:
            while idle < _SILENT_TURNS:
                messages = await self._next(subscription)
                if not messages:
                    idle += 1
                    await self._evaluator.look_at_clock()
                    continue
                idle = 0
                for message in messages:
                    if message.metadata.sequence.consumer != expected:
                        raise Interrupted(f"message {expected} of the consumer is missing")
                    expected += 1
                await self._take(messages)
        finally:
            await subscription.unsubscribe()

    async def _next(self, subscription: object) -> list[Msg]:
        """What is there; waits for the first, then only a moment for others."""
        fetch: Callable[..., Awaitable[list[Msg]]] = subscription.fetch  # type: ignore[attr-defined]
        try:
            messages = await fetch(1, timeout=_IDLE_S)
        except TimeoutError:
            return []
        try:
            messages += await fetch(_BATCH - 1, timeout=_MORE_S)
        except TimeoutError:
            return messages
        return messages

    async def _take(self, messages: Sequence[Msg]) -> None:
        batch = []
        for message in messages:
            try:
                batch.append(PointsLogged.model_validate_json(message.data))
            except ValidationError as error:
                await self._bury(message, error)
        await self._evaluator.take_points(batch, messages[-1].metadata.sequence.stream)

    async def _bury(self, message: Msg, error: Exception) -> None:
        log.error("points buried", error=repr(error))
        subject = f"dead.alerts.{POINTS_LOGGED.subject}"
        await self._bus.publish(subject, message.data, message_id=new_id(), note=repr(error))

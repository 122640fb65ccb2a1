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
from services.alerts.evaluating.skipping import may_pass
from shared.contracts.runs import POINTS_LOGGED, PointsLogged
from shared.errors import CordeeError
from shared.kit import logs
from shared.kit.cancelling import heeding
from shared.kit.ids import new_id
from shared.messaging.bus import Bus
from shared.messaging.streams import WATCHED_STREAM

log = logs.get(__name__)

_BATCH, _IDLE_S, _MORE_S, _AGAIN_S = 256, 1.0, 0.01, 1.0
_MOST_VALUES, _MOST_PARSED = 20_000, 1024 * 1024
"""Values in one transaction, and bytes read without letting others have their turn."""
_SILENT_TURNS = 10
"""Idle turns after which the consumer is opened anew: it may be gone without a word."""


_Heard = tuple[Msg, PointsLogged | None]
"""A message, and what it says if that can be read."""


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
        state = (await heeding(self._bus.js.stream_info(WATCHED_STREAM.name))).state
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
                    await self._look_at_clock()
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
            messages = await heeding(fetch(1, timeout=_IDLE_S))
        except TimeoutError:
            return []
        try:
            messages += await heeding(fetch(_BATCH - 1, timeout=_MORE_S))
        except TimeoutError:
            return messages
        return messages

    async def _look_at_clock(self) -> None:
        try:
            await self._evaluator.look_at_clock()
        except Exception as error:
            if may_pass(error):
                raise
            log.error("silence is not looked at", error=repr(error))

    async def _take(self, messages: Sequence[Msg]) -> None:
        """In batches that are bounded by what is in them: a message may hold one point or many."""
        batch: list[_Heard] = []
        values = parsed = 0
        for message in messages:
            parsed += len(message.data)
            if parsed > _MOST_PARSED:
                parsed = 0
                await asyncio.sleep(0)
            try:
                told = PointsLogged.model_validate_json(message.data)
            except ValidationError as error:
                await self._bury(message, error)
                told = None
            batch.append((message, told))
            values += sum(len(row.values) for row in told.rows) if told is not None else 0
            if values >= _MOST_VALUES:
                await self._evaluate(batch)
                batch, values = [], 0
        if batch:
            await self._evaluate(batch)

    async def _evaluate(self, batch: Sequence[_Heard]) -> None:
        """All of it or, when one message can never be taken in, all the others."""
        told = [each for _, each in batch if each is not None]
        mark = batch[-1][0].metadata.sequence.stream
        try:
            await self._evaluator.take_points(told, mark)
        except Exception as error:
            if may_pass(error):
                raise
            if len(batch) > 1:
                middle = len(batch) // 2
                await self._evaluate(batch[:middle])
                await self._evaluate(batch[middle:])
                return
            await self._bury(batch[0][0], error)
            await self._evaluator.take_points([], mark)

    async def _bury(self, message: Msg, error: Exception) -> None:
        log.error("points buried", error=repr(error))
        subject = f"dead.alerts.{POINTS_LOGGED.subject}"
        await self._bus.publish(subject, message.data, message_id=new_id(), note=repr(error))

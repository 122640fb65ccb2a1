"""Reading what a stream holds without being one of those that consume it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from shared.kit.ids import new_id
from shared.messaging.streams import Stream


@asynccontextmanager
async def look_from(
    js: JetStreamContext, stream: Stream, first: int, *, headers_only: bool = False
) -> AsyncIterator[JetStreamContext.PullSubscription]:
    """Messages from sequence `first` on, in order; nothing is acknowledged or taken out.

    Its consumer is thrown away at the end, and by the server a minute after whoever looked died.
    """
    name = f"look-{new_id()}"
    config = ConsumerConfig(
        name=name,
        ack_policy=AckPolicy.NONE,
        deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
        opt_start_seq=first,
        inactive_threshold=60.0,
        headers_only=headers_only,
        mem_storage=True,
        num_replicas=1,
    )
    await js.add_consumer(stream.name, config)
    pull = await js.pull_subscribe_bind(consumer=name, stream=stream.name)
    try:
        yield pull
    finally:
        await pull.unsubscribe()
        await js.delete_consumer(stream.name, name)

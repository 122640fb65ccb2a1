"""Dead letters of alerts, taken again once the cause is gone."""

from __future__ import annotations

from faststream.nats import NatsRouter

from services.alerts.dependencies import TheReplays
from shared.contracts._kinds import Nothing
from shared.contracts.dead_letters import REPLAY_IN_ALERTS, ReplayEvent
from shared.errors import Forbidden
from shared.messaging.answering import TheCaller, serve

router = NatsRouter()


@serve(router, REPLAY_IN_ALERTS)
async def replay(ask: ReplayEvent, caller: TheCaller, replays: TheReplays) -> Nothing:
    """Instance administrators only."""
    if not caller.admin:
        raise Forbidden("permission denied: instance administrators only.")
    await replays.replay(ask.subject, ask.body)
    return Nothing()

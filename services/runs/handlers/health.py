"""Whether runs can do its work: a durable write goes through."""

from __future__ import annotations

from faststream.nats import NatsRouter

from services.runs.dependencies import Canary
from shared.contracts.health import CHECK_RUNS, CheckHealth, Health
from shared.messaging.answering import serve

router = NatsRouter()


@serve(router, CHECK_RUNS)
async def check_health(ask: CheckHealth, canary: Canary) -> Health:
    """Fails with the database's own failure."""
    await canary.write()
    return Health(service="runs", ok=True)

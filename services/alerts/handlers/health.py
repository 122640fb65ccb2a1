"""Whether alerts can do its work: a durable write goes through."""

from __future__ import annotations

from faststream.nats import NatsRouter

from services.alerts.dependencies import Canary
from shared.contracts.health import CHECK_ALERTS, CheckHealth, Health
from shared.messaging.answering import serve

router = NatsRouter()


@serve(router, CHECK_ALERTS)
async def check_health(ask: CheckHealth, canary: Canary) -> Health:
    """Fails with the database's own failure."""
    await canary.write()
    return Health(service="alerts", ok=True)

"""Whether identity can do its work."""

from __future__ import annotations

from faststream.nats import NatsRouter

from services.identity.dependencies import TheCanary
from shared.contracts.health import CHECK_IDENTITY, CheckHealth, Health
from shared.messaging.answering import serve

router = NatsRouter()


@serve(router, CHECK_IDENTITY)
async def check_identity(ask: CheckHealth, canary: TheCanary) -> Health:
    """Nothing is well unless a write reached the disk."""
    trouble = await canary.sing()
    return Health(service="identity", ok=not trouble, detail=trouble)

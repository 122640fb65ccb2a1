"""Assembly of the alerts service: the only file here that knows all rooms."""

from __future__ import annotations

from faststream import FastStream

from services.alerts import handlers
from services.alerts.settings import AlertsSettings
from shared.kit import mongo
from shared.kit.canary import MongoCanary
from shared.messaging.broker import Service
from shared.messaging.bus import Bus


def build(settings: AlertsSettings) -> Service:
    """The service with its handlers, not yet connected; what AsyncAPI is printed from."""
    service = Service("alerts", settings)
    for router in handlers.ROUTERS:
        service.broker.include_router(router)
    return service


def specification() -> FastStream:
    """For `faststream docs gen --factory services.alerts.app:specification`."""
    return build(AlertsSettings()).app


async def run(settings: AlertsSettings) -> None:
    """Serve until told to stop."""
    service = build(settings)

    async def assemble(bus: Bus) -> None:
        client = mongo.connect(settings.mongo_url.get_secret_value(), "alerts")
        service.provide(canary=MongoCanary(client[settings.mongo_database]))

    await service.run(assemble)


def main() -> None:
    """`python -m services.alerts.app`."""
    import uvloop

    uvloop.run(run(AlertsSettings()))


if __name__ == "__main__":
    main()

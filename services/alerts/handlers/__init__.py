"""One function per subject that alerts answers: load, decide, save, tell."""

from services.alerts.handlers import (
    alerts,
    channels,
    dead_letters,
    deliveries,
    gate,
    health,
    maintenance,
    previews,
    rules,
)

ROUTERS = (
    rules.router,
    previews.router,
    channels.router,
    deliveries.router,
    alerts.router,
    gate.router,
    maintenance.router,
    dead_letters.router,
    health.router,
)

"""One function per subject that alerts answers: load, decide, save, tell."""

from services.alerts.handlers import alerts, channels, deliveries, health, previews, rules

ROUTERS = (
    rules.router,
    previews.router,
    channels.router,
    deliveries.router,
    alerts.router,
    health.router,
)

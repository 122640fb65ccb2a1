"""One function per subject that alerts answers."""

from services.alerts.handlers import health

ROUTERS = (health.router,)

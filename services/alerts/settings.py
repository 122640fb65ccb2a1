"""What the alerts service is told from outside."""

from __future__ import annotations

from shared.kit.settings import StoreSettings


class AlertsSettings(StoreSettings):
    """Its own database and nothing more yet."""

    mongo_database: str = "cordee_alerts"

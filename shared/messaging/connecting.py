"""How every process holds its line to NATS: for ever, and elsewhere when a server falls silent."""

from __future__ import annotations

from typing import Any

from shared.kit import logs
from shared.kit.settings import Settings
from shared.messaging.grants import inbox_prefix

log = logs.get(__name__)

PING_S, SILENT_PINGS = 2, 2
"""A server that is frozen or cut off closes nothing: after three of these pauses it is left. The
client's own default is six minutes."""


def servers(urls: str) -> list[str]:
    """The servers of one cluster, which are said with commas between them."""
    return [url.strip() for url in urls.split(",") if url.strip()]


def options(service: str, settings: Settings) -> dict[str, Any]:
    """What nats-py is told, by FastStream or by ourselves."""

    async def on_error(error: Exception) -> None:
        log.error("nats", error=str(error))

    return {
        "servers": servers(settings.nats_url),
        "name": f"cordee-{service}",
        "nkeys_seed_str": settings.nats_nkey.get_secret_value() if settings.nats_nkey else None,
        "inbox_prefix": inbox_prefix(service),
        "max_reconnect_attempts": -1,
        "reconnect_time_wait": 1,
        "ping_interval": PING_S,
        "max_outstanding_pings": SILENT_PINGS,
        "pending_size": 64 * 1024 * 1024,
        "error_cb": on_error,
    }

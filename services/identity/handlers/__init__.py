"""What identity answers: one file per noun, each handler loads, decides, saves and tells."""

from __future__ import annotations

from faststream.nats import NatsRouter

from services.identity.handlers import health, keys, users

ROUTERS: tuple[NatsRouter, ...] = (keys.router, users.router, health.router)

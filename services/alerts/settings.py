"""What the alerts service is told from outside."""

from __future__ import annotations

import ipaddress
from typing import Annotated

from pydantic import SecretStr, field_validator
from pydantic_settings import NoDecode

from shared.kit.settings import StoreSettings


class AlertsSettings(StoreSettings):
    """`egress_allow` names networks that webhooks may reach although they are not public."""

    mongo_database: str = "cordee_alerts"
    encryption_key: SecretStr | None = None
    public_url: str = "http://localhost:8080"
    smtp_url: SecretStr | None = None
    mail_from: str | None = None
    egress_allow: Annotated[tuple[str, ...], NoDecode] = ()

    @field_validator("egress_allow", mode="before")
    @classmethod
    def _listed(cls, text: object) -> object:
        if not isinstance(text, str):
            return text
        return [part.strip() for part in text.split(",") if part.strip()]

    @field_validator("egress_allow")
    @classmethod
    def _networks(cls, networks: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(ipaddress.ip_network(network, strict=False)) for network in networks)

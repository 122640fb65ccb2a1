"""Tokens that CI providers give to their jobs, verified with the keys that the issuer publishes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.identity.providers.openid import OpenIdProviders, parts_of
from shared.errors import Unauthenticated


class OpenIdCiTokens:
    """Keeps `ports.CiTokens`. Nothing is fetched for an issuer that nobody has registered."""

    def __init__(self, providers: OpenIdProviders) -> None:
        self._providers = providers

    def issuer_of(self, token: str) -> str:
        """Whose it claims to be."""
        _, claims = parts_of(token)
        issuer = claims.get("iss")
        if not isinstance(issuer, str):
            raise Unauthenticated("The token names no issuer.")
        return issuer.rstrip("/")

    async def claims(self, token: str, issuer: str) -> Mapping[str, Any]:
        """What it says, with signature and times verified."""
        return await self._providers.verified(token, issuer)

"""OpenID providers: where their keys are, and whether a token is really theirs."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact

from shared.errors import Unauthenticated, Unavailable

ALGORITHMS = ("RS256", "ES256")
_FRESH_S = 600.0
_LEEWAY_S = 60
_MOST_BYTES = 256 * 1024
_TIMEOUT_S = 5.0
_MOST_ISSUERS = 1_000


@dataclass
class _Known:
    """What a provider said about itself, and when."""

    metadata: Mapping[str, Any]
    keys: KeySet
    at: float = field(default_factory=time.monotonic)


class OpenIdProviders:
    """Providers by their issuer, remembered for ten minutes."""

    def __init__(self, client: httpx.AsyncClient, *, again_after_s: float = 30.0) -> None:
        """`again_after_s` is how soon a token with an unknown key may make us ask again."""
        self._client = client
        self._again_after_s = again_after_s
        self._known: dict[str, _Known] = {}

    async def metadata(self, issuer: str) -> Mapping[str, Any]:
        """The provider's own description."""
        return (await self._provider(issuer)).metadata

    async def verified(self, token: str, issuer: str) -> dict[str, Any]:
        """The claims of a token whose signature, issuer and times hold."""
        header, _ = parts_of(token)
        provider = await self._provider(issuer)
        age = time.monotonic() - provider.at
        if not _has_key(provider.keys, header) and age > self._again_after_s:
            provider = await self._provider(issuer, anew=True)
        try:
            found = jwt.decode(token, provider.keys, algorithms=list(ALGORITHMS))
            _times().validate(found.claims)
        except (JoseError, ValueError, TypeError) as error:
            raise Unauthenticated("The token does not hold.") from error
        if str(found.claims.get("iss", "")).rstrip("/") != issuer.rstrip("/"):
            raise Unauthenticated("The token is from another issuer.")
        return dict(found.claims)

    async def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """A JSON object of reasonable size. Raises Unavailable."""
        try:
            async with self._client.stream(
                "GET", url, headers=dict(headers or {}), timeout=_TIMEOUT_S
            ) as answer:
                if answer.status_code != httpx.codes.OK:
                    raise Unavailable(f"{url} answered {answer.status_code}.")
                body = b""
                async for piece in answer.aiter_bytes():
                    body += piece
                    if len(body) > _MOST_BYTES:
                        raise Unavailable(f"{url} answered too much.")
            found = json.loads(body)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise Unavailable(f"{url} did not answer as it should.") from error
        if not isinstance(found, dict):
            raise Unavailable(f"{url} did not answer as it should.")
        return found

    async def _provider(self, issuer: str, *, anew: bool = False) -> _Known:
        issuer = issuer.rstrip("/")
        known = self._known.get(issuer)
        if known is None or anew or time.monotonic() - known.at > _FRESH_S:
            known = await self._ask(issuer)
            if len(self._known) >= _MOST_ISSUERS:
                self._known.clear()
            self._known[issuer] = known
        return known

    async def _ask(self, issuer: str) -> _Known:
        metadata = await self.fetch(f"{issuer}/.well-known/openid-configuration")
        if str(metadata.get("issuer", "")).rstrip("/") != issuer:
            raise Unauthenticated("The provider calls itself by another name.")
        keys = await self.fetch(str(metadata.get("jwks_uri", "")))
        try:
            return _Known(metadata, KeySet.import_key_set({"keys": keys["keys"]}))
        except (JoseError, KeyError, ValueError, TypeError) as error:
            raise Unavailable(f"The keys of {issuer} cannot be read.") from error


def parts_of(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, neither verified. Raises Unauthenticated for what is no such token."""
    try:
        found = extract_compact(token.encode("ascii"))
        claims = json.loads(found.payload)
    except (JoseError, ValueError) as error:
        raise Unauthenticated("This is not a token.") from error
    if not isinstance(claims, dict):
        raise Unauthenticated("This is not a token.")
    return found.headers(), claims


def _has_key(keys: KeySet, header: Mapping[str, Any]) -> bool:
    wanted = header.get("kid")
    return any(wanted in (None, key.kid) for key in keys.keys)


def _times() -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(leeway=_LEEWAY_S, exp={"essential": True})

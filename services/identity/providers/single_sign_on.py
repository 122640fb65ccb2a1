"""Single sign-on with one OpenID provider: authorization code with PKCE and nonce."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import httpx
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from services.identity.ports import SsoClaims
from services.identity.providers.openid import OpenIdProviders
from shared.errors import NotFound, Unauthenticated, Unavailable

_SCOPE = "openid email profile"
_TIMEOUT_S = 10.0
_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


class NoSso:
    """Keeps `ports.SsoProvider` where the operator has set none."""

    async def begin(self, state: str, nonce: str, verifier: str, redirect_uri: str) -> str:
        """There is nowhere to go."""
        raise NotFound("This instance has no single sign-on.")

    async def finish(self, code: str, nonce: str, verifier: str, redirect_uri: str) -> SsoClaims:
        """Nobody can come back."""
        raise NotFound("This instance has no single sign-on.")


class OidcSso:
    """Keeps `ports.SsoProvider`."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str,
        client: httpx.AsyncClient,
    ) -> None:
        self._issuer = issuer.rstrip("/")
        self._client_id = client_id
        self._client_secret = client_secret
        self._client = client
        self._providers = OpenIdProviders(client)

    async def begin(self, state: str, nonce: str, verifier: str, redirect_uri: str) -> str:
        """The URL to send the browser to."""
        metadata = await self._providers.metadata(self._issuer)
        url = prepare_grant_uri(
            str(metadata["authorization_endpoint"]),
            self._client_id,
            "code",
            redirect_uri=redirect_uri,
            scope=_SCOPE,
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        return str(url)

    async def finish(self, code: str, nonce: str, verifier: str, redirect_uri: str) -> SsoClaims:
        """Trade the code for tokens, verify the ID token, ask for the mailbox if it is missing."""
        metadata = await self._providers.metadata(self._issuer)
        tokens = await self._tokens(metadata, code, verifier, redirect_uri)
        claims = await self._identity(tokens, nonce)
        if "email" not in claims and "userinfo_endpoint" in metadata:
            claims |= await self._more(str(metadata["userinfo_endpoint"]), tokens, claims["sub"])
        return self._told(claims)

    async def _tokens(
        self, metadata: Mapping[str, Any], code: str, verifier: str, redirect_uri: str
    ) -> dict[str, Any]:
        methods = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        method = "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
        url, headers, body = ClientAuth(self._client_id, self._client_secret, method).prepare(
            "POST",
            str(metadata["token_endpoint"]),
            dict(_FORM),
            prepare_token_request(
                "authorization_code", redirect_uri=redirect_uri, code=code, code_verifier=verifier
            ),
        )
        try:
            answer = await self._client.post(url, headers=headers, content=body, timeout=_TIMEOUT_S)
            found = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise Unavailable("The provider did not answer as it should.") from error
        if answer.status_code != httpx.codes.OK or not isinstance(found, dict):
            raise Unauthenticated("The provider did not accept the way back.")
        return found

    async def _identity(self, tokens: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        """The ID token's claims: for us, in answer to this very request."""
        token = tokens.get("id_token")
        if not isinstance(token, str):
            raise Unauthenticated("The provider sent no ID token.")
        claims = await self._providers.verified(token, self._issuer)
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        party = claims.get("azp", self._client_id if len(audiences) == 1 else None)
        said_nonce = claims.get("nonce")
        fits = (
            self._client_id in audiences
            and party == self._client_id
            and isinstance(claims.get("sub"), str)
            and claims["sub"] != ""
            and isinstance(said_nonce, str)
            and hmac.compare_digest(said_nonce, nonce)
            and _hash_fits(claims.get("at_hash"), tokens.get("access_token"))
        )
        if not fits:
            raise Unauthenticated("The ID token is not for this sign-in.")
        return claims

    async def _more(self, url: str, tokens: Mapping[str, Any], subject: str) -> dict[str, Any]:
        found = await self._providers.fetch(
            url, {"Authorization": f"Bearer {tokens.get('access_token', '')}"}
        )
        if found.get("sub") != subject:
            raise Unauthenticated("The provider speaks of somebody else.")
        told = ("email", "email_verified", "name", "preferred_username")
        return {name: found[name] for name in told if name in found}

    def _told(self, claims: Mapping[str, Any]) -> SsoClaims:
        email = claims.get("email")
        return SsoClaims(
            issuer=self._issuer,
            subject=str(claims["sub"]),
            email=email if isinstance(email, str) else None,
            email_verified=claims.get("email_verified") is True,
            name=str(claims.get("name") or ""),
            username=str(claims["preferred_username"])
            if claims.get("preferred_username")
            else None,
        )


def _hash_fits(said: object, access_token: object) -> bool:
    """Whether the access token is the one that the ID token speaks of, if it speaks of one."""
    if said is None:
        return True
    half = hashlib.sha256(str(access_token).encode()).digest()[:16]
    return said == base64.urlsafe_b64encode(half).rstrip(b"=").decode()

"""ID tokens that were tampered with: a provider that answers whatever an attacker likes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from services.identity.providers.openid import OpenIdProviders
from services.identity.providers.single_sign_on import OidcSso
from shared.errors import CordeeError, Unauthenticated, Unavailable

ISSUER = "https://id.example.com"
CLIENT = "cordee"
NONCE = "the nonce of this sign-in"
ACCESS = "an access token"
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
EC = ECKey.generate_key("P-256", {"kid": "ec"})
STRANGER = RSAKey.generate_key(2048, {"kid": "rsa"})
UNPUBLISHED = RSAKey.generate_key(2048, {"kid": "other"})


def claims(**changed: Any) -> dict[str, Any]:
    now = int(time.time())
    honest = {
        "iss": ISSUER,
        "aud": CLIENT,
        "sub": "alice",
        "nonce": NONCE,
        "iat": now,
        "exp": now + 300,
        "email": "alice@example.com",
        "email_verified": True,
    }
    return {name: value for name, value in (honest | changed).items() if value is not None}


def signed(said: dict[str, Any], key: Any = RSA, alg: str = "RS256", **header: Any) -> str:
    kid = {"kid": key.kid} if key.kid else {}
    return jwt.encode({"alg": alg, **kid, **header}, said, key, algorithms=[alg])


def b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def by_hand(header: dict[str, Any], said: dict[str, Any], signature: bytes = b"") -> str:
    return ".".join(
        (b64(json.dumps(header).encode()), b64(json.dumps(said).encode()), b64(signature))
    )


def with_public_key_as_secret() -> str:
    """The classic confusion: HMAC under the public key, which everybody has."""
    header, said = {"alg": "HS256", "kid": "rsa"}, claims()
    text = by_hand(header, said).rpartition(".")[0]
    secret = RSA.as_pem(private=False)
    return f"{text}.{b64(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


def edited(**changed: Any) -> str:
    """Claims replaced under an honest signature."""
    header, _, signature = signed(claims()).split(".")
    return f"{header}.{b64(json.dumps(claims(**changed)).encode())}.{signature}"


def at_hash(token: str) -> str:
    return b64(hashlib.sha256(token.encode()).digest()[:16])


NOW = int(time.time())
OTHERS = RSA.as_dict(private=False)
TAMPERED = {
    "no signature": by_hand({"alg": "none"}, claims()),
    "none in capitals": by_hand({"alg": "NONE", "kid": "rsa"}, claims()),
    "an empty signature": by_hand({"alg": "RS256", "kid": "rsa"}, claims()),
    "a stranger's key": signed(claims(), STRANGER),
    "an unpublished key": signed(claims(), UNPUBLISHED),
    "the public key as secret": with_public_key_as_secret(),
    "a secret of one's own": signed(claims(), OctKey.import_key("s" * 32), "HS256"),
    "a path for a kid": signed(claims(), STRANGER, kid="../../../dev/null"),
    "a kid that is no text": signed(claims(), STRANGER, kid="rsa' OR '1'='1"),
    "its own key in the header": signed(claims(), STRANGER, jwk=STRANGER.as_dict(private=False)),
    "its own key's address": signed(claims(), STRANGER, jku="https://evil.example/keys"),
    "another subject": edited(sub="admin"),
    "another mailbox": edited(email="admin@example.com"),
    "another issuer": signed(claims(iss="https://evil.example")),
    "no issuer": signed(claims(iss=None)),
    "another audience": signed(claims(aud="other-app")),
    "no audience": signed(claims(aud=None)),
    "two audiences and no party": signed(claims(aud=[CLIENT, "other-app"])),
    "another party": signed(claims(aud=[CLIENT, "other-app"], azp="other-app")),
    "another nonce": signed(claims(nonce="an older sign-in")),
    "no nonce": signed(claims(nonce=None)),
    "a nonce that is no text": signed(claims(nonce=[NONCE])),
    "expired": signed(claims(exp=NOW - 600)),
    "never expires": signed(claims(exp=None)),
    "not yet": signed(claims(nbf=NOW + 600)),
    "no subject": signed(claims(sub=None)),
    "an empty subject": signed(claims(sub="")),
    "another access token": signed(claims(at_hash=at_hash("another one"))),
    "a weaker algorithm": signed(claims(), RSA, "RS384"),
    "an encrypted-looking one": "a.b.c.d.e",
    "not a token": "hello",
    "not text in it": by_hand({"alg": "RS256", "kid": "rsa"}, claims(), b"\xff" * 256),
    "a list for claims": "eyJhbGciOiJSUzI1NiJ9.W10.c2ln",
}


def sso(token: object, *, issuer: str = ISSUER) -> OidcSso:
    """Talking to a provider that sends this ID token."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/openid-configuration"):
            return httpx.Response(
                200,
                json={
                    "issuer": issuer,
                    "jwks_uri": f"{ISSUER}/keys",
                    "token_endpoint": f"{ISSUER}/token",
                    "authorization_endpoint": f"{ISSUER}/authorize",
                },
            )
        if request.url.path == "/keys":
            published = [RSA.as_dict(private=False), EC.as_dict(private=False)]
            return httpx.Response(200, json={"keys": published})
        return httpx.Response(200, json={"access_token": ACCESS, "id_token": token})

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return OidcSso(ISSUER, CLIENT, "secret", client)


async def finished(token: object, **more: str) -> Any:
    return await sso(token, **more).finish("code", NONCE, "verifier", "http://cordee.example/sso")


@pytest.mark.parametrize("token", TAMPERED.values(), ids=TAMPERED.keys())
async def test_a_tampered_token_is_refused(token: str) -> None:
    with pytest.raises(Unauthenticated):
        await finished(token)


@pytest.mark.parametrize("token", [None, 5, {"a": 1}])
async def test_a_missing_token_is_refused(token: object) -> None:
    with pytest.raises(Unauthenticated):
        await finished(token)


async def test_a_provider_that_calls_itself_otherwise_is_refused() -> None:
    with pytest.raises(CordeeError):
        await finished(signed(claims()), issuer="https://evil.example")


@pytest.mark.parametrize(
    "token",
    [
        signed(claims()),
        signed(claims(), EC, "ES256"),
        signed(claims(aud=[CLIENT])),
        signed(claims(aud=[CLIENT, "other-app"], azp=CLIENT)),
        signed(claims(at_hash=at_hash(ACCESS))),
    ],
)
async def test_an_honest_token_is_taken(token: str) -> None:
    found = await finished(token)
    assert (found.subject, found.email, found.email_verified) == (
        "alice",
        "alice@example.com",
        True,
    )


@pytest.mark.parametrize("said", [False, "true", 1, None])
async def test_only_true_means_that_a_mailbox_is_proven(said: object) -> None:
    assert not (await finished(signed(claims(email_verified=said)))).email_verified


async def test_a_key_that_is_new_is_asked_for() -> None:
    published = [RSA.as_dict(private=False)]

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/keys":
            return httpx.Response(200, json={"keys": published})
        return httpx.Response(200, json={"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"})

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    providers = OpenIdProviders(client, again_after_s=0)
    await providers.verified(signed(claims()), ISSUER)
    with pytest.raises(Unauthenticated):
        await providers.verified(signed(claims(), EC, "ES256"), ISSUER)
    published.append(EC.as_dict(private=False))
    assert (await providers.verified(signed(claims(), EC, "ES256"), ISSUER))["sub"] == "alice"


@pytest.mark.parametrize(
    "answered",
    [
        httpx.Response(500),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, content=b'{"a":"' + b"x" * 300_000 + b'"}'),
        httpx.Response(302, headers={"Location": "http://169.254.169.254/"}),
        httpx.Response(200, json={"issuer": ISSUER, "jwks_uri": "no address"}),
    ],
)
async def test_a_provider_that_answers_oddly_is_unavailable(answered: httpx.Response) -> None:
    client = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: answered))
    with pytest.raises(Unavailable):
        await OpenIdProviders(client).verified(signed(claims()), ISSUER)

"""Keyless CI: the providers that a team trusts, and `POST /oidc/token`, where jobs get a key."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs

import orjson
from fastapi import APIRouter, Request, Response

from gateway.dependencies import AskAs, AskAtTheDoor
from gateway.http.errors import retry_headers, status_of
from gateway.http.forms import Form, Moment, Page, Shown
from shared.contracts.identity import (
    EXCHANGE_TOKEN,
    LIST_PROVIDERS,
    REGISTER_PROVIDER,
    REMOVE_PROVIDER,
    ExchangedToken,
    ExchangeToken,
    ListProviders,
    RegisterProvider,
    RemoveProvider,
)
from shared.errors import CordeeError, RateLimited, Unavailable

router = APIRouter(prefix="/teams/{team}/oidc-providers", tags=["service accounts"])
token_router = APIRouter(include_in_schema=False)

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LONGEST = 16_384


class NewProvider(Form):
    """Whose tokens count as the service account `username`.

    In `subject`, `*` stands for any text without ':' and '/', `**` for any text at all.
    """

    username: str
    issuer: str
    audience: str
    subject: str


class Provider(Shown):
    """A registered provider."""

    id: str
    username: str
    issuer: str
    audience: str
    subject: str
    created_at: Moment
    created_by: str


@router.post("", status_code=201)
async def register_provider(team: str, body: NewProvider, ask: AskAs) -> Provider:
    """From now on such tokens count as the service account. Team admins only."""
    wanted = RegisterProvider(team=team, **body.model_dump())
    return Provider.model_validate(await ask(REGISTER_PROVIDER, wanted))


@router.get("")
async def list_providers(team: str, ask: AskAs) -> Page[Provider]:
    """Those of a team. Team admins only."""
    found = await ask(LIST_PROVIDERS, ListProviders(team=team))
    return Page(items=[Provider.model_validate(item) for item in found.items])


@router.delete("/{provider}", status_code=204)
async def remove_provider(team: str, provider: str, ask: AskAs) -> Response:
    """Its tokens no longer count; keys given out live out their hour. Team admins only."""
    await ask(REMOVE_PROVIDER, RemoveProvider(team=team, id=provider))
    return Response(status_code=204)


@token_router.post("/oidc/token")
async def exchange_token(request: Request, ask: AskAtTheDoor) -> Response:
    """A CI job's own token for a key that lives an hour, as RFC 7523 words it.

    This is what the SDK does with WANDB_IDENTITY_TOKEN_FILE. It takes every 4xx but 429 as final.
    """
    form = parse_qs((await request.body()).decode("utf-8", "replace"))
    if form.get("grant_type") != [GRANT]:
        return _refused("unsupported_grant_type", f"grant_type must be {GRANT}.")
    assertion = form.get("assertion", [""])[0]
    if not 0 < len(assertion) <= LONGEST:
        return _refused("invalid_request", f"assertion must have 1 to {LONGEST} characters.")
    try:
        given = await ask(EXCHANGE_TOKEN, ExchangeToken(token=assertion))
    except (RateLimited, Unavailable) as error:
        return _refused("temporarily_unavailable", error.message, error)
    except CordeeError as error:
        return _refused("invalid_grant", error.message)
    return _granted(given)


def _granted(given: ExchangedToken) -> Response:
    seconds = int((given.expires_at - datetime.now(UTC)).total_seconds())
    body = {"access_token": given.api_key, "token_type": "Bearer", "expires_in": seconds}
    return Response(orjson.dumps(body), media_type="application/json")


def _refused(kind: str, why: str, error: CordeeError | None = None) -> Response:
    """As RFC 6749 words it: 400 unless it may work later."""
    body = orjson.dumps({"error": kind, "error_description": why})
    status = 400 if error is None else status_of(error)
    headers = {} if error is None else retry_headers(error)
    return Response(body, status, headers=headers, media_type="application/json")

"""`/api/v1/users/{username}/api-keys`: keys of people and of service accounts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from gateway.dependencies import AskAs
from gateway.http.forms import Form, Moment, Page, Shown
from shared.contracts.identity import (
    CREATE_API_KEY,
    LIST_API_KEYS,
    REVOKE_API_KEY,
    ROTATE_API_KEY,
    CreateApiKey,
    ListApiKeys,
    RevokeApiKey,
    RotateApiKey,
)

router = APIRouter(prefix="/users/{username}/api-keys", tags=["api keys"])

ME = "me"
"""Nobody can have this name, so in a path it stands for whoever asks."""


class NewKey(Form):
    """`scope` is full, read or write_runs."""

    name: str = ""
    expires_at: Moment | None = None
    scope: str = "full"


class Rotation(Form):
    """How many seconds the old key goes on counting."""

    overlap_s: Annotated[int, Field(ge=0, le=30 * 86_400)] = 86_400


class Key(Shown):
    """A key without its secret; `hint` is enough to recognise it."""

    id: str
    name: str
    hint: str
    scope: str
    created_at: Moment
    expires_at: Moment | None
    last_used_at: Moment | None


class FreshKey(Key):
    """A key with its secret, which is shown this once."""

    key: str


@router.post("", status_code=201)
async def create_api_key(username: str, body: NewKey, ask: AskAs) -> FreshKey:
    """A further key; it is shown this once."""
    wanted = CreateApiKey(username=_whose(username), **body.model_dump())
    return FreshKey.model_validate(await ask(CREATE_API_KEY, wanted))


@router.get("")
async def list_api_keys(username: str, ask: AskAs) -> Page[Key]:
    """Live keys, without their secrets."""
    keys = await ask(LIST_API_KEYS, ListApiKeys(username=_whose(username)))
    return Page(items=[Key.model_validate(key) for key in keys.items])


@router.post("/{key_id}:rotate", status_code=201)
async def rotate_api_key(username: str, key_id: str, ask: AskAs, body: Rotation) -> FreshKey:
    """A new key like an old one, which goes on counting for a while."""
    wanted = RotateApiKey(id=key_id, username=_whose(username), overlap_s=body.overlap_s)
    return FreshKey.model_validate(await ask(ROTATE_API_KEY, wanted))


@router.delete("/{key_id}", status_code=204)
async def revoke_api_key(username: str, key_id: str, ask: AskAs) -> Response:
    """Refused everywhere within a second."""
    await ask(REVOKE_API_KEY, RevokeApiKey(id=key_id, username=_whose(username)))
    return Response(status_code=204)


def _whose(username: str) -> str | None:
    return None if username == ME else username

"""`/api/v1/users`: accounts and their API keys."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.dependencies import AskAs
from shared.contracts.identity import (
    CREATE_API_KEY,
    CREATE_USER,
    DELETE_USER,
    GET_USER,
    LIST_API_KEYS,
    REVOKE_API_KEY,
    ApiKeyView,
    CreateApiKey,
    CreateUser,
    DeleteUser,
    GetUser,
    ListApiKeys,
    RevokeApiKey,
    TeamRole,
)

router = APIRouter(prefix="/users", tags=["users"])


class NewUser(BaseModel):
    """`api_key` adopts a key that people or CI already use."""

    model_config = ConfigDict(extra="forbid")

    username: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,128}$")]
    email: str
    password: str | None = None
    admin: bool = False
    api_key: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{40,256}$")] | None = None


class CreatedUserBody(BaseModel):
    """The key is shown this once."""

    username: str
    email: str | None
    admin: bool
    api_key: str


class Me(BaseModel):
    """Whoever asks."""

    username: str
    email: str | None
    admin: bool
    default_entity: str | None
    teams: list[TeamRole]
    kind: str
    on_behalf_of: str | None = None


class NewKey(BaseModel):
    """`scope` is full, read or write_runs."""

    model_config = ConfigDict(extra="forbid")

    name: str = ""
    expires_at: datetime | None = None
    scope: str = "full"


@router.post("", status_code=201)
async def create_user(body: NewUser, ask: AskAs) -> CreatedUserBody:
    """Create an account. Instance administrators only."""
    created = await ask(CREATE_USER, CreateUser(**body.model_dump()))
    user = created.user
    return CreatedUserBody(
        username=user.username, email=user.email, admin=user.admin, api_key=created.api_key
    )


@router.get("/me")
async def get_me(ask: AskAs) -> Me:
    """Who am I, as Cordée sees me?"""
    user = await ask(GET_USER, GetUser())
    return Me(
        username=user.username,
        email=user.email,
        admin=user.admin,
        default_entity=user.default_entity,
        teams=user.teams,
        kind=user.kind,
        on_behalf_of=ask.caller.acting_for,
    )


@router.delete("/{username}", status_code=204)
async def delete_user(username: str, ask: AskAs) -> Response:
    """Delete an account; its runs stay. Instance administrators only."""
    await ask(DELETE_USER, DeleteUser(username=username))
    return Response(status_code=204)


@router.post("/{username}/api-keys", status_code=201)
async def create_api_key(username: str, body: NewKey, ask: AskAs) -> dict[str, Any]:
    """A further key; it is shown this once."""
    made = await ask(CREATE_API_KEY, CreateApiKey(username=username, **body.model_dump()))
    return _shown(made) | {"key": made.key}


@router.get("/{username}/api-keys")
async def list_api_keys(username: str, ask: AskAs) -> dict[str, Any]:
    """Live keys, without their secrets."""
    keys = await ask(LIST_API_KEYS, ListApiKeys(username=username))
    return {"items": [_shown(key) for key in keys.items], "next": None}


@router.delete("/{username}/api-keys/{key_id}", status_code=204)
async def revoke_api_key(username: str, key_id: str, ask: AskAs) -> Response:
    """Refused everywhere within a second."""
    await ask(REVOKE_API_KEY, RevokeApiKey(id=key_id, username=username))
    return Response(status_code=204)


def _shown(key: ApiKeyView) -> dict[str, Any]:
    return key.model_dump(exclude={"key"})

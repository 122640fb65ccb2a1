"""What may be asked of identity (people, teams, keys), and what it announces."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from shared.contracts._kinds import Call, Event, Message, Nothing

PrincipalKind = Literal["user", "service", "anonymous"]


class Caller(Message):
    """Who asks, through which key, with which roles; travels with every call.

    `roles` maps an entity's name to the caller's role in it. `acting_for` is the team member
    whom a service account's run is attributed to: attribution, never authority.
    """

    principal_id: str | None = None
    kind: PrincipalKind = "anonymous"
    username: str = ""
    email: str | None = None
    admin: bool = False
    elevated: bool = False
    default_entity: str | None = None
    key_id: str | None = None
    scope: str = "full"
    roles: dict[str, str] = Field(default_factory=dict)
    acting_for: str | None = None
    acting_note: str | None = None
    session_id: str | None = None
    address: str | None = None
    agent: str | None = None


ANONYMOUS = Caller()


class ResolveKey(Message):
    """Digest of an API key, and whom the `X-WANDB-*` headers name (service accounts only)."""

    digest: str
    acting_username: str | None = None
    acting_email: str | None = None


class TeamRole(Message):
    """One team of somebody, and what they are in it."""

    name: str
    role: str


class UserView(Message):
    """A person or a service account as others may see it."""

    id: str
    username: str
    name: str
    email: str | None = None
    kind: PrincipalKind = "user"
    admin: bool = False
    default_entity: str | None = None
    teams: list[TeamRole] = Field(default_factory=list)
    created_at: datetime
    deleted_at: datetime | None = None


class CreateUser(Message):
    """An instance administrator makes an account; `api_key` adopts a key from elsewhere."""

    username: str | None = None
    email: str
    password: str | None = None
    admin: bool = False
    api_key: str | None = None


class CreatedUser(Message):
    """The new account and its first key: the only time that key is ever told."""

    user: UserView
    api_key: str


class GetUser(Message):
    """By name; without one, whoever asks."""

    username: str | None = None


class DeleteUser(Message):
    """Their runs stay, attributed to the name."""

    username: str


class CreateApiKey(Message):
    """A further key; without a username, for whoever asks."""

    username: str | None = None
    name: str = ""
    expires_at: datetime | None = None
    scope: str = "full"


class ApiKeyView(Message):
    """A key as it may be listed: `hint` recognises it, `key` is set only at its creation."""

    id: str
    name: str
    hint: str
    key: str | None = None
    scope: str = "full"
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None


class ListApiKeys(Message):
    """Keys of somebody; without a username, of whoever asks."""

    username: str | None = None


class ApiKeys(Message):
    """Live keys, oldest first."""

    items: list[ApiKeyView]


class RevokeApiKey(Message):
    """Refused everywhere within a second. Without a username, one of the caller's own."""

    id: str
    username: str | None = None


class KeyRevoked(Message):
    """The key's digest is no secret: it cannot be turned back into the key."""

    key_id: str
    digest: str
    principal_id: str


class PrincipalChanged(Message):
    """Roles, name or existence of somebody changed: forget what you remember of them."""

    principal_id: str


RESOLVE_KEY = Call("identity.key.resolve", ResolveKey, Caller)
CREATE_API_KEY = Call("identity.key.create", CreateApiKey, ApiKeyView)
LIST_API_KEYS = Call("identity.key.list", ListApiKeys, ApiKeys)
REVOKE_API_KEY = Call("identity.key.revoke", RevokeApiKey, Nothing)
CREATE_USER = Call("identity.user.create", CreateUser, CreatedUser)
GET_USER = Call("identity.user.get", GetUser, UserView)
DELETE_USER = Call("identity.user.delete", DeleteUser, Nothing)

KEY_REVOKED = Event("events.identity.key.revoked", KeyRevoked)
PRINCIPAL_CHANGED = Event("events.identity.principal.changed", PrincipalChanged)

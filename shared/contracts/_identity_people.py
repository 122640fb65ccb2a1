"""Callers, accounts and API keys: who asks, and who can."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from shared.contracts._kinds import Call, Event, Message, Nothing

PrincipalKind = Literal["user", "service", "anonymous"]


class LinkRight(Message):
    """What a share link shows: some runs by id, or one report, of one project and no more."""

    id: str
    project_id: str
    runs: list[str] = Field(default_factory=list)
    report_id: str | None = None
    anonymous: bool = False


class Caller(Message):
    """Who asks, through which key, with which roles; travels with every call.

    `roles` maps an entity's name to the caller's role in it. `acting_for` is the team member
    whom a service account's run is attributed to: attribution, never authority.
    `organizations` maps an organization's name to the caller's role in it; `ci` is what the token
    of a CI job told about it (actor, commit, pull_request, repository, ref, run_url).
    `link` is there for whoever came with a share link: they are nobody, and may read what it shows.
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
    organizations: dict[str, str] = Field(default_factory=dict)
    ci: dict[str, str] = Field(default_factory=dict)
    link: LinkRight | None = None


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
    """A person or a service account as the caller may see it.

    `email`, `language`, `notifications` and `teams` are told to oneself and to instance
    administrators; others who share a team see the teams that they share.
    """

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
    deactivated_at: datetime | None = None
    email_verified: bool = False
    has_password: bool = False
    language: str = "en"
    notifications: dict[str, bool] = Field(default_factory=dict)


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


class DeactivateUser(Message):
    """Keys and sessions stop to count until `active` is set again."""

    username: str
    active: bool = False


class AppointAdministrator(Message):
    """Make somebody an administrator of the instance, or no longer one."""

    username: str
    admin: bool


class UpdateUser(Message):
    """One's own settings; None leaves a thing as it is. `notifications` are merged."""

    name: str | None = None
    language: Literal["en", "fr"] | None = None
    default_entity: str | None = None
    notifications: dict[str, bool] | None = None


class SearchUsers(Message):
    """By user name, name or e-mail address, among those whom the caller may see."""

    query: str = ""
    limit: int = Field(default=50, ge=1, le=200)
    cursor: str | None = None


class Users(Message):
    """In the order of their names."""

    items: list[UserView]
    next: str | None = None


class GetContacts(Message):
    """Asked by services that write to people; never offered at an edge."""

    usernames: list[str] = Field(max_length=1000)


class Contact(Message):
    """Where and how somebody wants to be written to."""

    username: str
    email: str
    language: str
    notifications: dict[str, bool]


class Contacts(Message):
    """Those of the names that belong to active people with a mailbox."""

    items: list[Contact]


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


class RotateApiKey(Message):
    """A new key like an old one, which counts for `overlap_s` more seconds."""

    id: str
    username: str | None = None
    overlap_s: int = Field(default=86_400, ge=0, le=30 * 86_400)


class RevokeApiKey(Message):
    """Refused everywhere within a second. Without a username, one of the caller's own."""

    id: str
    username: str | None = None


class KeyRevoked(Message):
    """The key's digest is no secret: it cannot be turned back into the key."""

    key_id: str
    digest: str
    principal_id: str


class UserDeleted(Message):
    """An account is gone; what it made stays under its name."""

    principal_id: str
    username: str


class PrincipalChanged(Message):
    """Roles, name or existence of somebody changed: forget what you remember of them."""

    principal_id: str


RESOLVE_KEY = Call("identity.key.resolve", ResolveKey, Caller)
CREATE_API_KEY = Call("identity.key.create", CreateApiKey, ApiKeyView)
LIST_API_KEYS = Call("identity.key.list", ListApiKeys, ApiKeys)
ROTATE_API_KEY = Call("identity.key.rotate", RotateApiKey, ApiKeyView)
REVOKE_API_KEY = Call("identity.key.revoke", RevokeApiKey, Nothing)
CREATE_USER = Call("identity.user.create", CreateUser, CreatedUser)
GET_USER = Call("identity.user.get", GetUser, UserView)
DELETE_USER = Call("identity.user.delete", DeleteUser, Nothing)
UPDATE_USER = Call("identity.user.update", UpdateUser, UserView)
DEACTIVATE_USER = Call("identity.user.deactivate", DeactivateUser, UserView)
APPOINT_ADMINISTRATOR = Call("identity.user.appoint", AppointAdministrator, UserView)
SEARCH_USERS = Call("identity.user.search", SearchUsers, Users)
GET_CONTACTS = Call("identity.user.contacts", GetContacts, Contacts)

KEY_REVOKED = Event("events.identity.key.revoked", KeyRevoked)
PRINCIPAL_CHANGED = Event("events.identity.principal.changed", PrincipalChanged)
USER_DELETED = Event("events.identity.user.deleted", UserDeleted)

"""Service accounts, and the CI providers whose tokens stand in for a key."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from shared.contracts._identity_people import ApiKeyView
from shared.contracts._kinds import Call, Message, Nothing


class CreateServiceAccount(Message):
    """With a first key. `expires_at` defaults to a year from now."""

    team: str
    name: str
    scope: str = "full"
    expires_at: datetime | None = None


class CreatedServiceAccount(Message):
    """The key is told this once."""

    id: str
    username: str
    name: str
    team: str
    api_key: str
    key: ApiKeyView


class ServiceAccountView(Message):
    """A service account with its live keys."""

    id: str
    username: str
    name: str
    team: str
    created_at: datetime
    keys: list[ApiKeyView]


class ListServiceAccounts(Message):
    """Those of a team, for its members."""

    team: str


class ServiceAccounts(Message):
    """The oldest first."""

    items: list[ServiceAccountView]


class DeleteServiceAccount(Message):
    """Its keys stop to count; its runs stay."""

    team: str
    username: str


class RegisterProvider(Message):
    """Whose tokens count as this service account: issuer, audience, and a pattern of subjects.

    In `subject`, `*` stands for any text without the sign ':' or '/', `**` for any text at all.
    """

    team: str
    username: str
    issuer: str
    audience: str
    subject: str


class ProviderView(Message):
    """A registered CI provider."""

    id: str
    team: str
    username: str
    issuer: str
    audience: str
    subject: str
    created_at: datetime
    created_by: str


class ListProviders(Message):
    """Those of a team, for its admins."""

    team: str


class Providers(Message):
    """The oldest first."""

    items: list[ProviderView]


class RemoveProvider(Message):
    """Tokens from there no longer count; keys given out live out their hour."""

    team: str
    id: str


class ExchangeToken(Message):
    """A CI job's own token, for a key that lives an hour."""

    token: str = Field(max_length=16_384)


class ExchangedToken(Message):
    """`claims` is what the token told about the job, as it will stand in `Caller.ci`."""

    api_key: str
    expires_at: datetime
    username: str
    team: str
    claims: dict[str, str]


CREATE_SERVICE_ACCOUNT = Call(
    "identity.service_account.create", CreateServiceAccount, CreatedServiceAccount
)
LIST_SERVICE_ACCOUNTS = Call("identity.service_account.list", ListServiceAccounts, ServiceAccounts)
DELETE_SERVICE_ACCOUNT = Call("identity.service_account.delete", DeleteServiceAccount, Nothing)
REGISTER_PROVIDER = Call("identity.provider.register", RegisterProvider, ProviderView)
LIST_PROVIDERS = Call("identity.provider.list", ListProviders, Providers)
REMOVE_PROVIDER = Call("identity.provider.remove", RemoveProvider, Nothing)
EXCHANGE_TOKEN = Call("identity.token.exchange", ExchangeToken, ExchangedToken)

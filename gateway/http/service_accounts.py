"""`/api/v1/teams/{team}/service-accounts`: what CI runs as.

Further keys are made, listed, rotated and revoked like a person's, at
`/api/v1/users/{username}/api-keys`.
"""

from __future__ import annotations

from fastapi import APIRouter, Response

from gateway.dependencies import AskAs
from gateway.http.api_keys import Key
from gateway.http.forms import Form, Moment, Page, Shown
from shared.contracts.identity import (
    CREATE_SERVICE_ACCOUNT,
    DELETE_SERVICE_ACCOUNT,
    LIST_SERVICE_ACCOUNTS,
    CreateServiceAccount,
    DeleteServiceAccount,
    ListServiceAccounts,
)

router = APIRouter(prefix="/teams/{team}/service-accounts", tags=["service accounts"])


class NewServiceAccount(Form):
    """`scope` and `expires_at` are its first key's; without an end the key lives a year."""

    name: str
    scope: str = "full"
    expires_at: Moment | None = None


class CreatedServiceAccountBody(Shown):
    """The key is shown this once."""

    username: str
    name: str
    api_key: str
    key: Key


class ServiceAccount(Shown):
    """A service account with its live keys."""

    username: str
    name: str
    created_at: Moment
    keys: list[Key]


@router.post("", status_code=201)
async def create_service_account(
    team: str, body: NewServiceAccount, ask: AskAs
) -> CreatedServiceAccountBody:
    """An account without mailbox or password, and its first key. Team admins only."""
    wanted = CreateServiceAccount(team=team, **body.model_dump())
    return CreatedServiceAccountBody.model_validate(await ask(CREATE_SERVICE_ACCOUNT, wanted))


@router.get("")
async def list_service_accounts(team: str, ask: AskAs) -> Page[ServiceAccount]:
    """Those of a team, for its people."""
    found = await ask(LIST_SERVICE_ACCOUNTS, ListServiceAccounts(team=team))
    return Page(items=[ServiceAccount.model_validate(item) for item in found.items])


@router.delete("/{username}", status_code=204)
async def delete_service_account(team: str, username: str, ask: AskAs) -> Response:
    """Its keys stop to count; its runs stay. Team admins only."""
    await ask(DELETE_SERVICE_ACCOUNT, DeleteServiceAccount(team=team, username=username))
    return Response(status_code=204)

"""`/api/v1/users`: accounts, one's own and, for administrators of the instance, everybody's."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import Field

from gateway.dependencies import AskAs
from gateway.http.forms import Cursor, Form, Limit, Moment, Page, Shown
from shared.contracts.identity import (
    APPOINT_ADMINISTRATOR,
    CREATE_USER,
    DEACTIVATE_USER,
    DELETE_USER,
    GET_USER,
    LIST_RECOMMENDED_TEAMS,
    SEARCH_USERS,
    UPDATE_USER,
    AppointAdministrator,
    CreateUser,
    DeactivateUser,
    DeleteUser,
    GetUser,
    ListRecommendedTeams,
    SearchUsers,
    TeamCard,
    TeamRole,
    UpdateUser,
    UserView,
)

router = APIRouter(prefix="/users", tags=["users"])


class NewUser(Form):
    """`api_key` adopts a key that people or CI already use."""

    username: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,128}$")]
    email: str
    password: str | None = None
    admin: bool = False
    api_key: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{40,256}$")] | None = None


class CreatedUserBody(Shown):
    """The key is shown this once."""

    username: str
    email: str | None
    admin: bool
    api_key: str


class Account(Shown):
    """Somebody; `email` and `teams` as far as the caller may see them."""

    username: str
    name: str
    email: str | None
    kind: str
    admin: bool
    teams: list[TeamRole]
    created_at: Moment
    deactivated_at: Moment | None
    deleted_at: Moment | None


class Settled(Account):
    """One's own account with its settings."""

    default_entity: str | None
    email_verified: bool
    has_password: bool
    language: str
    notifications: dict[str, bool]


class Me(Settled):
    """Whoever asks; for a service account also whom its runs are attributed to, or why nobody."""

    on_behalf_of: str | None = None
    attribution_note: str | None = None


class Wishes(Form):
    """What to change; what is absent stays. `notifications` are merged."""

    name: str | None = None
    language: Literal["en", "fr"] | None = None
    default_entity: str | None = None
    notifications: dict[str, bool] | None = None


class Appointment(Form):
    """Administrator of the instance, or no longer."""

    admin: bool


class Recommended(Shown):
    """A team of colleagues, and whom to ask for an invitation."""

    name: str
    description: str
    members: int
    admins: list[str]


@router.post("", status_code=201)
async def create_user(body: NewUser, ask: AskAs) -> CreatedUserBody:
    """Create an account. Instance administrators only."""
    created = await ask(CREATE_USER, CreateUser(**body.model_dump()))
    user = created.user
    return CreatedUserBody(
        username=user.username, email=user.email, admin=user.admin, api_key=created.api_key
    )


@router.get("")
async def list_users(
    ask: AskAs,
    query: Annotated[str, Query(max_length=300)] = "",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Account]:
    """All people for an administrator of the instance; oneself and fellows for others."""
    page = await ask(SEARCH_USERS, SearchUsers(query=query, limit=limit, cursor=cursor))
    return Page(items=[Account.model_validate(user) for user in page.items], next=page.next)


@router.get("/me")
async def get_me(ask: AskAs) -> Me:
    """Who am I, as Cordée sees me?"""
    me = Me.model_validate(await ask(GET_USER, GetUser()))
    me.on_behalf_of = ask.caller.acting_for
    me.attribution_note = ask.caller.acting_note
    return me


@router.patch("/me")
async def update_me(body: Wishes, ask: AskAs) -> Settled:
    """Change one's own settings."""
    user = await ask.changing(UPDATE_USER, UpdateUser(**body.model_dump()))
    return Settled.model_validate(user)


@router.get("/me/recommended-teams")
async def list_recommended_teams(ask: AskAs) -> Page[Recommended]:
    """Teams that show themselves to colleagues, and that one is not in."""
    found = await ask(LIST_RECOMMENDED_TEAMS, ListRecommendedTeams())
    return Page(items=[_recommended(card) for card in found.items], next=found.next)


@router.get("/{username}")
async def get_user(username: str, ask: AskAs) -> Account:
    """Somebody with whom one shares a team; anybody for administrators of the instance."""
    return _account(await ask(GET_USER, GetUser(username=username)))


@router.patch("/{username}")
async def appoint_administrator(username: str, body: Appointment, ask: AskAs) -> Account:
    """Make an administrator of the instance, or unmake one. Instance administrators only."""
    appointment = AppointAdministrator(username=username, admin=body.admin)
    return _account(await ask.changing(APPOINT_ADMINISTRATOR, appointment))


@router.post("/{username}:deactivate")
async def deactivate_user(username: str, ask: AskAs) -> Account:
    """Keys and sessions stop to count. Instance administrators only."""
    return _account(await ask(DEACTIVATE_USER, DeactivateUser(username=username)))


@router.post("/{username}:reactivate")
async def reactivate_user(username: str, ask: AskAs) -> Account:
    """Let somebody in again. Instance administrators only."""
    return _account(await ask(DEACTIVATE_USER, DeactivateUser(username=username, active=True)))


@router.delete("/{username}", status_code=204)
async def delete_user(username: str, ask: AskAs) -> Response:
    """Delete an account; its runs stay. Instance administrators only."""
    await ask(DELETE_USER, DeleteUser(username=username))
    return Response(status_code=204)


def _account(user: UserView) -> Account:
    return Account.model_validate(user)


def _recommended(card: TeamCard) -> Recommended:
    return Recommended.model_validate(card)

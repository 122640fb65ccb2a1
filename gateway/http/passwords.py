"""Passwords: `/api/v1/users/me/password`, and `/api/v1/password-resets` for forgotten ones."""

from __future__ import annotations

from fastapi import APIRouter, Response

from gateway.dependencies import AskAs, AskAtTheDoor
from gateway.http.forms import Form, Moment, Shown
from shared.contracts.identity import (
    CHANGE_PASSWORD,
    ISSUE_PASSWORD_RESET,
    RESET_PASSWORD,
    START_PASSWORD_RESET,
    ChangePassword,
    IssuePasswordReset,
    ResetPassword,
    StartPasswordReset,
)

router = APIRouter(tags=["sessions"])

PATIENCE = 20.0
"""Hashing waits its turn."""


class NewPassword(Form):
    """`current` is needed where there is one."""

    current: str | None = None
    password: str


class Forgotten(Form):
    """`login` is the user name or the e-mail address."""

    login: str


class Recovered(Form):
    """`token` is from the mail, or from the link that an administrator made."""

    token: str
    password: str


class Link(Shown):
    """To be handed over; works once."""

    url: str
    expires_at: Moment


@router.put("/users/me/password", status_code=204)
async def change_password(body: NewPassword, ask: AskAs) -> Response:
    """Another password; every other session ends."""
    await ask(CHANGE_PASSWORD, ChangePassword(**body.model_dump()), patience=PATIENCE)
    return Response(status_code=204)


@router.post("/users/{username}/password-reset", status_code=201)
async def issue_password_reset(username: str, ask: AskAs) -> Link:
    """A link to hand over where no mail can be sent. Instance administrators only."""
    issued = await ask(ISSUE_PASSWORD_RESET, IssuePasswordReset(username=username))
    return Link.model_validate(issued)


@router.post("/password-resets", status_code=202)
async def start_password_reset(body: Forgotten, ask: AskAtTheDoor) -> Response:
    """Mail a link, if there is such an account; the answer is always the same."""
    await ask(START_PASSWORD_RESET, StartPasswordReset(login=body.login))
    return Response(status_code=202)


@router.post("/password-resets:finish", status_code=204)
async def reset_password(body: Recovered, ask: AskAtTheDoor) -> Response:
    """Choose a new password; every session ends."""
    await ask(RESET_PASSWORD, ResetPassword(**body.model_dump()), patience=PATIENCE)
    return Response(status_code=204)

"""Mailboxes: `/api/v1/users/me/email`, and `/api/v1/email-confirmations` for links from mails."""

from __future__ import annotations

from fastapi import APIRouter

from gateway.dependencies import AskAs, AskAtTheDoor
from gateway.http.forms import Form, Shown
from gateway.http.users import Settled
from shared.contracts.identity import (
    CONFIRM_EMAIL,
    START_EMAIL_CHANGE,
    ConfirmEmail,
    StartEmailChange,
)

router = APIRouter(tags=["users"])


class NewAddress(Form):
    """`password` is needed where there is one."""

    email: str
    password: str | None = None


class Token(Form):
    """From the mail."""

    token: str


class Confirmed(Shown):
    """Whose mailbox it is."""

    username: str
    email: str | None


@router.put("/users/me/email")
async def start_email_change(body: NewAddress, ask: AskAs) -> Settled:
    """Takes effect when the link sent there is opened; at once where no mail can be sent."""
    wanted = StartEmailChange(**body.model_dump())
    return Settled.model_validate(await ask(START_EMAIL_CHANGE, wanted, patience=20.0))


@router.post("/email-confirmations")
async def confirm_email(body: Token, ask: AskAtTheDoor) -> Confirmed:
    """Whoever opens the link reads the mailbox."""
    return Confirmed.model_validate(await ask(CONFIRM_EMAIL, ConfirmEmail(token=body.token)))

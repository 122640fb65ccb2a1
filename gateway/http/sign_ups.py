"""`/api/v1/sign-ups`: accounts that people make for themselves."""

from __future__ import annotations

from fastapi import APIRouter, Response

from gateway.dependencies import AskAtTheDoor, TheBrowsers
from gateway.http.forms import Form
from gateway.http.sessions import SignedIn, welcome
from shared.contracts.identity import SIGN_UP, START_SIGN_UP, Language, SignUp, StartSignUp

router = APIRouter(prefix="/sign-ups", tags=["sessions"])


class Address(Form):
    """Where to send the link, in which language."""

    email: str
    language: Language = "en"


class NewAccount(Form):
    """`token` is from a link or an invitation; its mailbox wins over `email`."""

    token: str | None = None
    email: str | None = None
    username: str | None = None
    password: str
    name: str = ""
    language: Language = "en"


@router.post(":start", status_code=202)
async def start_sign_up(body: Address, ask: AskAtTheDoor) -> Response:
    """Send a link to sign up with; the answer is the same whether the address is known or not."""
    await ask(START_SIGN_UP, StartSignUp(**body.model_dump()))
    return Response(status_code=202)


@router.post("", status_code=201)
async def sign_up(
    body: NewAccount, ask: AskAtTheDoor, browsers: TheBrowsers, response: Response
) -> SignedIn:
    """Make an account, join the team that invited, and be signed in."""
    begun = await ask(SIGN_UP, SignUp(**body.model_dump()), patience=20.0)
    return welcome(begun, browsers, response)

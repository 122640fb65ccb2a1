"""`/api/v1/sessions`: browsers that are signed in."""

from __future__ import annotations

from fastapi import APIRouter, Response

from gateway.browsers import Browsers
from gateway.dependencies import AskAs, AskAsAnybody, AskAtTheDoor, TheBrowsers
from gateway.http.forms import Form, Moment, Page, Shown
from gateway.http.users import Settled
from shared.contracts.identity import (
    GET_SIGN_IN_OPTIONS,
    GET_USER,
    LIST_SESSIONS,
    REVOKE_OTHER_SESSIONS,
    REVOKE_SESSION,
    SIGN_IN,
    GetSignInOptions,
    GetUser,
    ListSessions,
    NewSession,
    RevokeOtherSessions,
    RevokeSession,
    SignIn,
    SignInOptions,
)

router = APIRouter(prefix="/sessions", tags=["sessions"])


class Credentials(Form):
    """`login` is the user name or the e-mail address."""

    login: str
    password: str


class Session(Shown):
    """One browser; `current` is the one that asks."""

    id: str
    created_at: Moment
    seen_at: Moment
    expires_at: Moment
    address: str | None
    agent: str | None
    current: bool


class SignedIn(Shown):
    """Who is signed in. Every change has to bring `csrf_token` in the header `X-Cordee-CSRF`.

    It is null for whoever came with an API key and needs none. `joined` is the team that was
    joined by signing up with its invitation.
    """

    user: Settled
    csrf_token: str | None
    joined: str | None = None


@router.get("/options")
async def get_options(ask: AskAsAnybody) -> SignInOptions:
    """What the sign-in page should offer."""
    return await ask(GET_SIGN_IN_OPTIONS, GetSignInOptions())


@router.post("", status_code=201)
async def sign_in(
    body: Credentials, ask: AskAtTheDoor, browsers: TheBrowsers, response: Response
) -> SignedIn:
    """Sign in; the session's cookie comes with the answer."""
    begun = await ask(SIGN_IN, SignIn(**body.model_dump()), patience=20.0)
    return welcome(begun, browsers, response)


@router.get("")
async def list_sessions(ask: AskAs) -> Page[Session]:
    """Where one is signed in, the latest first."""
    found = await ask(LIST_SESSIONS, ListSessions())
    return Page(items=[Session.model_validate(item) for item in found.items])


@router.get("/current")
async def get_current(ask: AskAs, browsers: TheBrowsers) -> SignedIn:
    """Who is signed in, and the token that changes have to bring; 401 where nobody is."""
    user = Settled.model_validate(await ask(GET_USER, GetUser()))
    session_id = ask.caller.session_id
    token = browsers.csrf_token(session_id) if session_id is not None else None
    return SignedIn(user=user, csrf_token=token)


@router.delete("/current", status_code=204)
async def sign_out(ask: AskAsAnybody, browsers: TheBrowsers) -> Response:
    """Sign out here. Repeating it is harmless."""
    if ask.caller.session_id is not None:
        await ask.changing(REVOKE_SESSION, RevokeSession())
    response = Response(status_code=204)
    browsers.sign_out(response)
    return response


@router.delete("/others", status_code=204)
async def revoke_others(ask: AskAs) -> Response:
    """Sign out everywhere else."""
    await ask.changing(REVOKE_OTHER_SESSIONS, RevokeOtherSessions())
    return Response(status_code=204)


@router.delete("/{session}", status_code=204)
async def revoke_session(session: str, ask: AskAs) -> Response:
    """Sign out in one browser."""
    await ask.changing(REVOKE_SESSION, RevokeSession(id=session))
    return Response(status_code=204)


def welcome(begun: NewSession, browsers: Browsers, response: Response) -> SignedIn:
    """The answer to whoever has just signed in, and the cookie."""
    browsers.sign_in(response, begun.token)
    return SignedIn(
        user=Settled.model_validate(begun.user),
        csrf_token=browsers.csrf_token(begun.session.id),
        joined=begun.joined,
    )

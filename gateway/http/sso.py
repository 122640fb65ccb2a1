"""`/api/v1/sso`: the way to the instance's single-sign-on provider, and back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse

from gateway.dependencies import AskAsAnybody, TheBrowsers
from shared.contracts.identity import BEGIN_SSO, FINISH_SSO, BeginSso, FinishSso
from shared.errors import CordeeError, Unauthenticated
from shared.kit import logs

router = APIRouter(prefix="/sso", tags=["sessions"])
log = logs.get(__name__)

BACK = "/api/v1/sso/callback"
HOME, SIGN_IN_PAGE = "/", "/login"


@router.get("/begin", status_code=302)
async def begin_sso(
    ask: AskAsAnybody,
    browsers: TheBrowsers,
    return_to: Annotated[str | None, Query(max_length=2000)] = None,
) -> RedirectResponse:
    """Send the browser to the provider. `return_to` is a page of ours."""
    back = browsers.page(BACK)
    begun = await ask(BEGIN_SSO, BeginSso(redirect_uri=back, return_to=return_to), patience=20.0)
    response = RedirectResponse(begun.url, 302)
    browsers.remember_sso(response, begun.state)
    return response


@router.get("/callback", status_code=303)
async def finish_sso(
    request: Request,
    ask: AskAsAnybody,
    browsers: TheBrowsers,
    state: str = "",
    code: str = "",
) -> RedirectResponse:
    """Where the provider sends the browser back to: signed in, or to the sign-in page.

    That page is told by one word what went wrong, since its visitor came by a link.
    """
    back = browsers.page(BACK)
    try:
        if not browsers.left_for_sso(request, state):
            raise Unauthenticated("This browser did not begin this sign-in.")
        finished = await ask(
            FINISH_SSO, FinishSso(state=state, code=code, redirect_uri=back), patience=25.0
        )
    except CordeeError as error:
        log.info("single sign-on refused", code=error.code, why=error.message)
        response = RedirectResponse(browsers.page(f"{SIGN_IN_PAGE}?sso={error.code}"), 303)
    else:
        response = RedirectResponse(browsers.page(finished.return_to or HOME), 303)
        browsers.sign_in(response, finished.token)
    browsers.forget_sso(response)
    return response

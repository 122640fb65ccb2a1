"""What a route may ask for, by type."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from gateway.auth import Authenticator, Presented, key_of
from gateway.browsers import Browsers
from gateway.http.errors import request_id_of
from gateway.rates import Rates
from gateway.signing import Signer
from shared.contracts._kinds import Answer, Ask, Call
from shared.contracts.identity import Caller
from shared.errors import Unauthenticated
from shared.kit.blobs import Blobs
from shared.messaging.bus import PATIENCE, Bus

LINK_HEADER = "x-cordee-share"


def _bus(request: Request) -> Bus:
    found: Bus = request.app.state.bus
    return found


def _browsers(request: Request) -> Browsers:
    found: Browsers = request.app.state.browsers
    return found


def _authenticator(request: Request) -> Authenticator:
    found: Authenticator = request.app.state.authenticator
    return found


def _signer(request: Request) -> Signer:
    found: Signer = request.app.state.signer
    return found


def _blobs(request: Request) -> Blobs:
    found: Blobs = request.app.state.blobs
    return found


def presented(request: Request) -> Presented:
    """What the request shows of its sender; empty `X-WANDB-*` headers count as absent."""
    headers = request.headers
    return Presented(
        key=key_of(headers.get("authorization")),
        session=request.cookies.get(_browsers(request).cookie),
        username=headers.get("x-wandb-username") or None,
        email=headers.get("x-wandb-user-email") or None,
        elevated=headers.get("use-admin-privileges", "").lower() == "true",
        address=request.client.host if request.client else None,
        agent=headers.get("user-agent"),
    )


async def caller_of(request: Request) -> Caller:
    """Who asks. What a cookie would change has to be meant by a page of ours."""
    authenticator: Authenticator = request.app.state.authenticator
    caller = await authenticator.caller(presented(request))
    if caller.session_id is not None:
        _browsers(request).must_be_meant(request, caller.session_id)
    rates: Rates = request.app.state.rates
    rates.take(caller.principal_id)
    return caller


async def _at_the_door(request: Request) -> Caller:
    """Who comes to sign in or with a link, and so has no token of a session to show."""
    _browsers(request).must_come_from_us(request)
    authenticator: Authenticator = request.app.state.authenticator
    return await authenticator.caller(presented(request))


async def _signed_in(caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
    if caller.principal_id is None:
        raise Unauthenticated("Sign in, or send an API key.")
    return caller


class Asker:
    """The bus, asked on behalf of one request's caller."""

    def __init__(
        self, bus: Bus, authenticator: Authenticator, caller: Caller, request_id: str
    ) -> None:
        self._bus = bus
        self._authenticator = authenticator
        self.caller = caller
        self.request_id = request_id

    async def __call__(
        self, contract: Call[Ask, Answer], ask: Ask, patience: float = PATIENCE
    ) -> Answer:
        """Ask, as this caller."""
        return await self._bus.call(
            contract, ask, caller=self.caller, request_id=self.request_id, patience=patience
        )

    async def changing(self, contract: Call[Ask, Answer], ask: Ask) -> Answer:
        """Ask what changes the caller's own rights; their next request here knows of it."""
        answer = await self(contract, ask)
        self._authenticator.forget_principal(self.caller.principal_id or "")
        return answer


def asker_for(request: Request, caller: Caller) -> Asker:
    """Asks on behalf of a request's caller."""
    return Asker(_bus(request), request.app.state.authenticator, caller, request_id_of(request))


async def _asker(request: Request, caller: Annotated[Caller, Depends(_signed_in)]) -> Asker:
    return asker_for(request, caller)


async def _open_asker(request: Request, caller: Annotated[Caller, Depends(caller_of)]) -> Asker:
    return asker_for(request, caller)


async def _visiting_asker(request: Request) -> Asker:
    """Whoever brings a link is nobody else, whatever key or session comes with it."""
    authenticator = _authenticator(request)
    token = request.headers.get(LINK_HEADER)
    if token is None:
        raise Unauthenticated(f"{LINK_HEADER}: bring the token of a share link.")
    address = request.client.host if request.client else None
    caller = await authenticator.visitor(token, address, request.headers.get("user-agent"))
    return asker_for(request, caller)


async def _door_asker(request: Request, caller: Annotated[Caller, Depends(_at_the_door)]) -> Asker:
    return asker_for(request, caller)


TheBus = Annotated[Bus, Depends(_bus)]
TheBrowsers = Annotated[Browsers, Depends(_browsers)]
TheAuthenticator = Annotated[Authenticator, Depends(_authenticator)]
TheSigner = Annotated[Signer, Depends(_signer)]
TheBlobs = Annotated[Blobs, Depends(_blobs)]
AskAs = Annotated[Asker, Depends(_asker)]
"""Asks as the signed-in caller; 401 where nobody is."""
AskAsAnybody = Annotated[Asker, Depends(_open_asker)]
"""Asks as whoever it is, an anonymous visitor included; the owning service decides."""
AskAtTheDoor = Annotated[Asker, Depends(_door_asker)]
"""The same for signing in and for links from mails: no token of a session is asked for."""
AskAsVisitor = Annotated[Asker, Depends(_visiting_asker)]
"""Asks as whoever comes with a share link, and as nobody else."""

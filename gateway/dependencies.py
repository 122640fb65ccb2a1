"""What a route may ask for, by type."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from gateway.auth import Authenticator, Presented, key_of
from gateway.http.errors import request_id_of
from gateway.signing import Signer
from shared.contracts._kinds import Answer, Ask, Call
from shared.contracts.identity import Caller
from shared.errors import Unauthenticated
from shared.kit.blobs import Blobs
from shared.messaging.bus import PATIENCE, Bus


def _bus(request: Request) -> Bus:
    found: Bus = request.app.state.bus
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
        username=headers.get("x-wandb-username") or None,
        email=headers.get("x-wandb-user-email") or None,
        elevated=headers.get("use-admin-privileges", "").lower() == "true",
        address=request.client.host if request.client else None,
        agent=headers.get("user-agent"),
    )


async def _anybody(request: Request) -> Caller:
    authenticator: Authenticator = request.app.state.authenticator
    return await authenticator.caller(presented(request))


async def _signed_in(caller: Annotated[Caller, Depends(_anybody)]) -> Caller:
    if caller.principal_id is None:
        raise Unauthenticated("Sign in, or send an API key.")
    return caller


class Asker:
    """The bus, asked on behalf of one request's caller."""

    def __init__(self, bus: Bus, caller: Caller, request_id: str) -> None:
        self._bus = bus
        self.caller = caller
        self.request_id = request_id

    async def __call__(
        self, contract: Call[Ask, Answer], ask: Ask, patience: float = PATIENCE
    ) -> Answer:
        """Ask, as this caller."""
        return await self._bus.call(
            contract, ask, caller=self.caller, request_id=self.request_id, patience=patience
        )


async def _asker(request: Request, caller: Annotated[Caller, Depends(_signed_in)]) -> Asker:
    return Asker(_bus(request), caller, request_id_of(request))


async def _open_asker(request: Request, caller: Annotated[Caller, Depends(_anybody)]) -> Asker:
    return Asker(_bus(request), caller, request_id_of(request))


TheBus = Annotated[Bus, Depends(_bus)]
TheSigner = Annotated[Signer, Depends(_signer)]
TheBlobs = Annotated[Blobs, Depends(_blobs)]
AskAs = Annotated[Asker, Depends(_asker)]
"""Asks as the signed-in caller; 401 where nobody is."""
AskAsAnybody = Annotated[Asker, Depends(_open_asker)]
"""Asks as whoever it is, an anonymous visitor included; the owning service decides."""

"""From credentials to a caller: one question to identity, remembered for less than a second.

The memory is what keeps a training loop cheap; its age is what bounds how long a revoked key or
a removed member still gets in. When identity cannot be asked the answer is 503, never "still
valid" and never 401: the SDK would take that as final.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from shared import credentials
from shared.contracts.identity import (
    ANONYMOUS,
    RESOLVE_KEY,
    RESOLVE_SESSION,
    Caller,
    ResolveKey,
    ResolveSession,
)
from shared.contracts.runs import RESOLVE_SHARE, ResolveShare
from shared.errors import Unauthenticated
from shared.messaging.bus import Bus

FRESH_S = 0.9
REFUSED_S = 0.5
PATIENCE_S = 5.0
_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Presented:
    """What a request shows of its sender; `session` is the token of a browser's cookie."""

    key: str | None = None
    session: str | None = None
    username: str | None = None
    email: str | None = None
    elevated: bool = False
    address: str | None = None
    agent: str | None = None


@dataclass(slots=True)
class _Remembered:
    until: float
    caller: Caller | None
    refusal: str = ""


class _Place(NamedTuple):
    """Under what a caller is remembered: no token of a session or a link is taken for a key."""

    digest: str
    username: str = ""
    email: str = ""
    session: bool = False
    link: bool = False


class Authenticator:
    """Resolves keys and sessions; one instance per process."""

    def __init__(
        self, bus: Bus, pepper: bytes, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._bus = bus
        self._pepper = pepper
        self._known: OrderedDict[_Place, _Remembered] = OrderedDict()
        self._asking: dict[_Place, asyncio.Future[Caller]] = {}

    async def caller(self, shown: Presented) -> Caller:
        """Who it is; Unauthenticated with a key that nobody has.

        Whose session has ended is anonymous: browsers go on sending its cookie.
        """
        found = await self._found(shown)
        return found.model_copy(
            update={
                "elevated": shown.elevated and found.admin,
                "address": shown.address,
                "agent": shown.agent,
            }
        )

    async def known(self, key: str) -> Caller:
        """The same for the hot path: no copies, no extras."""
        if not credentials.is_well_formed(key):
            raise Unauthenticated("The API key is malformed; copy it again from your settings.")
        return await self._resolve(self._place_of(key))

    async def visitor(self, token: str, address: str | None, agent: str | None) -> Caller:
        """Whoever comes with a share link's token; Unauthenticated where it does not count."""
        if not credentials.is_well_formed(token):
            raise Unauthenticated("This is no share link; copy it again.")
        found = await self._resolve(_Place(self._link_digest(token), link=True))
        return found.model_copy(update={"address": address, "agent": agent})

    def new_link(self) -> tuple[str, str]:
        """A token for a share link, to be shown once, and the digest that it is known by."""
        token = credentials.new_link_token()
        return token, self._link_digest(token)

    def _link_digest(self, token: str) -> str:
        # Said apart from keys: neither's digest is ever the other's.
        return credentials.digest(f"link {token}", self._pepper)

    def forget(self, digest: str) -> None:
        """A key or session was revoked: do not wait for its memory to age."""
        for place in [place for place in self._known if place.digest == digest]:
            del self._known[place]

    def forget_principal(self, principal_id: str) -> None:
        """Somebody's roles changed."""
        for place, kept in list(self._known.items()):
            if kept.caller is not None and kept.caller.principal_id == principal_id:
                del self._known[place]

    async def _found(self, shown: Presented) -> Caller:
        if shown.key is not None:
            if not credentials.is_well_formed(shown.key):
                raise Unauthenticated("The API key is malformed; copy it again from your settings.")
            return await self._resolve(
                self._place_of(shown.key, shown.username or "", shown.email or "")
            )
        if shown.session is None or not credentials.is_well_formed(shown.session):
            return ANONYMOUS
        try:
            return await self._resolve(self._place_of(shown.session, session=True))
        except Unauthenticated:
            return ANONYMOUS

    def _place_of(
        self, secret: str, username: str = "", email: str = "", *, session: bool = False
    ) -> _Place:
        return _Place(credentials.digest(secret, self._pepper), username, email, session)

    async def _resolve(self, place: _Place) -> Caller:
        kept = self._known.get(place)
        if kept is not None and kept.until > self._clock():
            if kept.caller is None:
                raise Unauthenticated(kept.refusal)
            return kept.caller
        if place not in self._asking:
            self._asking[place] = asyncio.ensure_future(self._ask(place))
        return await asyncio.shield(self._asking[place])

    async def _ask(self, place: _Place) -> Caller:
        asked = self._clock()
        try:
            caller = await self._answer(place)
        except Unauthenticated as error:
            self._remember(place, _Remembered(asked + REFUSED_S, None, error.message))
            raise
        else:
            # Counted from the question: the answer may already be as old as it took to come.
            self._remember(place, _Remembered(asked + FRESH_S, caller))
            return caller
        finally:
            del self._asking[place]

    async def _answer(self, place: _Place) -> Caller:
        if place.link:
            share = ResolveShare(digest=place.digest)
            return await self._bus.call(RESOLVE_SHARE, share, patience=PATIENCE_S)
        if place.session:
            ask = ResolveSession(digest=place.digest)
            return await self._bus.call(RESOLVE_SESSION, ask, patience=PATIENCE_S)
        return await self._bus.call(
            RESOLVE_KEY,
            ResolveKey(
                digest=place.digest,
                acting_username=place.username or None,
                acting_email=place.email or None,
            ),
            patience=PATIENCE_S,
            again=True,
        )

    def _remember(self, place: _Place, what: _Remembered) -> None:
        self._known[place] = what
        self._known.move_to_end(place)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)


def key_of(authorization: str | None) -> str | None:
    """The API key of an `Authorization` header: Basic with any user name, or Bearer."""
    if not authorization:
        return None
    scheme, _, rest = authorization.partition(" ")
    rest = rest.strip()
    if scheme.lower() == "bearer":
        return rest or None
    if scheme.lower() != "basic":
        raise Unauthenticated("Authorization must be Basic api:<key> or Bearer <key>.")
    try:
        decoded = base64.b64decode(rest, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise Unauthenticated("The Authorization header is not valid base64.") from error
    key = decoded.partition(":")[2]
    return key or None

"""Technologies that identity leans on without knowing them."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from services.identity.domain.letter import Letter
from services.identity.domain.limit import Limit


class Mint(Protocol):
    """Makes secrets, and the forms in which they may be kept."""

    def digest(self, secret: str) -> str:
        """The only form in which a key or token is kept."""

    def token(self) -> tuple[str, str]:
        """A fresh token of 32 random bytes, and its digest."""

    def seal(self, text: str) -> str:
        """Readable only with the pepper."""

    def unseal(self, sealed: str) -> str:
        """The reverse."""


class Passwords(Protocol):
    """Slow hashing, a few at a time."""

    async def hash(self, password: str) -> str:
        """The form in which it is kept."""

    async def fits(self, password: str, kept: str | None) -> bool:
        """Whether it is the one; takes equally long where there is none."""


class KeyUse(Protocol):
    """Remembers when keys were last used, a minute's precision for a write a minute."""

    def note(self, key_id: str, at: datetime) -> None:
        """It was used just now."""


@dataclass(frozen=True, slots=True)
class DeadMessage:
    """A message that no handler could take; `subject` is `dead.<service>.<where it came from>`.

    `body` is empty in a list: `size` says how much there is of it.
    """

    sequence: int
    at: datetime
    subject: str
    reason: str
    size: int
    body: bytes = b""
    replayed_at: datetime | None = None
    replayed_by: str | None = None


class DeadLetters(Protocol):
    """All of them, for as long as they are kept."""

    async def page(self, before: int | None, limit: int) -> Sequence[DeadMessage]:
        """The newest first, of those with a sequence below `before`; without their bodies."""

    async def get(self, sequence: int) -> DeadMessage:
        """Raises NotFound."""

    async def mark(self, sequence: int, by: str, at: datetime) -> None:
        """Somebody had it replayed."""


class Canary(Protocol):
    """Tries whether a write reaches the disk."""

    async def sing(self) -> str:
        """Empty if it did; else what went wrong."""


class Limits(Protocol):
    """Counts, shared by all processes."""

    async def hit(self, limit: Limit, *about: str) -> None:
        """Raises RateLimited when it was too often."""


class Errands(Protocol):
    """Work that nobody waits for, so that its length tells nobody anything."""

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it beside the answer."""


class Mail(Protocol):
    """Sends letters."""

    async def send(self, letter: Letter) -> None:
        """Raises Unavailable when it may work later, Invalid when it never will."""


@dataclass(frozen=True, slots=True)
class SsoClaims:
    """What a provider says about somebody, after everything was verified."""

    issuer: str
    subject: str
    email: str | None
    email_verified: bool
    name: str
    username: str | None


class SsoProvider(Protocol):
    """The single-sign-on provider of this instance."""

    async def begin(self, state: str, nonce: str, verifier: str, redirect_uri: str) -> str:
        """The URL to send the browser to. Raises NotFound where no provider is set."""

    async def finish(self, code: str, nonce: str, verifier: str, redirect_uri: str) -> SsoClaims:
        """Who came back. Raises Unauthenticated for anything that does not fit."""


class CiTokens(Protocol):
    """Tokens that CI providers give to their jobs."""

    def issuer_of(self, token: str) -> str:
        """Whose it claims to be. Raises Unauthenticated for what is no such token."""

    async def claims(self, token: str, issuer: str) -> Mapping[str, Any]:
        """What it says, with signature and times verified. Raises Unauthenticated."""

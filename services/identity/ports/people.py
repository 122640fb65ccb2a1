"""Where accounts are kept, and everything that lets somebody in."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Protocol

from services.identity.domain.api_key import ApiKey
from services.identity.domain.link import Link, Purpose
from services.identity.domain.session import Session
from services.identity.domain.user import SsoIdentity, User


class Names(Protocol):
    """The one space of names that users and teams share, whatever their letter case."""

    async def take(self, name: str, owner_id: str) -> None:
        """Raises Conflict if anybody has or had it."""

    async def first_free(self, candidates: Iterable[str]) -> str:
        """The first that nobody has or had."""


class Users(Protocol):
    """Accounts of people and of services."""

    async def get(self, user_id: str) -> User:
        """Raises NotFound; a deleted account is still found."""

    async def named(self, username: str) -> User:
        """Raises NotFound, also for a deleted account."""

    async def by_login(self, login: str) -> User | None:
        """By name or mailbox; None if nobody live has it."""

    async def by_sso(self, identity: SsoIdentity) -> User | None:
        """By what a provider calls them; None if nobody live is called so."""

    async def many(self, user_ids: Collection[str]) -> list[User]:
        """Those of the ids that are live, oldest first."""

    async def named_any(self, usernames: Collection[str]) -> list[User]:
        """Those of the names that are live."""

    async def search(
        self, text: str, among: Collection[str] | None, after: str | None, limit: int
    ) -> list[User]:
        """Live people whose name or mailbox has the text, in the order of their names."""

    async def add(self, user: User) -> None:
        """Raises Conflict if the mailbox is taken."""

    async def save(self, user: User) -> None:
        """Raises Conflict if the mailbox is taken."""

    async def exist(self) -> bool:
        """Whether there is or was any account at all."""

    async def administrators(self) -> int:
        """How many live instance administrators there are."""


class ApiKeys(Protocol):
    """Keys, by the digest of their text."""

    async def by_digest(self, digest: str) -> ApiKey | None:
        """The key, revoked or not; None if there never was one."""

    async def get(self, key_id: str) -> ApiKey:
        """Raises NotFound, also for a revoked key."""

    async def of(self, principal_id: str) -> list[ApiKey]:
        """Keys that are not revoked, oldest first; some may have expired."""

    async def add(self, key: ApiKey) -> None:
        """Raises Conflict if the same key is known already."""

    async def save(self, key: ApiKey) -> None:
        """Keep what was changed."""


class Sessions(Protocol):
    """Browsers that are signed in."""

    async def by_digest(self, digest: str, moment: datetime) -> Session | None:
        """A live one, or None."""

    async def get(self, session_id: str) -> Session:
        """Raises NotFound."""

    async def of(self, user_id: str, moment: datetime) -> list[Session]:
        """Live ones, the latest first."""

    async def know(self, user_id: str, network: str) -> bool:
        """Whether somebody is signed in from there."""

    async def add(self, session: Session) -> None:
        """Keep a new one."""

    async def save(self, session: Session) -> None:
        """Keep what was changed, unless it was removed meanwhile."""

    async def remove(self, session: Session) -> None:
        """It counts no more."""


class Links(Protocol):
    """Links that work once."""

    async def find(self, digest: str) -> Link | None:
        """Used and expired ones are found too."""

    async def add(self, link: Link) -> None:
        """Keep a new one."""

    async def save(self, link: Link) -> None:
        """Keep what was changed."""

    async def void(self, user_id: str, purpose: Purpose) -> None:
        """Nothing sent to somebody for this purpose works any more."""

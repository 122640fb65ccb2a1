"""What identity needs from outside: where things are kept, and the technologies it leans on."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from services.identity.domain.api_key import ApiKey
from services.identity.domain.link import Link, Purpose
from services.identity.domain.user import User
from shared.kit.outbox import Announcement

T = TypeVar("T")


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

    async def add(self, user: User) -> None:
        """Raises Conflict if the e-mail address is taken."""

    async def save(self, user: User) -> None:
        """Raises Conflict if the e-mail address is taken."""

    async def exist(self) -> bool:
        """Whether there is any account at all."""

    async def administrators(self) -> int:
        """How many live instance administrators there are."""


class ApiKeys(Protocol):
    """Keys, by the digest of their text."""

    async def by_digest(self, digest: str) -> ApiKey | None:
        """The key, revoked or not; None if there never was one."""

    async def get(self, key_id: str) -> ApiKey:
        """Raises NotFound, also for a revoked key."""

    async def of(self, principal_id: str) -> list[ApiKey]:
        """Live keys, oldest first."""

    async def add(self, key: ApiKey) -> None:
        """Raises Conflict if the same key is known already."""

    async def save(self, key: ApiKey) -> None:
        """Keep what was changed."""


class Teams(Protocol):
    """Teams with their members."""

    async def roles_of(self, principal_id: str) -> dict[str, str]:
        """Team name to role, for every team that somebody is in."""


class Links(Protocol):
    """Links that work once."""

    async def get(self, digest: str) -> Link:
        """Raises NotFound; a used or expired one is found."""

    async def add(self, link: Link) -> None:
        """Keep a new one."""

    async def save(self, link: Link) -> None:
        """Keep what was changed."""

    async def void(self, user_id: str, purpose: Purpose) -> None:
        """Nothing sent to somebody for this purpose works any more."""


class Records(Protocol):
    """Everything that identity keeps, as of one moment."""

    @property
    def names(self) -> Names: ...
    @property
    def users(self) -> Users: ...
    @property
    def keys(self) -> ApiKeys: ...
    @property
    def teams(self) -> Teams: ...
    @property
    def links(self) -> Links: ...

    async def tell(self, news: Sequence[Announcement]) -> None:
        """Announce it if, and only if, the change commits."""

    async def hold(self, what: str) -> None:
        """Keep everybody else who holds the same thing out until the change commits."""


class Store(Protocol):
    """Where the records are."""

    @property
    def records(self) -> Records:
        """For reading."""

    async def change(self, work: Callable[[Records], Coroutine[Any, Any, T]]) -> T:
        """Do all of `work` or nothing; it may run several times, so it must touch only records."""


class Mint(Protocol):
    """Makes secrets, and the digests under which they are kept."""

    def digest(self, secret: str) -> str:
        """The only form in which a key or token is kept."""

    def token(self) -> tuple[str, str]:
        """A fresh token of 32 random bytes, and its digest."""


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


class Canary(Protocol):
    """Tries whether a write reaches the disk."""

    async def sing(self) -> str:
        """Empty if it did; else what went wrong."""

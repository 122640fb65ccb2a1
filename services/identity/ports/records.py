"""Everything that is kept, read as of one moment and changed together."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from services.identity.domain.audit import Deed, Entry, Flaw
from services.identity.domain.letter import Letter
from services.identity.ports.people import ApiKeys, Links, Names, Sessions, Users
from services.identity.ports.teams import Invitations, Organizations, Providers, Teams
from shared.kit.outbox import Announcement

T = TypeVar("T")


class Audit(Protocol):
    """The log of what was done, which is only ever added to."""

    async def append(self, deed: Deed) -> None:
        """Behind the team's latest entry."""

    async def page(
        self,
        team: str,
        *,
        actor: str | None,
        action: str | None,
        since: datetime | None,
        until: datetime | None,
        before: str | None,
        limit: int,
    ) -> list[Entry]:
        """The newest first; `action` may end in `.*`, `before` is an entry's id."""

    async def verify(self, team: str) -> tuple[int, Flaw | None]:
        """How many entries are sound, and the first that is not."""

    async def teams(self) -> list[str]:
        """Everything that has a log."""


class Letters(Protocol):
    """Letters to be sent once a change has committed."""

    async def put(self, letter: Letter) -> None:
        """Keep it, sealed."""


@dataclass(frozen=True, slots=True)
class WaitingLetter:
    """A letter, how often it was tried, and since when it waits."""

    id: str
    letter: Letter
    attempts: int
    put_at: datetime


class LetterQueue(Protocol):
    """The other end of `Letters`."""

    async def take(self, at: datetime) -> WaitingLetter | None:
        """The next that is due, for a while for nobody else."""

    async def put_back(self, waiting: WaitingLetter, due_at: datetime) -> None:
        """Try again then."""

    async def remove(self, waiting: WaitingLetter) -> None:
        """Sent, or given up."""


class Records(Protocol):
    """Everything that identity keeps, as of one moment."""

    @property
    def names(self) -> Names: ...
    @property
    def users(self) -> Users: ...
    @property
    def keys(self) -> ApiKeys: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def links(self) -> Links: ...
    @property
    def teams(self) -> Teams: ...
    @property
    def invitations(self) -> Invitations: ...
    @property
    def organizations(self) -> Organizations: ...
    @property
    def providers(self) -> Providers: ...
    @property
    def audit(self) -> Audit: ...
    @property
    def letters(self) -> Letters: ...

    async def tell(self, news: Sequence[Announcement]) -> None:
        """Announce it if, and only if, the change commits."""

    async def hold(self, what: str) -> None:
        """Keep everybody else who holds the same thing out until the change commits."""


class Store(Protocol):
    """Where the records are."""

    @property
    def records(self) -> Records:
        """For reading."""

    async def change(
        self, work: Callable[[Records], Coroutine[Any, Any, T]], *, alone: str | None = None
    ) -> T:
        """Do all of `work` or nothing; it may run several times, so it must touch only records.

        Changes that would surely meet take turns in this process when they give the same `alone`.
        """

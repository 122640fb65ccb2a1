"""All records together, and the transactions in which they change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import nullcontext
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from services.identity.ports import Mint, Records
from services.identity.repository import (
    audit,
    invitations,
    keys,
    letters,
    links,
    organizations,
    providers,
    sessions,
    teams,
    users,
)
from services.identity.repository.audit import MongoAudit
from services.identity.repository.invitations import MongoInvitations
from services.identity.repository.keys import MongoApiKeys
from services.identity.repository.letters import MongoLetters
from services.identity.repository.links import MongoLinks
from services.identity.repository.names import MongoNames
from services.identity.repository.organizations import MongoOrganizations
from services.identity.repository.providers import MongoProviders
from services.identity.repository.sessions import MongoSessions
from services.identity.repository.teams import MongoTeams
from services.identity.repository.users import MongoUsers
from shared.kit.mongo import Client, Database, Session, in_transaction
from shared.kit.outbox import Announcement, Outbox

T = TypeVar("T")


class MongoRecords:
    """Keeps `ports.Records`: every collection through one session, or none."""

    def __init__(
        self, database: Database, outbox: Outbox, mint: Mint, session: Session | None
    ) -> None:
        self.names = MongoNames(database["names"], session)
        self.users = MongoUsers(database["users"], session)
        self.keys = MongoApiKeys(database["keys"], session)
        self.sessions = MongoSessions(database["sessions"], session)
        self.links = MongoLinks(database["links"], session)
        self.teams = MongoTeams(database["teams"], session)
        self.invitations = MongoInvitations(database["invitations"], session)
        self.organizations = MongoOrganizations(database["organizations"], session)
        self.providers = MongoProviders(database["providers"], session)
        self.audit = MongoAudit(database, mint.digest, session)
        self.letters = MongoLetters(database["letters"], mint, session)
        self._held = database["held"]
        self._outbox = outbox
        self._session = session

    async def tell(self, news: Sequence[Announcement]) -> None:
        """Into the outbox, inside the transaction."""
        await self._outbox.add(news, self._inside())

    async def hold(self, what: str) -> None:
        """Two transactions that write one document cannot both commit; the later one runs again.

        Snapshots alone would let two administrators remove each other at the same moment.
        """
        await self._held.update_one(
            {"_id": what}, {"$inc": {"times": 1}}, upsert=True, session=self._inside()
        )

    def _inside(self) -> Session:
        if self._session is None:
            raise RuntimeError("This is done only inside a change.")
        return self._session


class MongoStore:
    """Keeps `ports.Store`."""

    def __init__(self, client: Client, database: Database, outbox: Outbox, mint: Mint) -> None:
        self._client = client
        self._database = database
        self._outbox = outbox
        self._mint = mint
        self._records = MongoRecords(database, outbox, mint, None)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @property
    def records(self) -> Records:
        """Each read sees what has committed, on a majority."""
        return self._records

    async def change(
        self, work: Callable[[Records], Coroutine[Any, Any, T]], *, alone: str | None = None
    ) -> T:
        """One transaction, run again when it met another."""

        async def attempt(session: Session) -> T:
            return await work(MongoRecords(self._database, self._outbox, self._mint, session))

        async with self._turns.setdefault(alone, asyncio.Lock()) if alone else nullcontext():
            result = await in_transaction(self._client, attempt)
        self._outbox.wake()
        return result

    async def ensure(self) -> None:
        """Every collection's indexes; harmless when they are there."""
        database = self._database
        await users.ensure(database["users"])
        await keys.ensure(database["keys"])
        await sessions.ensure(database["sessions"])
        await links.ensure(database["links"])
        await teams.ensure(database["teams"])
        await invitations.ensure(database["invitations"])
        await organizations.ensure(database["organizations"])
        await providers.ensure(database["providers"])
        await audit.ensure(database["audit"], database["audit_heads"])
        await letters.ensure(database["letters"])

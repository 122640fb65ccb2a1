"""All records together, and the transactions in which they change."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from services.identity.ports import Records
from services.identity.repository import keys, links, teams, users
from services.identity.repository.keys import MongoApiKeys
from services.identity.repository.links import MongoLinks
from services.identity.repository.names import MongoNames
from services.identity.repository.teams import MongoTeams
from services.identity.repository.users import MongoUsers
from shared.kit.mongo import Client, Database, Session, in_transaction
from shared.kit.outbox import Announcement, Outbox

T = TypeVar("T")


class MongoRecords:
    """Keeps `ports.Records`: every collection through one session, or none."""

    def __init__(self, database: Database, outbox: Outbox, session: Session | None) -> None:
        self.names = MongoNames(database["names"], session)
        self.users = MongoUsers(database["users"], session)
        self.keys = MongoApiKeys(database["keys"], session)
        self.teams = MongoTeams(database["teams"], session)
        self.links = MongoLinks(database["links"], session)
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

    def __init__(self, client: Client, database: Database, outbox: Outbox) -> None:
        self._client = client
        self._database = database
        self._outbox = outbox
        self._records = MongoRecords(database, outbox, None)

    @property
    def records(self) -> Records:
        """Each read sees what has committed, on a majority."""
        return self._records

    async def change(self, work: Callable[[Records], Coroutine[Any, Any, T]]) -> T:
        """One transaction, run again when it met another."""

        async def attempt(session: Session) -> T:
            return await work(MongoRecords(self._database, self._outbox, session))

        return await in_transaction(self._client, attempt)

    async def ensure(self) -> None:
        """Every collection's indexes; harmless when they are there."""
        await users.ensure(self._database["users"])
        await keys.ensure(self._database["keys"])
        await teams.ensure(self._database["teams"])
        await links.ensure(self._database["links"])

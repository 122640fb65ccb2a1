"""The one place where a MongoDB client is made, and where motor's ways stay hidden.

Six calls differ between motor and PyMongo's own asynchronous client (aggregate, watch,
start_session, list_indexes, GridFS, close); whatever of them we use is used here, so that the
switch described in ADR-0002 touches this file alone.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from motor.motor_asyncio import (
    AsyncIOMotorClient,
    AsyncIOMotorClientSession,
    AsyncIOMotorCollection,
    AsyncIOMotorDatabase,
)
from pymongo import MongoClient, ReadPreference, WriteConcern
from pymongo.errors import ConnectionFailure, PyMongoError
from pymongo.monitoring import (
    TopologyClosedEvent,
    TopologyDescriptionChangedEvent,
    TopologyListener,
    TopologyOpenedEvent,
)
from pymongo.read_concern import ReadConcern
from pymongo.topology_description import TopologyDescription

from shared.errors import Unavailable
from shared.kit import logs

log = logs.get(__name__)

Document = dict[str, Any]
Client = AsyncIOMotorClient[Document]
Database = AsyncIOMotorDatabase[Document]
Collection = AsyncIOMotorCollection[Document]
Session = AsyncIOMotorClientSession

DURABLE = WriteConcern(w="majority", j=True, wtimeout=15_000)
_KEEP_TRYING_S = 15.0
_FIND_MS, _UNREACHABLE_S = 3_000, 1.5
"""A database that is not there, as when its disk is full, is told of within five seconds."""
USER_READ_MS = 5_000
"""What one read on behalf of a user may cost the database."""

T = TypeVar("T")


def connect(url: str, service: str) -> Client:
    """A client whose acknowledged writes are on disk, with a deadline on everything."""
    letting_go = _LettingGo()
    client: Client = AsyncIOMotorClient(
        url,
        event_listeners=[letting_go],
        appname=f"cordee-{service}",
        w="majority",
        journal=True,
        readConcernLevel="majority",
        retryWrites=True,
        retryReads=True,
        tz_aware=True,
        maxPoolSize=50,
        # Not `timeoutMS`: it would stand in for the one below, and every question wait that long
        # for a database that is down.
        serverSelectionTimeoutMS=_FIND_MS,
        connectTimeoutMS=15_000,  # one that is down refuses at once; a busy one may take its time
        waitQueueTimeoutMS=15_000,
        socketTimeoutMS=15_000,
        uuidRepresentation="standard",
    )
    letting_go.client = client.delegate
    return client


class _LettingGo(TopologyListener):
    """Once there is another primary, nobody waits for what the one before may still say.

    One that is frozen or cut off closes nothing, and whoever had asked it would wait for the whole
    `socketTimeoutMS`. PyMongo does this itself only where the monitor of the old one fails, which
    takes half a minute; what is broken off is tried again by it, at the new one.
    """

    client: MongoClient[Document] | None = None

    def opened(self, event: TopologyOpenedEvent) -> None:
        """Nobody waits yet."""

    def closed(self, event: TopologyClosedEvent) -> None:
        """Nobody waits any more."""

    def description_changed(self, event: TopologyDescriptionChangedEvent) -> None:
        """Break off what waits for a primary that is none any more."""
        before, now = _primary(event.previous_description), _primary(event.new_description)
        if before is None or now is None or before == now or self.client is None:
            return
        server = self.client._topology._servers.get(before)
        if server is not None:
            log.warning("another primary", before=before, now=now)
            server.pool._reset(close=False, pause=False, interrupt_connections=True)


def _primary(topology: TopologyDescription) -> tuple[str, int | None] | None:
    known = topology.server_descriptions().items()
    return next((address for address, one in known if one.server_type_name == "RSPrimary"), None)


async def in_transaction(client: Client, work: Callable[[Session], Coroutine[Any, Any, T]]) -> T:
    """Run `work` in one transaction, again when the server says that trying again may help.

    Concerns are set on the transaction: asked for on a collection they would be silently
    weakened inside it (Jepsen, MongoDB 4.2.6). The loop is ours because motor's own never tries
    again when it is the commit that met another transaction.
    """
    began = time.monotonic()
    give_up_at = began + _KEEP_TRYING_S
    async with await client.start_session() as session:
        for attempt in itertools.count():
            session.start_transaction(
                read_concern=ReadConcern("snapshot"),
                write_concern=DURABLE,
                read_preference=ReadPreference.PRIMARY,
            )
            try:
                result = await work(session)
                await _commit(session, give_up_at)
            except PyMongoError as error:
                await _abort(session)
                again = error.has_error_label("TransientTransactionError")
                gone = isinstance(error, ConnectionFailure)
                if not again or time.monotonic() > (began + _UNREACHABLE_S if gone else give_up_at):
                    raise
            except Exception:
                await _abort(session)
                raise
            else:
                return result
            await asyncio.sleep(random.uniform(0, min(0.005 * 1.5**attempt, 0.5)))  # noqa: S311
        raise AssertionError("unreachable")


async def _commit(session: Session, give_up_at: float) -> None:
    """Ask again while it is unknown whether it committed; that does nothing if it did."""
    while True:
        try:
            await session.commit_transaction()
        except PyMongoError as error:
            unknown = error.has_error_label("UnknownTransactionCommitResult")
            if not unknown or time.monotonic() > give_up_at:
                raise
        else:
            return


async def _abort(session: Session) -> None:
    under_way: Any = session.in_transaction  # a property that motor's stubs call a method
    if under_way:
        await session.abort_transaction()


async def ensure_indexes(
    collection: Collection, indexes: Sequence[tuple[list[tuple[str, int]], dict[str, Any]]]
) -> None:
    """Create what is missing; an index that exists as asked is left alone."""
    for keys, options in indexes:
        await collection.create_index(keys, **options)


@asynccontextmanager
async def faults_as_unavailable() -> AsyncIterator[None]:
    """Turn the driver's faults into the one word that makes a client try again."""
    try:
        yield
    except PyMongoError as error:
        raise Unavailable("The database did not answer.") from error

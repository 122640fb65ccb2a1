"""Connections with the rights of one service each, and an answering service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from nats.aio.client import Client

from tests.contract.messaging.world import Answering, Connection, connected
from tests.servers import OPERATOR, Servers

Connect = Callable[[str], Awaitable[Connection]]


@pytest.fixture
async def connect(servers: Servers) -> AsyncIterator[Connect]:
    """Connect as somebody; closed after the test."""
    async with AsyncExitStack() as open_connections:

        async def as_user(user: str) -> Connection:
            return await open_connections.enter_async_context(connected(servers, user))

        yield as_user


@pytest.fixture
async def operator(connect: Connect) -> Client:
    """Who may everything."""
    return (await connect(OPERATOR)).client


@pytest.fixture
async def runs(servers: Servers) -> AsyncIterator[Answering]:
    """A process that answers what is asked of runs, with the rights of runs."""
    async with Answering(servers) as answering:
        yield answering

"""Real servers, once for all, and the bus as the gateway has it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import nats
import pytest

from shared.messaging.bus import Bus
from shared.messaging.grants import inbox_prefix
from tests.servers import Servers


@pytest.fixture(scope="package")
def servers() -> Iterator[Servers]:
    """mongod and nats-server, as `cordee up` starts them."""
    with Servers() as running:
        yield running


@pytest.fixture
async def bus(servers: Servers) -> AsyncIterator[Bus]:
    """A connection with the gateway's rights and no others."""
    connection = await nats.connect(
        servers.nats_url,
        nkeys_seed=str(servers.nkey_file("gateway")),
        inbox_prefix=inbox_prefix("gateway").encode(),
    )
    yield Bus(connection)
    await connection.close()

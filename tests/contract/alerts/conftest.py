"""The stores of alerts in a database of their own, with runs and receivers that a test makes up."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.contract.alerts.world import World
from tests.servers import Servers


@pytest.fixture
async def world(servers: Servers) -> AsyncIterator[World]:
    """Prepared, empty, and leading."""
    made = World(servers)
    await made.prepare()
    yield made
    await made.close()

"""An identity process of its own for each file of tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.messaging.bus import Bus
from tests.contract.identity.world import ADMINISTRATOR, Identity, World
from tests.servers import Servers


@pytest.fixture(scope="module")
def identity(
    servers: Servers, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Identity]:
    """With the administrator, and whatever the file of tests says in `SETTINGS`."""
    settings = getattr(request.module, "SETTINGS", {})
    running = Identity(servers, tmp_path_factory.mktemp("log"), **ADMINISTRATOR, **settings)
    running.start()
    yield running
    assert running.stop() == 0
    assert "fault in a handler" not in running.log()


@pytest.fixture
def world(identity: Identity, bus: Bus, servers: Servers) -> World:
    """Ask the running identity."""
    path = servers.environment("identity")["CORDEE_KEY_PEPPER_FILE"]
    return World(bus, Path(path).read_text().strip().encode())

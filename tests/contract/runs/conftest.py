"""A database of its own for each test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.contract.runs.artifact_world import Artifacts
from tests.contract.runs.world import Asked, Kept
from tests.servers import Servers


@pytest.fixture
async def kept(servers: Servers, tmp_path: Path) -> AsyncIterator[Kept]:
    """The stores, prepared and empty."""
    stores = await Kept(servers, tmp_path).prepare()
    yield stores
    stores.close()


@pytest.fixture
async def world(servers: Servers, tmp_path: Path) -> AsyncIterator[Artifacts]:
    """The stores of artifacts and all that works on them."""
    found = await Artifacts(servers, tmp_path).prepare()
    yield found
    await found.client.drop_database(found.database.name)
    found.client.close()


@pytest.fixture(scope="module")
def asked(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """The same once for a whole file, for tests that are no coroutines."""

    async def opened() -> Kept:
        return await Kept(servers, tmp_path_factory.mktemp("blobs")).prepare()

    with asyncio.Runner() as loop:
        stores = loop.run(opened())
        yield Asked(stores, loop)
        stores.close()

"""A database of its own for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contract.runs.world import Kept
from tests.servers import Servers


@pytest.fixture
async def kept(servers: Servers, tmp_path: Path) -> AsyncIterator[Kept]:
    """The stores, prepared and empty."""
    stores = await Kept(servers, tmp_path).prepare()
    yield stores
    stores.close()

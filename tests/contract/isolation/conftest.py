"""One world for all tests of isolation."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.isolation.world import World, build
from tests.cordee import Cordee


@pytest.fixture(scope="package")
def world() -> Iterator[World]:
    with Cordee() as cordee:
        yield build(cordee.url, cordee.admin_key)

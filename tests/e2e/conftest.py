"""One Cordée for all tests that leave it whole, kill its processes as they may."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cordee import Cordee


@pytest.fixture(scope="package")
def cordee() -> Iterator[Cordee]:
    """It may send webhooks to receivers on loopback."""
    with Cordee(env={"CORDEE_EGRESS_ALLOW": "127.0.0.0/8"}) as running:
        yield running

"""A Cordée of its own for generated requests: they delete and rename whatever they can reach."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.generated.asking import Asked
from tests.contract.isolation.world import build
from tests.cordee import Cordee

NOWHERE = "http://127.0.0.1:9/"


@pytest.fixture(scope="package")
def cordee() -> Iterator[Cordee]:
    with Cordee(env={"CORDEE_EGRESS_ALLOW": "127.0.0.0/8", "CORDEE_SIGNUP": "open"}) as running:
        yield running


@pytest.fixture(scope="package")
def asked(cordee: Cordee) -> Iterator[Asked]:
    """Asks with names of things that are there, and a channel whose tests stay on this machine."""
    world = build(cordee.url, cordee.admin_key)
    channel = {"name": "nowhere", "kind": "webhook", "url": NOWHERE}
    made = world.must("POST", "/api/v1/teams/peaks/channels", "ada", channel)
    asked = Asked(world, made["id"])
    yield asked
    asked.http.close()

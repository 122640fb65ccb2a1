"""One whole Cordée for all tests of the edge, and people to ask it as."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.gateway.edge import Edge
from tests.contract.gateway.issuer import CLIENT_ID, CLIENT_SECRET, Issuer
from tests.cordee import Cordee


@pytest.fixture(scope="package")
def issuer() -> Iterator[Issuer]:
    """Whose tokens a test can sign, for CI jobs and for single sign-on."""
    with Issuer() as running:
        yield running


@pytest.fixture(scope="package")
def cordee(issuer: Issuer) -> Iterator[Cordee]:
    """A whole `cordee up` where anybody may sign up and that sends no mail."""
    settings = {
        "CORDEE_SIGNUP": "open",
        "CORDEE_EGRESS_ALLOW": "127.0.0.0/8",
        "CORDEE_OIDC_ISSUER": issuer.url,
        "CORDEE_OIDC_CLIENT_ID": CLIENT_ID,
        "CORDEE_OIDC_CLIENT_SECRET": CLIENT_SECRET,
    }
    with Cordee(env=settings) as running:
        yield running


@pytest.fixture(scope="package")
def edge(cordee: Cordee) -> Iterator[Edge]:
    """Ask it over HTTP."""
    with Edge(cordee.url, cordee.admin_key) as open_edge:
        yield open_edge

"""One cluster for all files of tests here, its lines as real as this machine allows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cluster.cluster import Cluster
from tests.cluster.wires import Namespaces


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with Cluster(own_network=Namespaces.possible()) as running:
        yield running

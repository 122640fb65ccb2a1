"""A server that has lost its disk starts empty under its old name, and is soon whole again."""

from __future__ import annotations

import asyncio

import pytest

from tests.cluster.cluster import MONGO, NATS, Cluster
from tests.cluster.ingest import all_is_there, ingest_while


@pytest.mark.drill
@pytest.mark.parametrize("names", [NATS[:2], MONGO[:2]], ids=("nats", "mongo"))
async def test_two_disks_may_be_lost_one_after_the_other(
    cluster: Cluster, names: tuple[str, str]
) -> None:
    """After the second, what the first has can only be what it was given anew."""

    async def lose_both() -> None:
        for name in names:
            cluster.nodes[name].kill()
            cluster.lose_disk(name)
            cluster.nodes[name].start()
            await asyncio.to_thread(cluster.wait_whole, 90)

    await all_is_there(await ingest_while(cluster, lose_both))

"""Nodes are killed, frozen or cut off under load: nothing is lost, and writes go on."""

from __future__ import annotations

import asyncio

import pytest

from tests.cluster.cluster import EVERYBODY, Cluster
from tests.cluster.faults import CUT_OFF, FROZEN, KILLED, Fault
from tests.cluster.ingest import all_is_there, ingest_while
from tests.servers import wait_for

LEADER, PRIMARY = "the leader of INGEST", "the primary"
"""Who they are is known only at the moment."""
MACHINE = (LEADER, PRIMARY, "gateway-1", "runs-1", "identity-1", "alerts-1")
SHORT_S = {KILLED: 1.0, FROZEN: 5.0, CUT_OFF: 5.0}
LONG_S = {KILLED: 10.0, FROZEN: 30.0, CUT_OFF: 60.0}
WRITES_GO_ON_S = 10.0


def named(cluster: Cluster, victim: str) -> str:
    if victim == LEADER:
        return wait_for(LEADER, lambda: cluster.brokers.leader_of("INGEST"))
    return wait_for(PRIMARY, cluster.databases.primary) if victim == PRIMARY else victim


@pytest.mark.parametrize("fault", SHORT_S, ids=lambda fault: fault.name)
async def test_a_whole_machine_may_fail(cluster: Cluster, fault: Fault) -> None:
    """One of everything at once, and of three servers the one that matters most."""

    async def fails() -> None:
        nodes = [await asyncio.to_thread(named, cluster, victim) for victim in MACHINE]
        await asyncio.gather(*(fault.befall(cluster, node, SHORT_S[fault]) for node in nodes))

    await all_is_there(await ingest_while(cluster, fails))


@pytest.mark.drill
@pytest.mark.parametrize("fault", LONG_S, ids=lambda fault: fault.name)
@pytest.mark.parametrize("victim", [LEADER, PRIMARY, *EVERYBODY])
async def test_writes_go_on_whoever_is_struck(cluster: Cluster, victim: str, fault: Fault) -> None:
    node = named(cluster, victim)
    party = await ingest_while(cluster, lambda: fault.befall(cluster, node, LONG_S[fault]))
    assert max(climber.longest_wait for climber in party.climbers) < WRITES_GO_ON_S
    await all_is_there(party)

"""What can happen to one node, for how long, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from tests.cluster.cluster import Cluster

Act = Callable[[Cluster, str], None]


@dataclass(frozen=True)
class Fault:
    """`strike` begins it and `lift` ends it."""

    name: str
    strike: Act
    lift: Act

    async def befall(self, cluster: Cluster, node: str, seconds: float) -> None:
        """It holds for so long; a test that ends before lifts it all the same."""
        await asyncio.to_thread(self.strike, cluster, node)
        try:
            await asyncio.sleep(seconds)
        finally:
            self.lift(cluster, node)


KILLED = Fault(
    "killed",
    lambda cluster, node: cluster.nodes[node].kill(),
    lambda cluster, node: cluster.nodes[node].start(),
)
FROZEN = Fault(
    "frozen",
    lambda cluster, node: cluster.nodes[node].freeze(),
    lambda cluster, node: cluster.nodes[node].thaw(),
)
CUT_OFF = Fault(
    "cut off",
    lambda cluster, node: cluster.wires.cut(node),
    lambda cluster, node: cluster.wires.mend(node),
)
ALL = (KILLED, FROZEN, CUT_OFF)

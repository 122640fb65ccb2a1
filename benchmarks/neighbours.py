"""What one tenant at twenty times the load costs the others: `python -m benchmarks.neighbours`.

Four tenants log at a steady pace, each request at its own moment whether or not the one before it
was answered, first alone and then beside a fifth that asks twenty times as often, of which
`CORDEE_RATE_REQUESTS` takes a part. It does not obey: it asks on at its pace, from a process of its
own, for what it cost the measuring one would be counted as the server's. Baselines before and
after show how much the machine itself moved meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import secrets
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

import httpx
import numpy as np

from tests.cordee import Cordee

TENANTS, TIMES = 4, 20
LINES = 20
LEAD_S = 2.0
"""The loud one is loud before the others are looked at, and after."""


@dataclass
class Tenant:
    """Somebody with a key and one run."""

    name: str
    key: str
    http: httpx.AsyncClient
    offset: int = 0
    took: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    async def log(self, due: float) -> None:
        """Counted from when it was due, so that waiting behind others counts too."""
        lines = [f'{{"_step":{self.offset + n},"loss":0.5}}' for n in range(LINES)]
        body = {"files": {"wandb-history.jsonl": {"offset": self.offset, "content": lines}}}
        self.offset += LINES
        answer = await self.http.post(f"/files/{self.name}/noise/r1/file_stream", json=body)
        self.took.append(time.perf_counter() - due)
        self.statuses[answer.status_code] += 1

    async def pace(self, per_second: float, seconds: float) -> None:
        """So often, for so long."""
        began, under_way = time.perf_counter(), set()
        for number in range(int(per_second * seconds)):
            due = began + number / per_second
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            task = asyncio.create_task(self.log(due))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        while under_way:
            await asyncio.wait(set(under_way))


async def settle(url: str, admin_key: str, count: int) -> list[Tenant]:
    """The tenants, each with a run that is begun."""
    found = []
    async with httpx.AsyncClient(base_url=url, auth=("api", admin_key), timeout=60) as admin:
        for number in range(count):
            name = f"tenant-{number}-{secrets.token_hex(3)}"
            made = await admin.post(
                "/api/v1/users", json={"username": name, "email": f"{name}@example.org"}
            )
            tenant = tenant_of(url, name, made.json()["api_key"])
            begun = await tenant.http.post("/graphql", json={"query": BEGIN})
            begun.raise_for_status()
            found.append(tenant)
    return found


def tenant_of(url: str, name: str, key: str) -> Tenant:
    """With connections of its own."""
    limits = httpx.Limits(max_connections=64)
    return Tenant(
        name, key, httpx.AsyncClient(base_url=url, auth=("api", key), timeout=60, limits=limits)
    )


def shout(url: str, name: str, key: str, pace: float, seconds: float) -> Counter[int]:
    """How the loud one is answered; in a process of its own."""

    async def work() -> Counter[int]:
        loud = tenant_of(url, name, key)
        async with loud.http:
            await loud.pace(pace, seconds)
        return loud.statuses

    return asyncio.run(work())


BEGIN = 'mutation { upsertBucket(input: {modelName: "noise", name: "r1"}) { bucket { id } } }'


async def measured(quiet: Sequence[Tenant], pace: float, seconds: float) -> tuple[float, float]:
    """p50 and p99 of the quiet ones, in milliseconds."""
    for tenant in quiet:
        tenant.took.clear()
    async with asyncio.TaskGroup() as at_once:
        for tenant in quiet:
            at_once.create_task(tenant.pace(pace, seconds))
    took = np.concatenate([tenant.took for tenant in quiet]) * 1000
    return float(np.percentile(took, 50)), float(np.percentile(took, 99))


async def compare(url: str, admin_key: str, pace: float, seconds: float) -> float:
    """Prints; the ratio of the p99s."""
    *quiet, loud = await settle(url, admin_key, TENANTS + 1)
    await measured(quiet, pace, 3)
    before = await measured(quiet, pace, seconds)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        loop = asyncio.get_running_loop()
        shouted = loop.run_in_executor(
            pool, shout, url, loud.name, loud.key, pace * TIMES, seconds + 2 * LEAD_S
        )
        await asyncio.sleep(LEAD_S)
        beside = await measured(quiet, pace, seconds)
        answers = await shouted
    after = await measured(quiet, pace, seconds)
    for word, (p50, p99) in (("alone", before), ("beside", beside), ("alone again", after)):
        print(f"{word:12} p50 {p50:7.1f} ms   p99 {p99:7.1f} ms")
    answered = ", ".join(f"{count} x {status}" for status, count in sorted(answers.items()))
    print(f"the loud one was answered {answered}")
    print(f"the quiet ones: {sum((one.statuses for one in quiet), Counter())}")
    for tenant in (*quiet, loud):
        await tenant.http.aclose()
    return beside[1] / max(before[1], after[1])


def main(argv: list[str]) -> int:
    """Exit 1 where the others' p99 has doubled."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.neighbours", description=__doc__)
    parser.add_argument("--pace", type=float, default=5, help="requests a second of each")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rate", type=float, default=10, help="CORDEE_RATE_REQUESTS; 0 is none")
    given = parser.parse_args(argv)
    with Cordee(env={"CORDEE_RATE_REQUESTS": str(given.rate)}) as system:
        ratio = asyncio.run(compare(system.url, system.admin_key, given.pace, given.seconds))
    print(f"p99 of the others: {ratio:.2f} times what it is without")
    return 0 if ratio < 2 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

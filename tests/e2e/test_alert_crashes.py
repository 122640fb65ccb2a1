"""`kill -9` of what evaluates, carries and keeps while runs fire: no alert is missed or doubled."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cordee import Cordee
from tests.receiving import Receiver
from tests.servers import wait_for

VICTIMS = ("alerts", "nats", "mongod")
UPSERT = """
mutation U($n: String!, $p: String!) {
  upsertBucket(input: {modelName: $p, entityName: "admin", name: $n}) { inserted }
}
"""
AT_ONCE = 4
LAST = "last"


class Fire:
    """Runs that each cross a limit and finish, by a client that tries again as the SDK does."""

    def __init__(self, cordee: Cordee, project: str, runs: int) -> None:
        self.cordee, self.project = cordee, project
        self.names = [f"run-{number}" for number in range(runs)]
        self.done = 0
        auth = httpx.BasicAuth("api", cordee.admin_key)
        self.http = httpx.AsyncClient(base_url=cordee.url, auth=auth, timeout=20, trust_env=False)

    async def prepare(self, url: str) -> None:
        """The project, a channel, and a rule about points and one about states."""
        await self.post(
            "/graphql", {"query": UPSERT, "variables": {"n": "first", "p": self.project}}
        )
        channel = {"name": self.project, "kind": "webhook", "url": url}
        await self.post("/api/v1/teams/admin/channels", channel)
        for name, when in (
            ("too high", {"kind": "threshold", "metric": "loss", "op": ">", "value": 5}),
            ("finished", {"kind": "state", "states": ["finished"]}),
        ):
            rule = {"name": name, "when": when, "notify": [self.project]}
            await self.post(f"/api/v1/projects/admin/{self.project}/rules", rule)

    async def burn(self) -> None:
        """All runs, a few at once."""
        waiting = iter(self.names)

        async def one_after_the_other() -> None:
            for name in waiting:
                await self.one(name)
                self.done += 1

        async with asyncio.TaskGroup() as at_once:
            for _ in range(AT_ONCE):
                at_once.create_task(one_after_the_other())

    async def strike(self, victims: Sequence[str], chance: random.Random) -> None:
        """Kill one after the other at moments that chance chooses."""
        most = len(self.names) - AT_ONCE
        for victim, moment in zip(
            victims, sorted(chance.sample(range(1, most), len(victims))), strict=True
        ):
            while self.done < moment:  # noqa: ASYNC110 - the runs go on meanwhile
                await asyncio.sleep(0.01)
            await asyncio.sleep(chance.random() * 0.05)
            await asyncio.to_thread(self.cordee.kill, victim)

    async def post(self, path: str, body: Any) -> None:
        """Until it is taken: what fails inside is a 503 or no answer, never anything final."""
        while True:
            try:
                answer = await self.http.post(path, json=body)
            except httpx.TransportError:
                await asyncio.sleep(0.1)
                continue
            if answer.status_code < 300:
                return
            assert answer.status_code in (409, 429, 502, 503, 504), answer.text
            if answer.status_code == 409:
                return
            await asyncio.sleep(0.1)

    async def alerts(self) -> list[dict[str, Any]]:
        """Every one that there is."""
        return await self._all(f"/api/v1/projects/admin/{self.project}/alerts?limit=1000")

    async def waiting(self) -> list[dict[str, Any]]:
        """What is still to be delivered."""
        return await self._all("/api/v1/teams/admin/deliveries?limit=1000&state=pending")

    async def _all(self, listed: str) -> list[dict[str, Any]]:
        """Of every page; asked again while nobody answers."""
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            path = f"{listed}&cursor={cursor}"
            try:
                answer = await self.http.get(path)
                answer.raise_for_status()
            except httpx.HTTPError:
                await asyncio.sleep(0.2)
                continue
            found += answer.json()["items"]
            cursor = answer.json()["next"] or ""
            if not cursor:
                return found

    async def one(self, name: str) -> None:
        """One run that crosses the limit and finishes."""
        await self.post("/graphql", {"query": UPSERT, "variables": {"n": name, "p": self.project}})
        rows = [f'{{"_step": {step}, "loss": {loss}}}' for step, loss in enumerate((1, 9, 1, 9))]
        path = f"/files/admin/{self.project}/{name}/file_stream"
        files = {"wandb-history.jsonl": {"offset": 0, "content": rows}}
        await self.post(path, {"files": files})
        await self.post(path, {"complete": True, "exitcode": 0})


async def under_fire(cordee: Cordee, folder: Path, runs: int, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    with Receiver(folder) as receiver:
        fire = Fire(cordee, f"fire-{seed}", runs)
        await fire.prepare(receiver.url)
        victims = [chance.choice(VICTIMS) for _ in range(kills)]
        async with asyncio.TaskGroup() as at_once:
            at_once.create_task(fire.burn())
            at_once.create_task(fire.strike(victims, chance))
        said = f"seed {seed}, {victims}"
        await settled(fire, receiver, fire.names, said)
        await fire.one(LAST)  # goes the same way: what comes a second time came before it
        await settled(fire, receiver, [*fire.names, LAST], said)
        await fire.http.aclose()


async def settled(fire: Fire, receiver: Receiver, names: Sequence[str], said: str) -> None:
    """Every run has fired twice and everything was delivered, nothing else, and nothing waits."""
    expected = Counter((name, rule) for name in names for rule in ("too high", "finished"))
    for _ in range(300):
        found = Counter((one["run"], one["rule"]) for one in await fire.alerts())
        if found == expected and not await fire.waiting():
            break
        await asyncio.sleep(0.2)
    assert found == expected, f"{said}: {found - expected} {expected - found}"
    received = wait_for("every webhook", lambda: _whole(receiver, 2 * len(names)), 60)
    by_id = {one["headers"]["webhook-id"]: json.loads(one["body"]) for one in received}
    told = Counter((one["data"]["run"], one["data"]["rule"]) for one in by_id.values())
    assert told == expected, said
    assert not await fire.waiting(), said


def _whole(receiver: Receiver, count: int) -> list[dict[str, Any]] | None:
    """What was received, once that many different messages were."""
    found = receiver.received()
    return found if len({one["headers"]["webhook-id"] for one in found}) >= count else None


async def test_nothing_is_missed_and_nothing_doubled(cordee: Cordee, tmp_path: Path) -> None:
    await under_fire(cordee, tmp_path, runs=30, kills=3, seed=1)


@pytest.mark.drill
async def test_the_same_with_five_hundred_runs(cordee: Cordee, tmp_path: Path) -> None:
    await under_fire(cordee, tmp_path, runs=500, kills=25, seed=2)

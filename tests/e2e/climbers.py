"""Clients that log as the SDK does, and the ledger of what was acknowledged to them.

One request at a time per run, strictly in order; an answer of 5xx or none at all means the same
body again.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import httpx

HISTORY = "wandb-history.jsonl"
FINAL = {400, 401, 403, 404, 409, 410, 413, 422, 501}
PATIENCE_S = 90.0


@dataclass
class Climber:
    """One run: its name, how many of its lines were sent, and acknowledged, and at which gateway
    it is."""

    name: str
    chunks: int
    lines_each: int
    sent: int = 0
    acknowledged: int = 0
    longest_wait: float = 0.0
    gateway: int = 0
    refused: list[int] = field(default_factory=list)

    def lines(self, chunk: int) -> list[str]:
        """Every line says which it is, so that nothing can pass for something else."""
        first = chunk * self.lines_each
        return [
            f'{{"_step":{step},"mark":"{self.name}:{step}"}}'
            for step in range(first, first + self.lines_each)
        ]


class Party:
    """Some climbers on one rope, and how far they have come together."""

    def __init__(
        self,
        url: str | Sequence[str],
        key: str,
        entity: str,
        climbers: list[Climber],
        *,
        pause: float = 0.0,
        patience: float = 60.0,
    ) -> None:
        """Whoever is refused at one of several URLs goes on at the next.

        `pause` is between two requests of a run, `patience` for one answer.
        """
        self.climbers = climbers
        self._acknowledged = 0
        self._more = asyncio.Condition()
        self._urls = [url] if isinstance(url, str) else list(url)
        self._pause = pause
        self._patience = patience
        self._entity = entity
        self._headers = {"Authorization": f"Bearer {key}"}

    @property
    def acknowledged(self) -> int:
        """How many chunks, to all of them together."""
        return self._acknowledged

    async def reached(self, chunks: int) -> None:
        """Wait until so many chunks have been acknowledged to all of them together."""
        async with self._more:
            await self._more.wait_for(lambda: self._acknowledged >= chunks)

    async def climb(self) -> None:
        """Log everything."""
        limits = httpx.Limits(max_connections=len(self.climbers) * len(self._urls))
        async with httpx.AsyncClient(
            headers=self._headers, timeout=self._patience, limits=limits
        ) as http:
            await asyncio.gather(*(self._climb(http, one) for one in self.climbers))

    def enough(self) -> None:
        """What is under way is the last."""
        for one in self.climbers:
            one.chunks = one.sent // one.lines_each

    async def read(self, climber: Climber) -> list[str]:
        """What the server has of a run, which must have finished."""
        query = """query($n: String!, $e: String, $s: Int64) {
          project(name: "crash", entityName: $e) { run(name: $n) { state
            history(minStep: 0, maxStep: $s, samples: 1000000) } } }"""
        steps = climber.chunks * climber.lines_each
        variables = {"n": climber.name, "e": self._entity, "s": steps * 2}
        async with httpx.AsyncClient(headers=self._headers, timeout=self._patience) as http:
            answer = await self._insist(
                http, "/graphql", {"query": query, "variables": variables}, climber
            )
        run = answer.json()["data"]["project"]["run"]
        assert run["state"] == "finished", run["state"]
        lines: list[str] = run["history"]
        return lines

    async def _climb(self, http: httpx.AsyncClient, one: Climber) -> None:
        query = """mutation($n: String, $e: String) { upsertBucket(input: {
          modelName: "crash", entityName: $e, name: $n}) { bucket { id } } }"""
        variables = {"n": one.name, "e": self._entity}
        await self._insist(http, "/graphql", {"query": query, "variables": variables}, one)
        path = f"/files/{self._entity}/crash/{one.name}/file_stream"
        chunk, loop = 0, asyncio.get_running_loop()
        while chunk < one.chunks:
            content = {"offset": chunk * one.lines_each, "content": one.lines(chunk)}
            one.sent += one.lines_each
            began = loop.time()
            await self._insist(http, path, {"files": {HISTORY: content}}, one)
            one.acknowledged += one.lines_each
            one.longest_wait = max(one.longest_wait, loop.time() - began)
            chunk += 1
            async with self._more:
                self._acknowledged += 1
                self._more.notify_all()
            await asyncio.sleep(self._pause)
        await self._insist(http, path, {"complete": True, "exitcode": 0}, one)

    async def _insist(
        self, http: httpx.AsyncClient, path: str, body: object, one: Climber
    ) -> httpx.Response:
        """Again and again with the same body, as the SDK does, until it is taken."""
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE_S
        while True:
            url = self._urls[one.gateway % len(self._urls)]
            try:
                answer = await http.post(url + path, json=body)
            except httpx.TransportError:
                answer = None
            if answer is not None:
                if answer.is_success:
                    return answer
                assert answer.status_code not in FINAL, (path, answer.status_code, answer.text)
                one.refused.append(answer.status_code)
            one.gateway += 1
            assert loop.time() < until, f"{one.name} was not taken for {PATIENCE_S} s"
            await asyncio.sleep(0.1 + random.random() * 0.2)


def verdict(climber: Climber, found: Sequence[str]) -> dict[str, int]:
    """How the lines of one run fared.

    Unknown is what was sent and never acknowledged: it may be there or not.
    """
    all_lines = [line for chunk in range(climber.chunks) for line in climber.lines(chunk)]
    sent, acknowledged = all_lines[: climber.sent], all_lines[: climber.acknowledged]
    counted, place = Counter(found), {line: index for index, line in enumerate(sent)}
    known = [place[line] for line in found if line in place]
    return {
        "ok": sum(counted[line] == 1 for line in acknowledged),
        "lost": sum(counted[line] == 0 for line in acknowledged),
        "duplicated": sum(count > 1 for count in counted.values()),
        "invented": sum(count for line, count in counted.items() if line not in place),
        "unknown": climber.sent - climber.acknowledged,
        "misplaced": sum(after < before for before, after in pairwise(known)),
    }

"""Messages that can never be applied, among thousands that can: these all are, those are kept."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import httpx
import msgspec
import nats
import pytest
import zstandard
from typer.testing import CliRunner

from gateway.cli import app
from shared.messaging import ingest
from shared.messaging.grants import inbox_prefix
from shared.messaging.ingest import Chunk, Part
from tests.cordee import Cordee
from tests.plain_http import TLS
from tests.processes import Processes
from tests.servers import wait_for

RUNS = 10
NOW_MS = 1_767_268_800_000
AFTER_ALL_TIME_MS = 10**18
TOO_LARGE = 2**63
AT_ONCE = 200


@pytest.fixture(scope="module")
def cordee() -> Iterator[Cordee]:
    with Cordee() as running:
        yield running


@dataclass
class Party:
    """Runs whose lines go straight into INGEST, with the gateway's own rights."""

    cordee: Cordee
    name: str
    ids: list[str] = field(default_factory=list)
    logged: Counter[int] = field(default_factory=Counter)

    @cached_property
    def http(self) -> httpx.Client:
        found = httpx.Client(base_url=self.cordee.url, timeout=60, verify=TLS)
        found.auth = httpx.BasicAuth("api", self.cordee.admin_key)
        return found

    def gather(self) -> None:
        """The runs, each of them begun."""
        for number in range(RUNS):
            made = self.graphql(
                "mutation($p: String, $n: String) { upsertBucket(input: {modelName: $p, name: $n}) "
                "{ bucket { id } } }",
                n=f"r{number}",
            )
            self.ids.append(self.internal(number) or made["upsertBucket"]["bucket"]["id"])

    def internal(self, number: int) -> str:
        found: str = self.http.get(f"/api/v1/runs/admin/{self.name}/r{number}").json()["id"]
        return found

    def graphql(self, query: str, **variables: Any) -> Any:
        body = {"query": query, "variables": {"p": self.name, **variables}}
        answer = self.http.post("/graphql", json=body)
        assert answer.is_success, answer.text
        return answer.json()["data"]

    def next_line(self, number: int) -> tuple[int, bytes]:
        """A run's next line, and which it is."""
        first = self.logged[number]
        self.logged[number] += 1
        return first, b'{"_step":%d,"mark":"r%d:%d"}' % (first, number, first)

    def chunk(self, number: int, **odd: Any) -> Chunk:
        """What the gateway makes of a request with a run's next line."""
        first, line = self.next_line(number)
        part = Part("history", first, 1, first, first, zstandard.compress(line))
        given = {"at": NOW_MS, "parts": [part], **odd}
        return Chunk(self.ids[number], 0, **given)

    def lines(self, number: int) -> list[str]:
        """As they read back."""
        found = self.graphql(
            'query($p: String!, $n: String!) { project(name: $p, entityName: "admin") '
            "{ run(name: $n) { history(minStep: 0, maxStep: 1000000, samples: 100000) } } }",
            n=f"r{number}",
        )
        lines: list[str] = found["project"]["run"]["history"]
        return lines

    def wait_for_lines(self, number: int) -> None:
        """Every line that was logged is there once, in its place."""
        wanted = self.wanted(number)
        wait_for(f"run {number}", lambda: len(self.lines(number)) >= len(wanted), 60)
        assert self.lines(number) == wanted

    def wanted(self, number: int) -> list[str]:
        """As they were logged."""
        return [
            f'{{"_step":{step},"mark":"r{number}:{step}"}}' for step in range(self.logged[number])
        ]


def no_message(party: Party, number: int) -> tuple[int, bytes]:
    """Bytes that no gateway wrote."""
    return number, b"\xc1 %d" % number


def another_form(party: Party, number: int) -> tuple[int, bytes]:
    """A message, but not of chunks."""
    return number, msgspec.msgpack.encode({"run": party.ids[number], "lines": []})


def out_of_time(party: Party, number: int) -> tuple[int, bytes]:
    """As from a gateway whose clock has gone mad; its line is as good as any."""
    return number, ingest.encode([party.chunk(number, at=AFTER_ALL_TIME_MS)])


def beyond_counting(party: Party, number: int) -> tuple[int, bytes]:
    """No database has such a number; it stands between two that are good, in one message."""
    bad = Chunk(party.ids[number], 0, NOW_MS, [Part("events", TOO_LARGE, 1, -1, -1, b"")])
    return number, ingest.encode([party.chunk(number), bad, party.chunk(number)])


POISONS = (out_of_time, no_message, another_form, beyond_counting)
"""Of the first the line can be had after all; of the others there is nothing to be had."""


async def pour(party: Party, bodies: list[tuple[int, bytes]]) -> None:
    """Into INGEST, many at a time; those of one run stay in their order, as a shard's do."""
    env = party.cordee.environment_of("gateway")
    connection = await nats.connect(
        env["CORDEE_NATS_URL"],
        nkeys_seed=env["CORDEE_NATS_NKEY_FILE"],
        inbox_prefix=inbox_prefix("gateway").encode(),
    )
    stream = connection.jetstream(timeout=30)
    for at in range(0, len(bodies), AT_ONCE):
        await asyncio.gather(
            *(
                stream.publish(ingest.subject_of(ingest.shard_of(party.ids[number])), body)
                for number, body in bodies[at : at + AT_ONCE]
            )
        )
    await connection.close()


def letters(party: Party) -> list[dict[str, Any]]:
    """All dead letters, the newest first."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = party.http.get("/api/v1/dead-letters", params={"limit": "200", **cursor}).json()
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


def replay(cordee: Cordee) -> Any:
    env = {"WANDB_API_KEY": cordee.admin_key, "WANDB_BASE_URL": cordee.url}
    return CliRunner().invoke(app, ["admin", "dlq", "replay", "--all"], env=env)


def poison(cordee: Cordee, name: str, messages: int, bad: int) -> None:
    """`bad` of so many messages are poison; nobody notices but whoever reads dead letters."""
    before = Processes.of(cordee)
    party = Party(cordee, name)
    party.gather()
    buried_before = len(letters(party))
    every = messages // bad
    bodies = [
        POISONS[(index // every) % len(POISONS)](party, index % RUNS)
        if index % every == every // 2
        else (index % RUNS, ingest.encode([party.chunk(index % RUNS)]))
        for index in range(messages)
    ]
    asyncio.run(pour(party, bodies))
    wait_for("all bad ones are buried", lambda: len(letters(party)) >= buried_before + bad, 120)
    buried = letters(party)[: len(letters(party)) - buried_before]
    assert len(buried) == bad
    assert all(one["reason"] for one in buried)
    kinds = Counter(POISONS[index % len(POISONS)] for index in range(bad))
    said = Counter(one["reason"].partition(":")[0] for one in buried)
    assert said["not a message of chunks"] == kinds[no_message] + kinds[another_form]

    done = replay(cordee)
    assert done.exit_code == 1  # of most there is nothing to be had, and that is said
    assert done.output.count("no message of chunks") == said["not a message of chunks"]
    assert done.output.count("8-byte ints") == kinds[beyond_counting]
    assert sum(1 for one in letters(party)[:bad] if one["replayed_at"]) == kinds[out_of_time]
    for number in range(RUNS):
        party.wait_for_lines(number)
    assert Processes.of(cordee).pids == before.pids
    party.http.close()


def test_ten_of_five_hundred(cordee: Cordee) -> None:
    poison(cordee, "few", 500, 10)


@pytest.mark.drill
def test_a_hundred_of_ten_thousand(cordee: Cordee) -> None:
    poison(cordee, "many", 10_000, 100)

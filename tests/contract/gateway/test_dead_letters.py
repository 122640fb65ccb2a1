"""Dead letters over REST and from the shell: listed with their reason, and taken again."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import nats
import pytest
import zstandard
from typer.testing import CliRunner, Result

from gateway.cli import app
from shared.messaging import headers, ingest
from shared.messaging.grants import inbox_prefix
from shared.messaging.ingest import Chunk, Part
from tests.contract.gateway.edge import Edge, Person
from tests.cordee import Cordee
from tests.servers import wait_for


def bury(cordee: Cordee, subject: str, body: bytes, reason: str) -> None:
    """As runs does when it can never take something."""
    env = cordee.environment_of("runs")

    async def publish() -> None:
        connection = await nats.connect(
            env["CORDEE_NATS_URL"],
            nkeys_seed=env["CORDEE_NATS_NKEY_FILE"],
            inbox_prefix=inbox_prefix("runs").encode(),
        )
        await connection.jetstream().publish(subject, body, headers={headers.NOTE: reason})
        await connection.close()

    asyncio.run(publish())


def shell(cordee: Cordee, *arguments: str) -> Result:
    env = {"WANDB_API_KEY": cordee.admin_key, "WANDB_BASE_URL": cordee.url}
    return CliRunner().invoke(app, ["admin", "dlq", *arguments], env=env)


@pytest.fixture
def run(edge: Edge) -> tuple[Person, str, str]:
    """Somebody's run, and its id."""
    alice = edge.person("alice")
    query = """mutation { upsertBucket(input: {modelName: "p", name: "r"}) { bucket { id } } }"""
    alice.post("/graphql", query=query)
    path = f"/api/v1/runs/{alice.username}/p/r"
    return alice, path, alice.get(path)["id"]


def test_lines_that_were_buried_are_logged_after_all(
    cordee: Cordee, edge: Edge, run: tuple[Person, str, str]
) -> None:
    alice, path, run_id = run
    packed = zstandard.ZstdCompressor().compress(b'{"_step":0,"loss":0.5}')
    chunk = Chunk(run_id, 0, 1_767_268_800_000, [Part("history", 0, 1, 0, 0, packed)])
    bury(cordee, "dead.runs.ingest", ingest.encode([chunk]), "DocumentTooLarge: for now")
    newest: Any = edge.admin.get("/api/v1/dead-letters", params={"limit": "1"})["items"][0]
    assert (newest["service"], newest["subject"]) == ("runs", "ingest")
    assert newest["reason"] == "DocumentTooLarge: for now"
    assert newest["replayed_at"] is None
    replayed = edge.admin.post(f"/api/v1/dead-letters/{newest['sequence']}:replay")
    assert replayed["replayed_by"] == "admin"
    query = {"keys": "loss"}
    wait_for(
        "the line is there",
        lambda: alice.get(f"{path}/history", params=query)["rows"] == [[0, 0.5]],
    )


def test_a_run_that_has_ended_gets_its_lines_and_stays_ended(
    cordee: Cordee, edge: Edge, run: tuple[Person, str, str]
) -> None:
    alice, path, run_id = run
    packed = zstandard.ZstdCompressor().compress(b'{"_step":0,"loss":0.9}')
    parts = [Part("history", 0, 1, 0, 0, packed)]
    chunk = Chunk(run_id, 0, 1_767_268_800_000, parts, summary='{"loss":0.9}')
    body = msgspec.msgpack.encode((1, ingest.encode([chunk])))
    bury(cordee, "dead.runs.ingest", body, "DocumentTooLarge: for now")
    newest: Any = edge.admin.get("/api/v1/dead-letters", params={"limit": "1"})["items"][0]
    files = {
        "wandb-history.jsonl": {"offset": 1, "content": ['{"_step":1,"loss":0.1}']},
        "wandb-summary.json": {"offset": 0, "content": ['{"loss":0.1}']},
    }
    told = {"files": files, "complete": True, "exitcode": 0}
    alice.post(f"/files/{alice.username}/p/r/file_stream", **told)
    wait_for("the run has ended", lambda: alice.get(path)["state"] == "finished")
    for _ in range(2):
        edge.admin.post(f"/api/v1/dead-letters/{newest['sequence']}:replay")
    rows = alice.get(f"{path}/history", params={"keys": "loss"})["rows"]
    assert rows == [[0, 0.9], [1, 0.1]]
    now = alice.get(path)
    assert (now["state"], now["exit_code"], now["summary"]) == ("finished", 0, {"loss": 0.1})


def test_the_list_comes_in_pages_and_tells_sizes(cordee: Cordee, edge: Edge) -> None:
    for size in (3, 2_000_000, 0):
        bury(cordee, "dead.runs.events.nobody.hears", b"x" * size, f"of {size}")
    first = edge.admin.get("/api/v1/dead-letters", params={"limit": "2"})
    assert [(one["size"], one["reason"]) for one in first["items"]] == [
        (0, "of 0"),
        (2_000_000, "of 2000000"),
    ]
    newest, older = (one["sequence"] for one in first["items"])
    assert (newest, first["next"]) == (older + 1, str(older))
    query = {"limit": "1", "cursor": first["next"]}
    [third] = edge.admin.get("/api/v1/dead-letters", params=query)["items"]
    assert (third["sequence"], third["size"]) == (older - 1, 3)
    end = edge.admin.get("/api/v1/dead-letters", params={"limit": "200"})
    assert end["next"] is None
    assert end["items"][-1]["sequence"] == 1
    assert edge.admin.get("/api/v1/dead-letters", params={"cursor": "1"})["items"] == []


def test_what_fails_again_says_why(cordee: Cordee, edge: Edge) -> None:
    bury(cordee, "dead.runs.ingest", b"no chunks", "not a message of chunks")
    bury(cordee, "dead.runs.events.nobody.hears", b"{}", "odd")
    bury(cordee, "dead.runs.events.identity.team.deleted", b'{"team": 7}', "wrong type")
    last = edge.admin.get("/api/v1/dead-letters", params={"limit": "3"})["items"]
    answers = [
        edge.admin.http.post(f"/api/v1/dead-letters/{one['sequence']}:replay") for one in last
    ]
    assert [answer.status_code for answer in answers] == [422, 404, 409]
    gone = edge.admin.http.post("/api/v1/dead-letters/999999:replay")
    assert gone.status_code == 404
    listed = shell(cordee, "list")
    assert "wrong type" in listed.output
    done = shell(cordee, "replay", "--all")
    assert done.exit_code == 1
    assert "no message of chunks" in done.output


def test_only_administrators_see_them(edge: Edge) -> None:
    assert edge.person().http.get("/api/v1/dead-letters").status_code == 403

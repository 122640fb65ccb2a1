"""The embedded mongod and nats-server: who may do what, and what survives what."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socketserver
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from shared.embedded.output import rotate_if_large
from shared.embedded.secrets import DATABASES
from tests.servers import OPERATOR, Servers, wait_for


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with Servers() as running:
        yield running


def mongo(url: str) -> MongoClient[dict[str, Any]]:
    return MongoClient(url, serverSelectionTimeoutMS=10_000)


@asynccontextmanager
async def bus(servers: Servers, user: str) -> AsyncIterator[tuple[Client, list[str]]]:
    """A connection and what the server complained about."""
    complaints: list[str] = []

    async def complain(error: Exception) -> None:
        complaints.append(str(error))

    client = await nats.connect(
        servers.nats_url,
        nkeys_seed_str=servers.nkey_file(user).read_text(encoding="utf-8").strip(),
        inbox_prefix=f"_INBOX_{user}",
        error_cb=complain,
    )
    yield client, complaints
    await client.close()


@contextmanager
def somebody_on(port: int) -> Iterator[None]:
    """Another program that listens there, and hangs up on whoever speaks to it."""
    with socketserver.ThreadingTCPServer(
        ("127.0.0.1", port), socketserver.BaseRequestHandler
    ) as somebody:
        threading.Thread(target=somebody.serve_forever).start()
        yield
        somebody.shutdown()


class TestMongo:
    def test_nobody_reads_without_signing_in(self, servers: Servers) -> None:
        port = int(servers.mongo_url("runs").split(":")[3].split("/")[0])
        with (
            mongo(f"mongodb://127.0.0.1:{port}/?directConnection=true") as anybody,
            pytest.raises(OperationFailure, match="requires authentication"),
        ):
            anybody.cordee_runs.runs.find_one()

    @pytest.mark.parametrize("service", DATABASES)
    def test_a_service_has_its_own_database_and_no_other(
        self, servers: Servers, service: str
    ) -> None:
        with mongo(servers.mongo_url(service)) as client:
            own = client.get_default_database()
            assert own.name == DATABASES[service]
            own.things.insert_one({"_id": 1})
            assert own.things.find_one() == {"_id": 1}
            for other in {*DATABASES.values(), "admin", "local"} - {own.name}:
                with pytest.raises(OperationFailure, match="not authorized"):
                    client[other].things.find_one()
            with pytest.raises(OperationFailure, match="not authorized"):
                own.command("createUser", "friend", pwd="x", roles=["readWrite"])

    def test_transactions_and_change_streams_work(self, servers: Servers) -> None:
        with mongo(servers.mongo_url("runs")) as client:
            runs = client.get_default_database().runs
            runs.insert_one({"_id": "before"})
            with runs.watch() as changes:
                with client.start_session() as session, session.start_transaction():
                    runs.insert_one({"_id": "in it"}, session=session)
                assert next(changes)["documentKey"] == {"_id": "in it"}

    def test_no_javascript_runs_on_behalf_of_a_filter(self, servers: Servers) -> None:
        with mongo(servers.mongo_url("runs")) as client:
            client.get_default_database().runs.insert_one({})
            with pytest.raises(OperationFailure):
                client.get_default_database().runs.find_one({"$where": "true"})

    def test_a_log_moved_aside_is_begun_anew(self, servers: Servers) -> None:
        log = servers.data.log_of("mongod")
        assert rotate_if_large(log, limit=1)
        os.kill(servers.pid_of("mongod"), signal.SIGUSR1)
        wait_for("a new log", lambda: log.exists() and log.stat().st_size)

    def test_acknowledged_writes_survive_a_kill(self, servers: Servers) -> None:
        with mongo(servers.mongo_url("alerts")) as client:
            kept = client.get_default_database().kept
            kept.insert_many([{"_id": number} for number in range(1000)])
            servers.kill("mongod")
            servers.restart("mongod")
            assert kept.count_documents({}) == 1000


class TestNats:
    async def test_nobody_connects_without_a_key(self, servers: Servers) -> None:
        with pytest.raises(NatsError):
            await nats.connect(servers.nats_url, allow_reconnect=False, connect_timeout=5)

    async def test_a_service_answers_whoever_asks_but_speaks_to_nobody_else(
        self, servers: Servers
    ) -> None:
        async with (
            bus(servers, "gateway") as (gateway, _),
            bus(servers, "identity") as (identity, complaints),
        ):

            async def answer(message: Any) -> None:
                await message.respond(b"it is you")

            await identity.subscribe("identity.whoami", cb=answer)
            await identity.flush()
            answered = await gateway.request("identity.whoami", b"?", timeout=5)
            assert answered.data == b"it is you"

            await identity.publish("_INBOX_gateway.x", b"unasked")
            await identity.publish("ingest.0", b"points")
            await identity.flush()
            # The client tells them from a task of its own.
            await asyncio.to_thread(wait_for, "two complaints", lambda: len(complaints) == 2)
        assert all("permissions violation" in complaint.lower() for complaint in complaints)

    async def test_acknowledged_messages_survive_a_kill(self, servers: Servers) -> None:
        async with bus(servers, OPERATOR) as (operator, _):
            await operator.jetstream().add_stream(name="KEPT", subjects=["kept.>"])
            for number in range(100):
                await operator.jetstream().publish("kept.x", str(number).encode())
        servers.kill("nats")
        servers.restart("nats")
        async with bus(servers, OPERATOR) as (operator, _):
            kept = await operator.jetstream().stream_info("KEPT")
            assert kept.state.messages == 100

    async def test_a_chunk_of_the_size_that_the_sdk_sends_passes(self, servers: Servers) -> None:
        async with bus(servers, OPERATOR) as (operator, _):
            assert operator.max_payload == 16 * 1024 * 1024

    def test_what_is_acknowledged_is_on_the_disk(self, servers: Servers) -> None:
        written = (servers.data.run / "nats-server.json").read_text(encoding="utf-8")
        assert json.loads(written)["jetstream"]["sync_interval"] == "always"


def test_a_second_start_finds_everything_although_its_port_was_taken(tmp_path: Path) -> None:
    with Servers(tmp_path) as first:
        url = first.mongo_url("runs")
        with mongo(url) as client:
            client.get_default_database().runs.insert_one({"_id": "kept"})
    remembered = json.loads((tmp_path / "installation.json").read_text(encoding="utf-8"))
    with somebody_on(remembered["ports"]["mongod"]), Servers(tmp_path) as second:
        assert second.mongo_url("runs") != url
        with mongo(second.mongo_url("runs")) as client:
            assert client.get_default_database().runs.find_one() == {"_id": "kept"}
            client.get_default_database().runs.insert_one({"_id": "new"})


def test_both_are_there_within_seconds(tmp_path: Path) -> None:
    took = []
    for _ in range(2):
        began = time.monotonic()
        with Servers(tmp_path):
            took.append(time.monotonic() - began)
    print(f"cold {took[0]:.2f} s, warm {took[1]:.2f} s")
    assert max(took) < 10  # 1.2 and 1.0 on a quiet machine; a busy one must not fail the suite

"""The first start: who becomes administrator, and what makes a start impossible."""

from __future__ import annotations

import asyncio
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.identity.handlers import first_start
from services.identity.mint import PepperedMint
from services.identity.passwords import Argon2Passwords
from services.identity.repository.store import MongoStore
from shared.contracts.identity import (
    GET_SIGN_IN_OPTIONS,
    SIGN_UP,
    CreateUser,
    GetSignInOptions,
    SignUp,
)
from shared.errors import Conflict, Forbidden, NotFound
from shared.kit import mongo
from shared.kit.outbox import Outbox
from shared.messaging.bus import Bus
from tests.contract.identity.world import ADMINISTRATOR, Identity, World
from tests.servers import ROOT, Servers

PASSWORD = "seven blue mountains"


def refused(servers: Servers, **settings: str) -> tuple[int, str]:
    """Exit code and what it said, of a start that must not succeed."""
    ended = subprocess.run(
        [sys.executable, "-m", "services.identity.app"],
        cwd=ROOT,
        env=servers.environment("identity", **settings),
        capture_output=True,
        text=True,
        timeout=30,
    )
    return ended.returncode, ended.stderr


@pytest.fixture
def fresh(servers: Servers, tmp_path: Path) -> Iterator[Identity]:
    """An identity whose database has never been used, and no administrator in the environment."""
    scheme, _, rest = servers.root_mongo_url.partition("://")
    server, _, options = rest.partition("?")
    url = f"{scheme}://{server.split('/')[0]}/fresh_{secrets.token_hex(4)}?{options}"
    (tmp_path / "mongo_url").write_text(url)
    running = Identity(servers, tmp_path, CORDEE_MONGO_URL_FILE=str(tmp_path / "mongo_url"))
    running.start()
    yield running
    assert running.stop() == 0


@pytest.fixture
def world(fresh: Identity, bus: Bus, servers: Servers) -> World:
    """Ask the fresh one."""
    return World(bus, b"")


def link_tokens(running: Identity) -> list[str]:
    return re.findall(r"/signup\?token=([A-Za-z0-9_-]+)", running.log())


async def test_of_two_that_start_at_once_one_makes_the_administrator(servers: Servers) -> None:
    client = mongo.connect(servers.root_mongo_url, "tests")
    try:
        database = client[f"fresh_{secrets.token_hex(4)}"]
        mint, passwords = PepperedMint(b"a pepper for tests only, of 32 bytes"), Argon2Passwords()
        store = MongoStore(client, database, Outbox(database), mint)
        await store.ensure()
        ask = CreateUser(username="admin", email="a@example.com", password=PASSWORD, admin=True)
        starts = (first_start.prepare(ask, "http://x", store, mint, passwords) for _ in range(2))
        await asyncio.gather(*starts)
        assert await store.records.users.administrators() == 1
        passwords.close()
    finally:
        client.close()


class TestWithoutAdministrator:
    async def test_one_link_is_printed_and_works_once(self, fresh: Identity, world: World) -> None:
        assert (await world.call(GET_SIGN_IN_OPTIONS, GetSignInOptions())).first_start
        (token,) = link_tokens(fresh)
        with pytest.raises(Forbidden):
            await world.call(SIGN_UP, SignUp(email="x@example.com", password=PASSWORD))
        ask = SignUp(token=token, username="admin", email="a@example.com", password=PASSWORD)
        begun = await world.call(SIGN_UP, ask)
        assert begun.user.admin
        again = ask.model_copy(update={"username": "eve", "email": "eve@example.com"})
        with pytest.raises(NotFound):
            await world.call(SIGN_UP, again)
        assert not (await world.call(GET_SIGN_IN_OPTIONS, GetSignInOptions())).first_start

    async def test_a_link_of_an_earlier_start_is_void_once_there_is_anybody(
        self, fresh: Identity, world: World
    ) -> None:
        fresh.stop()
        fresh.launch()
        await fresh.ready()
        first, second = link_tokens(fresh)
        ask = SignUp(token=second, username="alice", email="a@example.com", password=PASSWORD)
        await world.call(SIGN_UP, ask)
        other = SignUp(token=first, username="eve", email="eve@example.com", password=PASSWORD)
        with pytest.raises((NotFound, Conflict)):
            await world.call(SIGN_UP, other)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"CORDEE_ADMIN_API_KEY": "weak"}, "CORDEE_ADMIN_API_KEY: the key is weak"),
        ({"CORDEE_KEY_PEPPER": "short"}, "CORDEE_KEY_PEPPER"),
    ],
)
def test_a_start_that_cannot_be_says_why_in_one_line(
    servers: Servers, settings: dict[str, str], said: str
) -> None:
    code, line = refused(servers, **(ADMINISTRATOR | settings))
    assert code == 2
    assert line.count("\n") == 1
    assert said in line

"""A running identity process, and people to ask it as."""

from __future__ import annotations

import asyncio
import secrets
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nats

from shared import credentials
from shared.contracts._kinds import Answer, Ask, Call
from shared.contracts.health import CHECK_IDENTITY, CheckHealth
from shared.contracts.identity import (
    ACCEPT_INVITATION,
    ANONYMOUS,
    CREATE_TEAM,
    CREATE_USER,
    INVITE,
    RESOLVE_KEY,
    AcceptInvitation,
    Caller,
    CreateTeam,
    CreateUser,
    Invite,
    ResolveKey,
)
from shared.errors import Unavailable
from shared.messaging.bus import Bus
from shared.messaging.grants import inbox_prefix
from tests.servers import ROOT, Servers

ADMIN_KEY = secrets.token_hex(20)
ADMIN_PASSWORD = "correct-horse-battery"
ADMINISTRATOR = {
    "CORDEE_ADMIN_USERNAME": "admin",
    "CORDEE_ADMIN_EMAIL": "admin@example.com",
    "CORDEE_ADMIN_PASSWORD": ADMIN_PASSWORD,
    "CORDEE_ADMIN_API_KEY": ADMIN_KEY,
}


class Identity:
    """A running `python -m services.identity.app`."""

    def __init__(self, servers: Servers, folder: Path, **settings: str) -> None:
        self._servers = servers
        self._env = servers.environment("identity", **settings)
        self._log = folder / "identity.log"
        self.process: subprocess.Popen[bytes]

    def start(self) -> None:
        """Start and wait until it answers, from where no event loop runs."""
        self.launch()
        asyncio.run(self.ready())

    def launch(self) -> None:
        """Start without waiting."""
        with self._log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "services.identity.app"],
                cwd=ROOT,
                env=self._env,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def log(self) -> str:
        """Everything that it printed."""
        return self._log.read_text()

    async def ready(self) -> None:
        """Return once it answers."""
        connection = await nats.connect(
            self._servers.nats_url,
            nkeys_seed=str(self._servers.nkey_file("gateway")),
            inbox_prefix=inbox_prefix("gateway").encode(),
        )
        try:
            async with asyncio.timeout(30):
                while not await self._answers(Bus(connection)):
                    assert self.process.poll() is None, self.log()
                    await asyncio.sleep(0.05)
        finally:
            await connection.close()

    async def _answers(self, bus: Bus) -> bool:
        try:
            return (await bus.call(CHECK_IDENTITY, CheckHealth(), patience=1)).ok
        except Unavailable:
            return False


@dataclass
class World:
    """Whoever a test needs, with names that no other test has."""

    bus: Bus
    pepper: bytes

    async def call(
        self, contract: Call[Ask, Answer], ask: Ask, caller: Caller = ANONYMOUS
    ) -> Answer:
        """Ask as somebody."""
        return await self.bus.call(contract, ask, caller=caller, patience=30)

    def name(self, stem: str) -> str:
        """A name that nobody has."""
        return f"{stem}-{secrets.token_hex(4)}"

    def digest(self, secret: str) -> str:
        """As the gateway makes it before it asks."""
        return credentials.digest(secret, self.pepper)

    async def with_key(self, key: str, **acting: str) -> Caller:
        """Who comes with a key."""
        return await self.call(RESOLVE_KEY, ResolveKey(digest=self.digest(key), **acting))

    async def admin(self) -> Caller:
        """The instance's administrator."""
        return await self.with_key(ADMIN_KEY)

    async def again(self, caller: Caller) -> Caller:
        """The same person as of now; the key's digest is kept in `agent` by `person`."""
        assert caller.agent is not None
        return await self.with_key(caller.agent)

    async def person(self, stem: str = "alice", **more: str) -> Caller:
        """Somebody with an account, whose key stands in `agent` so that a test can use it."""
        username = self.name(stem)
        ask = CreateUser(username=username, email=f"{username}@example.com", **more)
        made = await self.call(CREATE_USER, ask, await self.admin())
        caller = await self.with_key(made.api_key)
        return caller.model_copy(update={"agent": made.api_key})

    async def team(self, admin: Caller, *others: tuple[Caller, str]) -> str:
        """A team with an admin and others in their roles."""
        name = self.name("team")
        await self.call(CREATE_TEAM, CreateTeam(name=name), admin)
        for caller, role in others:
            ask = Invite(team=name, username=caller.username, role=role)
            invitation = await self.call(INVITE, ask, admin)
            await self.call(ACCEPT_INVITATION, AcceptInvitation(reference=invitation.id), caller)
        return name

"""A service that answers as the real ones do, and questions made for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self

import nats
from faststream.nats import NatsRouter
from nats.aio.client import Client
from pydantic import SecretStr

from shared.contracts._kinds import Call, Message, Nothing
from shared.contracts.identity import Caller
from shared.errors import BY_CODE
from shared.kit.settings import Settings
from shared.messaging.answering import Answers, TheCaller, answering, serve
from shared.messaging.broker import broker_for
from shared.messaging.grants import inbox_prefix
from tests.servers import Servers


class Say(Message):
    """Any text, so many times."""

    text: str
    times: int = 1


class Said(Message):
    """The text, and what was noticed on the way."""

    text: str


class Fail(Message):
    """Which failure, saying what."""

    code: str
    message: str = ""
    field: str | None = None
    retry_after: float | None = None


class Together(Message):
    """How many questions are to be under way at once."""

    count: int


LAST_WORD = "nobody.may.say.this"
ECHO = Call("runs.test.echo", Say, Said)
WHO = Call("runs.test.who", Nothing, Caller)
FAIL = Call("runs.test.fail", Fail, Nothing)
BREAK = Call("runs.test.break", Nothing, Nothing)
WAIT = Call("runs.test.wait", Nothing, Nothing)
MEET = Call("runs.test.meet", Together, Nothing)
ODD = Call("runs.test.odd", Nothing, Said)


class Answering:
    """One process of runs, as far as the bus can tell."""

    def __init__(self, servers: Servers) -> None:
        seed = servers.nkey_file("runs").read_text(encoding="utf-8").strip()
        settings = Settings(nats_url=servers.nats_url, nats_nkey=SecretStr(seed))
        self.asked = 0
        self.may_go_on = asyncio.Event()
        self._under_way = 0
        self._met = asyncio.Event()
        self._broker = broker_for("runs", settings)
        self.answers = Answers("runs", self._broker)
        self._broker.add_middleware(answering(self.answers))
        self._broker.include_router(self._router())

    async def __aenter__(self) -> Self:
        connection = await self._broker.connect()
        await self.answers.start()
        await self._broker.start()
        await settled(connection)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._broker.stop()

    def _router(self) -> NatsRouter:
        router = NatsRouter()

        @serve(router, ECHO)
        async def echo(ask: Say) -> Said:
            self.asked += 1
            return Said(text=ask.text * ask.times)

        @serve(router, WHO)
        async def who(ask: Nothing, caller: TheCaller) -> Caller:
            return caller

        @serve(router, FAIL)
        async def fail(ask: Fail) -> Nothing:
            raise BY_CODE[ask.code](ask.message, field=ask.field, retry_after=ask.retry_after)

        @serve(router, BREAK)
        async def break_down(ask: Nothing) -> Nothing:
            raise ZeroDivisionError("hunter2")

        @serve(router, WAIT)
        async def wait(ask: Nothing) -> Nothing:
            self.asked += 1
            await self.may_go_on.wait()
            return Nothing()

        @serve(router, MEET)
        async def meet(ask: Together) -> Nothing:
            self._under_way += 1
            if self._under_way == ask.count:
                self._met.set()
            await self._met.wait()
            return Nothing()

        @serve(router, ODD)
        async def odd(ask: Nothing) -> Nothing:
            return Nothing()

        return router


async def settled(client: Client) -> None:
    """The server has seen all that was said; nats-py lets the first ping overtake the rest."""
    await client.flush()
    await client.flush()


@dataclass
class Connection:
    """With the rights of one user; remembers what the server refused it."""

    client: Client
    _refusals: asyncio.Queue[str]

    async def refused(self) -> set[str]:
        """The subjects refused so far, in small letters as nats-py tells them."""
        await self.client.publish(LAST_WORD, b"")
        found: set[str] = set()
        async with asyncio.timeout(20):
            while LAST_WORD not in found:
                found.add((await self._refusals.get()).lower().split('"')[1])
        return found - {LAST_WORD}


@asynccontextmanager
async def connected(servers: Servers, user: str) -> AsyncIterator[Connection]:
    """As this user."""
    refusals: asyncio.Queue[str] = asyncio.Queue()

    async def on_error(error: Exception) -> None:
        refusals.put_nowait(str(error))

    client = await nats.connect(
        servers.nats_url,
        nkeys_seed=str(servers.nkey_file(user)),
        inbox_prefix=inbox_prefix(user).encode(),
        error_cb=on_error,
        allow_reconnect=False,
    )
    try:
        yield Connection(client, refusals)
    finally:
        await client.close()

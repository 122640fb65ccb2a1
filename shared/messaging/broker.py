"""Connecting a service: broker, bus, answers, streams, and the life of its process."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import Any

from faststream import FastStream
from faststream.nats import NatsBroker
from faststream.specification import AsyncAPI

from shared.kit import alive, logs
from shared.kit.settings import Settings
from shared.messaging import headers, streams
from shared.messaging.answering import Answers, answering
from shared.messaging.bus import Bus
from shared.messaging.grants import inbox_prefix

log = logs.get(__name__)

DRAIN_S = 20.0


def broker_for(service: str, settings: Settings) -> NatsBroker:
    """A broker that reconnects for ever and says what the server refuses it."""

    async def on_error(error: Exception) -> None:
        log.error("nats", error=str(error))

    seed = settings.nats_nkey.get_secret_value() if settings.nats_nkey else None
    return NatsBroker(
        settings.nats_url,
        name=f"cordee-{service}",
        nkeys_seed_str=seed,
        inbox_prefix=inbox_prefix(service),
        max_reconnect_attempts=-1,
        reconnect_time_wait=1,
        pending_size=64 * 1024 * 1024,
        error_cb=on_error,
        decoder=_decode,
        logger=None,
    )


async def _decode(message: Any, original: Any) -> Any:
    message.body = headers.unpack(message.body, message.headers)
    return await original(message)


class Service:
    """One service's process: connect, serve until told to stop, finish what is under way."""

    def __init__(self, name: str, settings: Settings) -> None:
        logs.set_up(name, level=settings.log_level, fmt=settings.log_format)
        self.name = name
        self.broker = broker_for(name, settings)
        self.answers = Answers(name, self.broker)
        self.broker.add_middleware(answering(self.answers))
        self.app = FastStream(self.broker, specification=AsyncAPI(title=f"Cordée {name}"))
        self._loops: list[Callable[[], Awaitable[None]]] = []
        self._closers: list[Callable[[], Awaitable[None]]] = []

    def provide(self, **things: Any) -> None:
        """What handlers may ask for by name through `Context`."""
        for name, thing in things.items():
            self.broker.context.set_global(name, thing)

    def in_background(self, loop: Callable[[], Awaitable[None]]) -> None:
        """Run beside the handlers; if it ever ends or fails, the process ends to be restarted."""
        self._loops.append(loop)

    def at_end(self, closer: Callable[[], Awaitable[None]]) -> None:
        """Run after the last answer has gone out."""
        self._closers.append(closer)

    async def run(self, assemble: Callable[[Bus], Awaitable[None]]) -> None:
        """Connect, let `assemble` wire the rooms, then serve until SIGTERM."""
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        connection = await self.broker.connect()
        bus = Bus(connection)
        for stream in streams.owned_by(self.name):
            await streams.ensure(bus.js, stream)
        await assemble(bus)
        await self.answers.start()
        self.in_background(alive.beat)
        await self.broker.start()
        await connection.flush()  # whoever asks from now on finds a responder
        log.info("serving")
        await self._until(stop)
        log.info("draining")
        await self.answers.drain(DRAIN_S)
        for closer in self._closers:
            await closer()
        await self.broker.stop()

    async def _until(self, stop: asyncio.Event) -> None:
        waiting = asyncio.create_task(stop.wait())
        loops: list[asyncio.Future[Any]] = [asyncio.ensure_future(loop()) for loop in self._loops]
        done, _ = await asyncio.wait([waiting, *loops], return_when=asyncio.FIRST_COMPLETED)
        for task in loops:
            task.cancel()
        for task in done:
            if task is waiting:
                continue
            task.result()
            raise RuntimeError("A background loop ended although nobody asked it to.")
        await asyncio.gather(*loops, return_exceptions=True)

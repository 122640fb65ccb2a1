"""Connecting a service: broker, bus, answers, streams, and the life of its process."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from faststream import FastStream
from faststream.nats import NatsBroker
from faststream.specification import AsyncAPI

from shared.kit import alive, garbage, logs
from shared.kit.settings import Settings
from shared.messaging import connecting, headers, streams
from shared.messaging.answering import Answers, answering
from shared.messaging.bus import Bus

log = logs.get(__name__)

DRAIN_S = 20.0


def broker_for(service: str, settings: Settings) -> NatsBroker:
    """A broker that reconnects for ever and says what the server refuses it."""

    return NatsBroker(**connecting.options(service, settings), decoder=_decode, logger=None)


async def _decode(message: Any, original: Any) -> Any:
    message.body = headers.unpack(message.body, message.headers)
    return await original(message)


class Service:
    """One service's process: connect, serve until told to stop, finish what is under way."""

    def __init__(self, name: str, settings: Settings) -> None:
        logs.set_up(name, level=settings.log_level, fmt=settings.log_format)
        self.name = name
        self._replicas = settings.nats_replicas
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

    async def run(
        self,
        assemble: Callable[[Bus], Awaitable[None]],
        first_sequences: Callable[[], Awaitable[Mapping[str, int]]] | None = None,
    ) -> None:
        """Connect, let `assemble` wire the rooms, then serve until SIGTERM.

        `first_sequences` says, by name, where streams of this service begin should they have been
        lost.
        """
        alive.forget()
        connection = await self.broker.connect()  # until it succeeds, a signal ends us at once
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        bus = Bus(connection)
        first = await first_sequences() if first_sequences else {}
        for stream in streams.owned_by(self.name):
            await streams.ensure(bus.js, stream, self._replicas, first.get(stream.name, 1))
        await assemble(bus)
        await self.answers.start()
        self.in_background(alive.beat)
        await self.broker.start()
        await connection.flush()  # whoever asks from now on finds a responder
        garbage.look_seldom()
        log.info("serving")
        await self._until(stop)
        alive.forget()
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

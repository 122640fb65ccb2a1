"""Everything that `cordee up` keeps running: started in order of need, drained in reverse."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from shared.embedded.failures import CannotStart
from shared.embedded.keeper import Keeper, Launch, Say
from shared.embedded.probe import get
from shared.embedded.program import Program

# Seconds after the first signal by which each has to be gone; together under the promised 30.
EDGE_BY_S = 10.0
SERVICES_BY_S = 24.0
SERVERS_BY_S = (28.5, 26.0)
IMPATIENT_AFTER_S = 30.0


class Supervisor:
    """Servers first, then services with the edge before them; the edge says when all works."""

    def __init__(
        self,
        *,
        servers: Sequence[Program],
        services: Sequence[Program],
        edge: Program,
        ready_at: tuple[str, int],
        launch: Launch,
        say: Say,
    ) -> None:
        """`ready_at` is where the edge answers `GET /readyz`; servers stop last to first."""
        self._servers = [Keeper(program, launch, say) for program in servers]
        self._services = [Keeper(program, launch, say) for program in services]
        self._edge = Keeper(edge, launch, say)
        self._ready_at = ready_at
        self._say = say

    async def run(self, stop: asyncio.Event, announce: Callable[[], None]) -> None:
        """Serve until `stop`, then drain. `announce` is called once, when everything works."""
        serving = asyncio.create_task(self._serve(announce))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            serving.cancel()
            (failure,) = await asyncio.gather(serving, return_exceptions=True)
            await self._drain()
        if isinstance(failure, ExceptionGroup):
            raise _plainest(failure)
        if isinstance(failure, Exception):
            raise failure

    async def _serve(self, announce: Callable[[], None]) -> None:
        """Cancelled at the end: that stops the restarting and leaves the children to `_drain`."""
        async with asyncio.TaskGroup() as keeping:
            for keeper in self._servers:
                keeping.create_task(keeper.keep())
            for keeper in self._servers:
                await keeper.worked.wait()
            for keeper in (*self._services, self._edge):
                keeping.create_task(keeper.keep())
            await self._ready()
            announce()

    async def _ready(self) -> None:
        clock = asyncio.get_running_loop().time
        impatient_at = clock() + IMPATIENT_AFTER_S
        while True:
            status, body = await get(*self._ready_at, "/readyz")
            if status == 200:
                return
            if clock() > impatient_at:
                impatient_at = clock() + IMPATIENT_AFTER_S
                self._say(f"Not ready yet: {body[:300] or 'the gateway does not answer'}")
            await asyncio.sleep(0.05)

    async def _drain(self) -> None:
        """From the edge inwards, so that nobody loses what it needs to finish its work."""
        began = asyncio.get_running_loop().time()
        await self._edge.stop(began + EDGE_BY_S)
        async with asyncio.TaskGroup() as stopping:
            for keeper in self._services:
                stopping.create_task(keeper.stop(began + SERVICES_BY_S))
        for keeper, seconds in zip(reversed(self._servers), reversed(SERVERS_BY_S), strict=False):
            await keeper.stop(began + seconds)


def _plainest(failures: ExceptionGroup[Exception]) -> Exception:
    """The reason in one line where there is one; else all that is known."""
    reasons = failures.subgroup(CannotStart)
    if reasons is None:
        return failures
    first: Exception = reasons
    while isinstance(first, ExceptionGroup):
        first = first.exceptions[0]
    return first

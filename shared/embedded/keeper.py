"""Keeping one program running: started, watched, and started again when it dies."""

from __future__ import annotations

import asyncio
import random
import signal
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from shared.embedded.children import Child
from shared.embedded.failures import CannotStart, NotReady
from shared.embedded.output import rotate_if_large
from shared.embedded.program import Program

CHECK_EVERY_S = 5.0
REMIND_EVERY_S = 30.0
UNHEALTHY_CHECKS = 3
EARLY_S = 10.0
"""Who dies younger than this, and not by somebody's hand, has failed to start."""

ATTEMPTS = 3
"""How often a program that must start may fail before anything else is tried."""

_KILLED = (-signal.SIGKILL, -signal.SIGTERM)

Launch = Callable[[Program], Awaitable[Child]]
Say = Callable[[str], None]


@dataclass
class Restarts:
    """How long a dead program stays dead: twice as long each time, until it has lived a minute."""

    first: float = 0.25
    most: float = 15.0
    slow: float = 30.0
    healthy_after: float = 60.0
    looping_at: int = 5
    jitter: Callable[[], float] = random.SystemRandom().random
    _in_a_row: int = 0
    _early: deque[float] = field(default_factory=deque)

    def delay(self, *, now: float, lived: float, early: bool) -> float:
        """Seconds until the next start, spread by a quarter so that nothing restarts in step."""
        self._in_a_row = 0 if lived >= self.healthy_after else self._in_a_row
        wait = min(self.most, self.first * 2.0**self._in_a_row)
        self._in_a_row += 1
        if early:
            self._early.append(now)
        while self._early and self._early[0] <= now - 60:
            self._early.popleft()
        if self.looping and early:
            wait = self.slow
        return wait * (0.75 + 0.5 * self.jitter())

    @property
    def looping(self) -> bool:
        """It fails to start again and again: trying often would only make noise."""
        return len(self._early) >= self.looping_at


class Keeper:
    """Runs `keep` for as long as the program is wanted; whoever cancels that ends the child."""

    def __init__(
        self, program: Program, launch: Launch, say: Say, remind_every: float = REMIND_EVERY_S
    ) -> None:
        """`launch` starts a child; `say` tells the operator."""
        self.program = program
        self.child: Child | None = None
        self.worked = asyncio.Event()
        self._launch = launch
        self._say = say
        self._remind_every = remind_every
        self._restarts = Restarts()
        self._failures = 0

    async def keep(self) -> None:
        """Start the program again and again, until cancelled or until it is hopeless."""
        clock = asyncio.get_running_loop().time
        while True:
            started = clock()
            try:
                self.child = await self._launch(self.program)
            except OSError as error:  # no memory, no process, no file left: that passes
                delay = self._restarts.delay(now=started, lived=0, early=False)
                self._say(f"Cannot start {self.program.name}: {error}")
                await asyncio.sleep(delay)
                continue
            ready = await self._live(self.child)
            code = await self.child.wait()
            lived = clock() - started
            early = code not in _KILLED and (lived < EARLY_S or not ready)
            self._give_up_if_hopeless(self.child, code, early=early)
            delay = self._restarts.delay(now=clock(), lived=lived, early=early)
            self._report(self.child, code, delay)
            await asyncio.sleep(delay)

    async def stop(self, by: float) -> None:
        """End the child, once `keep` has been cancelled."""
        if self.child is not None:
            await self.child.stop(by)

    async def _live(self, child: Child) -> bool:
        """Watch one life until it is over; whether the program ever worked in it."""
        try:
            if not await self._unless_dead(child, self.program.ready()):
                return False
        except NotReady as reason:
            self._say(f"{self.program.name} runs but is not usable: {reason}")
            await child.stop(asyncio.get_running_loop().time() + CHECK_EVERY_S)
            return False
        self.worked.set()
        failed = 0
        while await self._unless_dead(child, asyncio.sleep(CHECK_EVERY_S)):
            self._rotate_log(child)
            failed = 0 if await self.program.healthy() else failed + 1
            if failed >= UNHEALTHY_CHECKS:
                self._say(f"{self.program.name} no longer answers; ending it.")
                await child.stop(asyncio.get_running_loop().time() + CHECK_EVERY_S)
        return True

    async def _unless_dead(self, child: Child, waiting: Awaitable[object]) -> bool:
        """Wait for something as long as the child lives; false when it died first."""
        awaited = asyncio.ensure_future(waiting)
        death = asyncio.ensure_future(child.wait())
        either = {awaited, death}
        try:
            while True:
                done, _ = await asyncio.wait(
                    either, timeout=self._remind_every, return_when=asyncio.FIRST_COMPLETED
                )
                if done:
                    break
                self._say(f"Still waiting for {self.program.name}; see {self.program.own_log}.")
            if death.done():
                return False
            awaited.result()
            return True
        finally:
            for task in either:
                task.cancel()
            await asyncio.gather(*either, return_exceptions=True)

    def _rotate_log(self, child: Child) -> None:
        log, reopen = self.program.own_log, self.program.reopen_log
        if log and reopen and rotate_if_large(log):
            child.signal(reopen)

    def _give_up_if_hopeless(self, child: Child, code: int, *, early: bool) -> None:
        if not early or not self.program.must_start or self.worked.is_set():
            return
        self._failures += 1
        if self._failures >= ATTEMPTS:
            words = " / ".join(child.last_words[-2:])[:400] or "it said nothing"
            raise CannotStart(f"{self.program.name} does not start ({ending(code)}): {words}")

    def _report(self, child: Child, code: int, delay: float) -> None:
        name = self.program.name
        self._say(f"{name} {ending(code)}; starting it again in {delay:.1f} s.")
        if self._restarts.looping:
            self._say(f"{name} keeps dying. Its last lines:")
            for line in child.last_words:
                self._say(f"    {line}")


def ending(code: int) -> str:
    """How a process ended, in words."""
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with code {code}"

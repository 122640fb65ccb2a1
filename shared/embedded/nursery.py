"""One process that has imported every service and forks them: a start costs half, a restart little.

Linux only: elsewhere a fork of what has been imported is not safe, and services start alone.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Self

from shared.embedded.children import Child, Forked, spawned
from shared.embedded.data_dir import DataDir
from shared.embedded.keeper import ending
from shared.embedded.output import Show
from shared.embedded.program import Program

CAN_FORK = sys.platform == "linux"
NAME = "nursery"
_GOES_IN_S = 5.0


class Nursery:
    """Begun early, it imports while servers start; begun anew when it dies, with its forks."""

    def __init__(
        self, modules: Sequence[str], env: Mapping[str, str], data: DataDir, show: Show
    ) -> None:
        """`env` is what libraries may see while they are imported; no secrets."""
        self._modules, self._env = modules, env
        self._data, self._show = data, show
        self._child: Child | None = None
        self._asking: socket.socket | None = None
        self._beginning = asyncio.Lock()

    async def __aenter__(self) -> Self:
        """Nothing runs yet."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Once its forks are gone."""
        if self._child is not None:
            await self._child.stop(asyncio.get_running_loop().time() + _GOES_IN_S)
        self._close()

    async def begin(self) -> None:
        """Before it is needed; what fails now is tried again then."""
        with suppress(OSError):
            await self._begun()

    async def spawn(self, program: Program, out: int) -> Forked:
        """A fork that is the program's module; OSError when nobody forks just now."""
        asked = json.dumps({"module": program.module, "env": dict(program.env)}).encode()
        asking = await self._begun()
        told, telling = os.pipe()
        forked = Forked(told)
        try:
            socket.send_fds(asking, [asked], [out, telling])
        except ConnectionError:  # it has died, and nobody has noticed yet
            if self._asking is asking:
                self._close()
        finally:
            os.close(telling)
        await forked.born()
        return forked

    async def _begun(self) -> socket.socket:
        async with self._beginning:
            if self._asking is not None and self._child and self._child.returncode is None:
                return self._asking
            self._close()
            if self._child is not None:
                how = ending(await self._child.wait())  # without that socket it ends
                self._show(NAME, f"It {how}, and all services with it; they are started again.")
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                number = theirs.fileno()
                argv = (sys.executable, "-P", "-m", "shared.embedded.forking", str(number))
                program = Program(NAME, argv, self._env)

                async def spawn(one: Program, out: int) -> asyncio.subprocess.Process:
                    return await spawned(one, out, number)

                self._child = await Child.start(program, self._data, self._show, spawn)
            ours.send(json.dumps({"modules": self._modules}).encode())
            self._asking = ours
            return ours

    def _close(self) -> None:
        if self._asking is not None:
            self._asking.close()
            self._asking = None

"""Keeping the register: projects that are asked for get their ended runs into blocks."""

from __future__ import annotations

import asyncio
import time

from pymongo.errors import PyMongoError

from services.runs.repository.register import MongoRegister
from shared.kit import logs

log = logs.get(__name__)

AGAIN_S = 60.0
"""How often one project is looked at, at most."""
PAUSE_S = 1.0


class Registrar:
    """Works beside everything else, one block at a time."""

    def __init__(self, register: MongoRegister) -> None:
        self._register = register
        self._seen: dict[str, float] = {}

    async def work(self) -> None:
        """For ever; a database that does not answer only delays it."""
        while True:
            try:
                await self.keep()
            except PyMongoError as error:
                log.warning("register not kept", error=str(error))
            await asyncio.sleep(PAUSE_S)

    async def keep(self) -> None:
        """Once around all projects that were asked for since and not looked at just now."""
        asked = [*self._register.wanted]
        self._register.wanted.clear()
        now = time.monotonic()
        self._seen = {name: at for name, at in self._seen.items() if now - at < AGAIN_S}
        for project_id in asked:
            if project_id in self._seen:
                continue
            self._seen[project_id] = now
            await self._register.tidy(project_id)
            while count := await self._register.pack(project_id):
                log.info("block made", project_id=project_id, runs=count)
                await asyncio.sleep(0)

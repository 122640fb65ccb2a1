"""Numbers that are given once: those who ask at the same time are counted with one write."""

from __future__ import annotations

import asyncio

from pymongo import ReturnDocument

from shared.kit.mongo import Collection


class Counters:
    """A document for each counter. While one write is under way, whoever comes waits for the next:
    runs that begin together would otherwise queue for the same document, each with a flush."""

    def __init__(self, counters: Collection) -> None:
        self._counters = counters
        self._waiting: dict[str, list[asyncio.Future[int]]] = {}
        self._busy: dict[str, asyncio.Task[None]] = {}

    async def next(self, name: str) -> int:
        """One more than ever before; numbers are lost when a process dies, never given twice."""
        mine: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(name, []).append(mine)
        if name not in self._busy:
            self._busy[name] = asyncio.create_task(self._work_off(name))
        return await mine

    async def _work_off(self, name: str) -> None:
        try:
            while group := self._waiting.pop(name, None):
                try:
                    last = await self._add(name, len(group))
                except Exception as error:
                    for one in group:
                        if not one.done():
                            one.set_exception(error)
                else:
                    for number, one in enumerate(group, last - len(group) + 1):
                        if not one.done():
                            one.set_result(number)
        finally:
            del self._busy[name]

    async def _add(self, name: str, count: int) -> int:
        document = await self._counters.find_one_and_update(
            {"_id": name},
            {"$inc": {"n": count}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        return int(document["n"])

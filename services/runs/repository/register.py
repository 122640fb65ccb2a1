"""The register: blocks of ended runs, kept column by column beside their documents.

A document of a run is large, and an order by some key of its summary would read every one of them.
Of a block only the columns in question are read. A run says which block it is in, and every change
of it takes that back; so a row whose run does not name its block is out of date, and a run that
names no block that was looked into is asked for in the usual way. Nothing else has to agree.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence

from services.runs.domain.block import NOTHING, Block, Column
from services.runs.domain.filters import Field
from services.runs.domain.run import ENDED
from services.runs.repository.columns import IDS, READ, Gathered, opened, token_of
from shared.kit.ids import new_id
from shared.kit.mongo import USER_READ_MS, Database, ensure_indexes

BLOCK_RUNS = 2_048
BLOCK_CELLS = 800_000
"""A block ends with the run that fills it so far: bounds what making it takes of memory."""
LEAST_RUNS = 1_024
"""Fewer runs are asked for in the usual way."""
_AT_ONCE = 256
_REMEMBERED_CELLS = 1_500_000
_ENDED = sorted(str(state) for state in ENDED)


class MongoRegister:
    """The collections `run_blocks` and `run_columns`; the runs themselves name their blocks."""

    def __init__(self, database: Database) -> None:
        self._runs = database["runs"]
        self._blocks = database["run_blocks"]
        self._columns = database["run_columns"]
        self._remembered: OrderedDict[str, Column] = OrderedDict()
        self._cells = 0
        self.wanted: dict[str, None] = {}
        """Projects that were asked something that the register would answer sooner."""

    async def prepare(self) -> None:
        """Indexes, at start-up."""
        await ensure_indexes(self._blocks, [([("project_id", 1)], {})])
        await ensure_indexes(self._runs, [([("project_id", 1), ("block", 1), ("_id", 1)], {})])

    async def blocks(self, project_id: str, fields: Iterable[Field]) -> list[Block]:
        """The project's blocks, with the columns of these fields."""
        self.wanted[project_id] = None
        found = self._blocks.find({"project_id": project_id}, {"runs": 1})
        names = [(str(one["_id"]), int(one["runs"])) async for one in found.sort("_id", 1)]
        if not names:
            return []
        tokens = {IDS: None, **{token_of(field): field for field in fields}}
        columns = await self._loaded([(block, token) for block, _ in names for token in tokens])
        return [
            Block(
                block,
                columns[f"{block}/{IDS}"].values,
                {
                    field: columns[f"{block}/{token}"]
                    for token, field in tokens.items()
                    if field is not None and f"{block}/{token}" in columns
                },
            )
            for block, _ in names
            if f"{block}/{IDS}" in columns
        ]

    async def pack(self, project_id: str) -> int:
        """Make one more block, if enough runs are in none; how many runs it has."""
        free = {"project_id": project_id, "block": None, "live": True}
        cursor = self._runs.find({**free, "state": {"$in": _ENDED}}, {"_id": 1})
        ids = [one["_id"] async for one in cursor.sort("_id", 1).limit(BLOCK_RUNS)]
        if len(ids) < LEAST_RUNS:
            return 0
        block = new_id()
        # Whatever changes a run from here on takes the mark away, and it stays outside.
        await self._runs.update_many({"_id": {"$in": ids}, **free}, {"$set": {"packing": block}})
        gathered = await self._gather(ids, block)
        if not gathered.ids:
            return 0
        columns = await asyncio.to_thread(gathered.packed, block)
        for at in range(0, len(columns), _AT_ONCE):
            await self._columns.insert_many(columns[at : at + _AT_ONCE], ordered=False)
        count = len(gathered.ids)
        await self._blocks.insert_one({"_id": block, "project_id": project_id, "runs": count})
        await self._runs.update_many(
            {"_id": {"$in": gathered.ids}, "packing": block},
            {"$set": {"block": block, "packing": None}},
        )
        return count

    async def tidy(self, project_id: str) -> int:
        """Dissolve blocks of which most rows are out of date; how many that were."""
        gone = 0
        async for one in self._blocks.find({"project_id": project_id}):
            block = one["_id"]
            mine = {"project_id": project_id, "block": block}
            if 2 * await self._runs.count_documents(mine) >= one["runs"]:
                continue
            await self._blocks.delete_one({"_id": block})
            await self._runs.update_many({"block": block}, {"$set": {"block": None}})
            await self._columns.delete_many({"_id": {"$gte": f"{block}/", "$lt": f"{block}0"}})
            gone += 1
        return gone

    async def _gather(self, ids: Sequence[str], block: str) -> Gathered:
        gathered = Gathered()
        for at in range(0, len(ids), _AT_ONCE):
            some = {"_id": {"$in": list(ids[at : at + _AT_ONCE])}, "packing": block}
            async for document in self._runs.find(some, READ).sort("_id", 1):
                gathered.add(document)
            if gathered.cells > BLOCK_CELLS:
                break
        return gathered

    async def _loaded(self, names: Iterable[tuple[str, str]]) -> Mapping[str, Column]:
        keys = [f"{block}/{token}" for block, token in names]
        found = {key: self._remembered[key] for key in keys if key in self._remembered}
        missing = [key for key in keys if key not in found]
        if missing:
            cursor = self._columns.find({"_id": {"$in": missing}}, max_time_ms=USER_READ_MS)
            documents = await cursor.to_list(len(missing))
            read = await asyncio.to_thread(lambda: {d["_id"]: opened(d["z"]) for d in documents})
            found |= {key: read.get(key, NOTHING) for key in missing}
        for key, column in found.items():
            self._remember(key, column)
        return found

    def _remember(self, key: str, column: Column) -> None:
        """Blocks never change, so what was read of them stays true."""
        if key not in self._remembered:
            self._cells += len(column.values) + 16
        self._remembered[key] = column
        self._remembered.move_to_end(key)
        while self._cells > _REMEMBERED_CELLS and len(self._remembered) > 1:
            _, oldest = self._remembered.popitem(last=False)
            self._cells -= len(oldest.values) + 16

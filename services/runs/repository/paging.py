"""Pages of runs: by an index, by the blocks of the register, or by looking at every document."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from services.runs.domain.block import Block, Place, answerable, fields_of, in_order
from services.runs.ports import RunQuery
from services.runs.repository import documents, queries
from services.runs.repository.picking import Picking
from services.runs.repository.register import MongoRegister
from shared.kit.mongo import USER_READ_MS, Collection, Document

Page = tuple[list[Document], list[Document]]
"""The documents, and for each of them its `_id`, `_sort` and `_last`: for its cursor."""


class Pages:
    """Over the collection of runs and the register."""

    def __init__(self, runs: Collection, register: MongoRegister) -> None:
        self._runs = runs
        self._register = register

    async def page(self, query: RunQuery) -> Page:
        """As many as the query asks for."""
        natural = queries.natural(query)
        if natural is not None:
            return await self._by_birth(query, natural)
        if query.deleted_since is None and answerable(query.where, query.order.field):
            asked = {query.order.field, *fields_of(query.where)}
            blocks = await self._register.blocks(query.project_id, asked)
            if blocks:
                return await self._by_blocks(query, blocks)
        return await self._by_looking(query, [])

    async def _by_birth(self, query: RunQuery, natural: Document) -> Page:
        way = -1 if query.order.descending else 1
        cursor = self._runs.find(natural, _shown(query), max_time_ms=USER_READ_MS)
        born = [("created_at", way), ("_id", way)]
        page = await cursor.sort(born).limit(query.limit).to_list(query.limit)
        return page, [{"_id": d["_id"], "_sort": d["created_at"], "_last": 0} for d in page]

    async def _by_looking(self, query: RunQuery, besides: Sequence[str]) -> Page:
        """At all runs but those of some blocks."""
        stages = queries.pipeline(query, besides)
        keys = await self._runs.aggregate(stages, maxTimeMS=USER_READ_MS).to_list(query.limit)
        chosen = {"_id": {"$in": [key["_id"] for key in keys]}}
        cursor = self._runs.find(chosen, _shown(query))
        found = {d["_id"]: d async for d in cursor}
        keys = [key for key in keys if key["_id"] in found]
        return [found[key["_id"]] for key in keys], keys

    async def _by_blocks(self, query: RunQuery, blocks: Sequence[Block]) -> Page:
        """Blocks first: a run that changes in between is then found among the others."""
        inside = await self._still_there(query, blocks)
        others, keys = await self._by_looking(query, [block.id for block in blocks])
        found = {run_id: document for run_id, (_, document) in inside.items()}
        places = {run_id: place for run_id, (place, _) in inside.items()}
        for document, key in zip(others, keys, strict=True):
            found[key["_id"]] = document
            places[key["_id"]] = Place(key["_last"], key.get("_sort"), key["_id"])
        descending = query.order.descending
        ordered = in_order(places.values(), query.limit, descending=descending)
        return (
            [found[place.run_id] for place in ordered],
            [{"_id": place.run_id, "_sort": place.value, "_last": place.last} for place in ordered],
        )

    async def _still_there(
        self, query: RunQuery, blocks: Sequence[Block]
    ) -> Mapping[str, tuple[Place, Document]]:
        """The first runs of the blocks that are still as their blocks say."""
        wanted, shown = query.limit, _shown(query)
        while True:
            places = await asyncio.to_thread(_first, query, blocks, wanted)
            chosen: dict[str, Any] = {"_id": {"$in": [place.run_id for place in places]}}
            cursor = self._runs.find({**chosen, "project_id": query.project_id}, shown)
            documents_by_id = {d["_id"]: d async for d in cursor}
            there = {
                place.run_id: (place, documents_by_id[place.run_id])
                for place in places
                if documents_by_id.get(place.run_id, {}).get("block") == place.block
            }
            if len(there) >= query.limit or len(places) < wanted:
                return there
            wanted *= 4


def _shown(query: RunQuery) -> Document:
    if query.keys is not None:
        return Picking(query.keys).projection()
    return documents.without(query.texts)


def _first(query: RunQuery, blocks: Sequence[Block], limit: int) -> list[Place]:
    after = None
    if query.cursor:
        last, value, run_id = queries.opened_cursor(query.cursor)
        after = Place(last, value, run_id)
    by, descending = query.order.field, query.order.descending
    found = [
        place
        for block in blocks
        for place in block.first(query.where, by, limit, descending=descending, after=after)
    ]
    return in_order(found, limit, descending=descending)

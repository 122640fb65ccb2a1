"""How the documents of runs came to be as they are: one step for every change of their shape."""

from __future__ import annotations

from typing import Any

from pymongo import UpdateOne

from services.runs.repository import documents
from shared.kit.mongo import Database
from shared.kit.schema import Step

_AT_ONCE = 200
_TEXTS = frozenset(documents.PAIRS)
_OLD_INDEX = "collection_id_1_distributed_id_1"


async def _make_searchable(database: Database) -> int:
    """Lists go by `live`, filters by the pairs; runs written before lack both.

    What was thrown away for good has no `live` and needs none.
    """
    changed = 0
    older = {"live": {"$exists": False}, "purged_at": None}
    while batch := await database["runs"].find(older).to_list(_AT_ONCE):
        done = await database["runs"].bulk_write(
            [UpdateOne({"_id": one["_id"], **older}, {"$set": _derived(one)}) for one in batch],
            ordered=False,
        )
        changed += done.modified_count
    return changed


def _derived(document: dict[str, Any]) -> dict[str, Any]:
    run = documents.to_run(document)
    return documents.changes(run, [*_TEXTS, "deleted_at"])


async def _part_twins(database: Database) -> int:
    """Of a version that several processes make together there is one: the first keeps the name.

    The index that sees to it takes the place of one that did not.
    """
    artifacts = database["artifacts"]
    if _OLD_INDEX in await artifacts.index_information():
        await artifacts.drop_index(_OLD_INDEX)
    changed, seen = 0, set[tuple[str, str]]()
    pending = {"state": "PENDING", "distributed_id": {"$type": "string"}}
    async for one in artifacts.find(pending).sort("_id", 1):
        name = (one["collection_id"], one["distributed_id"])
        if name in seen:
            await artifacts.update_one({"_id": one["_id"]}, {"$set": {"distributed_id": None}})
            changed += 1
        seen.add(name)
    return changed


STEPS = (
    Step(1, "lists and filters find every run", _make_searchable),
    Step(2, "one pending version for all who make it together", _part_twins),
)

"""The shape of a service's documents: a number, steps that bring older data up to it, a limit.

Data of a newer Cordée is refused rather than read wrongly. A step finds by itself what is left to
do, so that it can be broken off anywhere, begun again, and run by two processes at once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from shared.kit import logs
from shared.kit.mongo import Database

log = logs.get(__name__)

_ID = "schema"


@dataclass(frozen=True)
class Step:
    """From the number before to `number`; `work` says how many documents it changed."""

    number: int
    title: str
    work: Callable[[Database], Awaitable[int]]


async def bring_up(database: Database, steps: Sequence[Step] = ()) -> None:
    """Run the steps that this data has not seen; `steps` are all there ever were, in order.

    Ends the process, with one line that says what to do, when the data is from a newer Cordée.
    """
    newest = steps[-1].number if steps else 0
    kept = await database["meta"].find_one({"_id": _ID})
    reached = kept["number"] if kept else 0
    if reached > newest:
        raise SystemExit(
            f"cordee: database {database.name} was written by a newer Cordée (schema {reached}, "
            f"this version knows {newest}). Start that version again, or restore a backup that "
            "was made before the upgrade: cordee restore DIR."
        )
    for step in steps:
        if step.number <= reached:
            continue
        changed = await step.work(database)
        await database["meta"].update_one(
            {"_id": _ID}, {"$max": {"number": step.number}}, upsert=True
        )
        log.info("schema", number=step.number, title=step.title, changed=changed)

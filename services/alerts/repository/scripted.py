"""What scripts said, and what rules remember of it, kept in MongoDB.

Any process answers a script, so this is not among the windows, which only one process writes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from services.alerts.domain.alert import alert_id
from services.alerts.domain.memory import Memory
from services.alerts.ports import Findings
from services.alerts.repository.windows import KEPT_S, MongoWindows
from shared.kit.mongo import Client, Database, Document, Session, ensure_indexes, in_transaction
from shared.kit.outbox import Outbox

_OF_MEMORY = ("rule_id", "revision", "fired", "recent", "muted_until")


class MongoScripted:
    """The `scripted` collection: a document for each text while it counts, and one for each run."""

    def __init__(
        self, client: Client, database: Database, outbox: Outbox, windows: MongoWindows
    ) -> None:
        """`windows` writes findings down."""
        self._client = client
        self._scripted = database["scripted"]
        self._outbox = outbox
        self._windows = windows

    async def prepare(self) -> None:
        """Indexes, at start-up."""
        await ensure_indexes(self._scripted, [([("until", 1)], {"expireAfterSeconds": 0})])

    async def raise_once(
        self,
        run_id: str,
        title: str,
        until: datetime,
        at: datetime,
        hear: Callable[[dict[str, Memory]], Awaitable[Findings]],
    ) -> bool:
        """What a script says, unless it said the same and that still counts.

        `hear` is given what rules remember of the run, and changes it; it may be called again.
        """
        said_id, heard_id = alert_id("said", run_id, title), alert_id("heard", run_id)

        async def work(session: Session) -> bool:
            said = await self._scripted.find_one({"_id": said_id}, session=session)
            if said is not None and said["until"] > at:
                return False
            kept = await self._scripted.find_one({"_id": heard_id}, session=session)
            memories = _memories(kept)
            found = await hear(memories)
            if memories or kept is not None:
                document = _document(memories, at + timedelta(seconds=KEPT_S))
                await self._scripted.replace_one(
                    {"_id": heard_id}, document, upsert=True, session=session
                )
            await self._scripted.replace_one(
                {"_id": said_id}, {"until": until}, upsert=True, session=session
            )
            await self._windows.write(found, session)
            return True

        raised = await in_transaction(self._client, work)
        self._outbox.wake()
        return raised


def _memories(document: Document | None) -> dict[str, Memory]:
    kept = document["memories"] if document is not None else ()
    return {each["rule_id"]: Memory(**each) for each in kept}


def _document(memories: dict[str, Memory], until: datetime) -> Document:
    kept = [
        {name: getattr(memory, name) for name in _OF_MEMORY}
        for memory in memories.values()
        if memory.fired
    ]
    return {"memories": kept, "until": until}

"""Moves and the redirects that they leave, kept in MongoDB."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from pymongo import ReplaceOne

from services.runs.domain.moving import Move, MoveState
from services.runs.domain.run import Run
from services.runs.repository import documents
from shared.errors import Conflict, NotFound
from shared.kit import clock
from shared.kit.mongo import Client, Database, Document, Session, in_transaction
from shared.kit.outbox import Announcement, Outbox

_LEFT = "It has gone somewhere else meanwhile."


class MongoMoves:
    """The `moves` and `redirects` collections."""

    def __init__(self, client: Client, database: Database, outbox: Outbox) -> None:
        self._client = client
        self._moves = database["moves"]
        self._redirects = database["redirects"]
        self._runs = database["runs"]
        self._outbox = outbox

    async def create(self, move: Move) -> None:
        """Remember what is to be done, before any of it is."""
        await self._moves.insert_one(_to_document(move))

    async def get(self, move_id: str) -> Move:
        """Raises NotFound."""
        document = await self._moves.find_one({"_id": move_id})
        if document is None:
            raise NotFound("No such move.")
        return _to_move(document)

    async def save(self, move: Move) -> None:
        """As it is now. Raises Conflict when somebody else carries it."""
        await self._replace(move, None)

    async def touch(self, move: Move) -> None:
        """Somebody still carries it; nothing is done if that is somebody else by now."""
        await self._moves.update_one(
            {"_id": move.id, "revision": move.revision}, {"$set": {"kept_at": clock.now()}}
        )

    async def unfinished(self, idle_since: datetime) -> list[Move]:
        """What nobody has carried on since then."""
        states = [str(state) for state in (MoveState.RUNNING, MoveState.UNDOING)]
        cursor = self._moves.find({"state": {"$in": states}, "kept_at": {"$lt": idle_since}})
        return [_to_move(document) async for document in cursor]

    async def names_in(self, project_id: str, names: Sequence[str]) -> frozenset[str]:
        """Which of the names are used in a project, by deleted runs too."""
        cursor = self._runs.find(
            {"project_id": project_id, "name": {"$in": list(names)}}, {"name": 1}
        )
        return frozenset([document["name"] async for document in cursor])

    async def load(self, project_id: str, ids: Sequence[str]) -> list[Run]:
        """Those of the runs that are in the project now."""
        cursor = self._runs.find(
            {"_id": {"$in": list(ids)}, "project_id": project_id, "deleted_at": None},
            documents.without(frozenset()),
        )
        return [documents.to_run(document) async for document in cursor]

    async def carry(
        self,
        move: Move,
        runs: Sequence[Run],
        source: str,
        target: str,
        tell: Callable[[Sequence[Run]], Sequence[Announcement]],
    ) -> None:
        """Some of the runs go, their old paths point on, and the move knows of it: all or none.

        Those that are still there; the move learns which. Raises Conflict when somebody else
        carries this move.
        """

        async def work(session: Session) -> Move:
            wanted = {"_id": {"$in": [run.id for run in runs]}, "project_id": source}
            cursor = self._runs.find(wanted | {"deleted_at": None}, {"_id": 1}, session=session)
            here = {document["_id"] async for document in cursor}
            going = [run for run in runs if run.id in here]
            ids = [run.id for run in going]
            gone = replace(
                move,
                moved=[*move.moved, *ids],
                followed=ids,
                skipped=[*move.skipped, *((run.name, _LEFT) for run in runs if run.id not in here)],
            )
            if going:
                await self._runs.update_many(
                    {"_id": {"$in": ids}},
                    {"$set": {"project_id": target, **documents.OUT_OF_DATE}},
                    session=session,
                )
                await self._redirects.bulk_write(
                    [
                        ReplaceOne(
                            {"_id": place(source, run.name)}, {"run_id": run.id}, upsert=True
                        )
                        for run in going
                    ],
                    session=session,
                )
                await self._redirects.delete_many(
                    {"_id": {"$in": [place(target, run.name) for run in going]}}, session=session
                )
                await self._outbox.add(tell(going), session)
            await self._replace(gone, session)
            return gone

        gone = await in_transaction(self._client, work)
        move.moved, move.followed, move.skipped = gone.moved, gone.followed, gone.skipped
        move.revision += 1

    async def _replace(self, move: Move, session: Session | None) -> None:
        """Outside a transaction the move counts on by itself; inside, once that is through."""
        kept = await self._moves.replace_one(
            {"_id": move.id, "revision": move.revision},
            _to_document(move) | {"revision": move.revision + 1},
            session=session,
        )
        if not kept.modified_count:
            raise Conflict("This move is being carried out already.")
        if session is None:
            move.revision += 1

    async def redirect(self, project_id: str, name: str) -> str | None:
        """The id of the run that used to be here."""
        document = await self._redirects.find_one({"_id": place(project_id, name)})
        return str(document["run_id"]) if document else None


def place(project_id: str, name: str) -> str:
    """Under which a redirect is kept."""
    return f"{project_id}:{name}"


def _to_document(move: Move) -> Document:
    return {
        "_id": move.id,
        "source": move.source,
        "target": move.target,
        "by": move.by,
        "at": move.at,
        "copies": move.copies,
        "state": str(move.state),
        "waiting": move.waiting,
        "moved": move.moved,
        "skipped": [list(pair) for pair in move.skipped],
        "followed": move.followed,
        "freely": move.freely,
        "revision": move.revision,
        "kept_at": clock.now(),
    }


def _to_move(document: dict[str, Any]) -> Move:
    return Move(
        id=document["_id"],
        source=document["source"],
        target=document["target"],
        by=document["by"],
        at=document["at"],
        copies=document["copies"],
        state=MoveState(document["state"]),
        waiting=list(document["waiting"]),
        moved=list(document["moved"]),
        skipped=[(name, reason) for name, reason in document["skipped"]],
        followed=list(document.get("followed", [])),
        revision=document["revision"],
        freely=document.get("freely", True),
    )

"""Moves and the redirects that they leave, kept in MongoDB."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymongo import ReplaceOne

from services.runs.domain.moving import Move, MoveState
from services.runs.domain.run import Run
from services.runs.repository import documents
from shared.errors import NotFound
from shared.kit.mongo import Client, Database, Document, Session, in_transaction
from shared.kit.outbox import Announcement, Outbox


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
        """As it is now."""
        await self._moves.replace_one({"_id": move.id}, _to_document(move))

    async def unfinished(self) -> list[Move]:
        """What an earlier life of this service did not finish."""
        states = [MoveState.RUNNING, MoveState.UNDOING]
        cursor = self._moves.find({"state": {"$in": [str(state) for state in states]}})
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
        news: Sequence[Announcement],
    ) -> None:
        """Some of the runs go, their old paths point on, and the move knows of it: all or none."""

        async def work(session: Session) -> None:
            if runs:
                await self._runs.update_many(
                    {"_id": {"$in": [run.id for run in runs]}, "project_id": source},
                    {"$set": {"project_id": target}},
                    session=session,
                )
                await self._redirects.bulk_write(
                    [
                        ReplaceOne(
                            {"_id": _place(source, run.name)}, {"run_id": run.id}, upsert=True
                        )
                        for run in runs
                    ],
                    session=session,
                )
                await self._redirects.delete_many(
                    {"_id": {"$in": [_place(target, run.name) for run in runs]}}, session=session
                )
            await self._moves.replace_one({"_id": move.id}, _to_document(move), session=session)
            await self._outbox.add(news, session)

        await in_transaction(self._client, work)

    async def redirect(self, project_id: str, name: str) -> str | None:
        """The id of the run that used to be here."""
        document = await self._redirects.find_one({"_id": _place(project_id, name)})
        return str(document["run_id"]) if document else None


def _place(project_id: str, name: str) -> str:
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
    )

"""Sweeps, agents and the choices handed to them, kept in MongoDB."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pymongo import ReturnDocument

from services.runs.domain.sweep import Agent, Choice, Sweep, SweepState
from services.runs.repository.moves import place
from shared.errors import NotFound
from shared.kit.mongo import Database, Document, ensure_indexes


class MongoSweeps:
    """The `sweeps`, `agents` and `choices` collections."""

    def __init__(self, database: Database) -> None:
        self._sweeps = database["sweeps"]
        self._agents = database["agents"]
        self._choices = database["choices"]
        self._runs = database["runs"]
        self._redirects = database["redirects"]

    async def prepare(self) -> None:
        """Indexes, at start-up."""
        unique = {"unique": True}
        await ensure_indexes(
            self._sweeps,
            [
                ([("project_id", 1), ("name", 1)], unique),
                ([("project_id", 1), ("_id", -1)], {}),
            ],
        )
        await ensure_indexes(self._agents, [([("sweep_id", 1), ("_id", 1)], {})])
        await ensure_indexes(
            self._choices,
            [([("sweep_id", 1), ("run", 1)], unique), ([("sweep_id", 1), ("number", 1)], unique)],
        )

    async def create(self, sweep: Sweep) -> None:
        """A new one."""
        await self._sweeps.insert_one(_from_sweep(sweep))

    async def get(self, sweep_id: str) -> Sweep:
        """Raises NotFound."""
        return _to_sweep(await self._sweeps.find_one({"_id": sweep_id}))

    async def find(self, project_id: str, name: str) -> Sweep:
        """By its short id; raises NotFound."""
        return _to_sweep(await self._sweeps.find_one({"project_id": project_id, "name": name}))

    async def save(self, sweep: Sweep) -> None:
        """Whatever people may change of it; never how far it has come."""
        changed = _from_sweep(sweep)
        for name in ("_id", "project_id", "name", "created_at", "created_by", "issued"):
            del changed[name]
        await self._sweeps.update_one({"_id": sweep.id}, {"$set": changed})

    async def list(
        self, project_id: str, state: str | None, limit: int, after: str | None
    ) -> tuple[Sequence[Sweep], int, str | None]:
        """Newest first, how many there are in all, and the cursor of the next page."""
        where: dict[str, Any] = {"project_id": project_id}
        if state is not None:
            where["state"] = state
        total = await self._sweeps.count_documents(where)
        if after:
            where["_id"] = {"$lt": after}
        cursor = self._sweeps.find(where).sort("_id", -1).limit(limit + 1)
        found = [_to_sweep(document) async for document in cursor]
        return found[:limit], total, found[limit - 1].id if len(found) > limit else None

    async def add_agent(self, agent: Agent) -> None:
        """A new one."""
        await self._agents.insert_one(_document(agent))

    async def agent(self, agent_id: str) -> Agent:
        """Raises NotFound."""
        document = await self._agents.find_one({"_id": agent_id})
        if document is None:
            raise NotFound("No such agent.")
        return _to_agent(document)

    async def agents(self, sweep_id: str) -> Sequence[Agent]:
        """Oldest first."""
        cursor = self._agents.find({"sweep_id": sweep_id}).sort("_id", 1).limit(1_000)
        return [_to_agent(document) async for document in cursor]

    async def heard(self, agent: Agent, at: datetime) -> None:
        """The agent lives, and so does the sweep."""
        await self._agents.update_one({"_id": agent.id}, {"$max": {"heartbeat_at": at}})
        await self._sweeps.update_one({"_id": agent.sweep_id}, {"$max": {"heartbeat_at": at}})

    async def next_number(self, sweep_id: str, below: int | None) -> int | None:
        """A number that nobody else gets; None when the sweep goes no further than `below`."""
        where: dict[str, Any] = {"_id": sweep_id}
        if below is not None:
            where["issued"] = {"$lt": below}
        found = await self._sweeps.find_one_and_update(
            where, {"$inc": {"issued": 1}}, return_document=ReturnDocument.BEFORE
        )
        return None if found is None else int(found["issued"])

    async def hand_out(self, choice: Choice) -> None:
        """Remember it before the agent is told."""
        await self._choices.insert_one(_from_choice(choice))

    async def hand_on(self, choice: Choice, agent_id: str, at: datetime) -> bool:
        """To another agent, or the same again; False if somebody else was first."""
        found = await self._choices.update_one(
            {"sweep_id": choice.sweep_id, "run": choice.run, "tries": choice.tries},
            {"$set": {"agent_id": agent_id, "at": at}, "$inc": {"tries": 1}},
        )
        return bool(found.modified_count)

    async def judged(self, choice: Choice, band: int) -> None:
        """Its run has been looked at, at this band."""
        await self._choices.update_one(
            {"sweep_id": choice.sweep_id, "run": choice.run}, {"$max": {"checked": band}}
        )

    async def choices(self, sweep_id: str) -> Sequence[Choice]:
        """In the order in which they were handed out."""
        cursor = self._choices.find({"sweep_id": sweep_id}).sort("number", 1)
        return [_to_choice(document) async for document in cursor]

    async def choice(self, sweep_id: str, run: str) -> Choice | None:
        """The one for this run."""
        document = await self._choices.find_one({"sweep_id": sweep_id, "run": run})
        return _to_choice(document) if document else None

    async def never_begun(self, sweep: Sweep) -> Sequence[Choice]:
        """Those whose runs were never born: not those of deleted runs, nor of moved ones.

        What is found once is remembered, so that a sweep of many runs looks only for the last.
        """
        cursor = self._choices.find({"sweep_id": sweep.id, "begun": {"$ne": True}})
        found = [_to_choice(document) async for document in cursor.sort("number", 1)]
        born = await self._born(sweep.project_id, [choice.run for choice in found])
        if born:
            await self._choices.update_many(
                {"sweep_id": sweep.id, "run": {"$in": sorted(born)}}, {"$set": {"begun": True}}
            )
        return [choice for choice in found if choice.run not in born]

    async def _born(self, project_id: str, names: Sequence[str]) -> set[str]:
        """A name outlives its run; where a run was moved away, the redirect bears it."""
        if not names:
            return set()
        here = {"project_id": project_id, "name": {"$in": list(names)}}
        born = {document["name"] async for document in self._runs.find(here, {"name": 1})}
        places = {place(project_id, name): name for name in names}
        away = self._redirects.find({"_id": {"$in": list(places)}}, {"_id": 1})
        return born | {places[document["_id"]] async for document in away}


def _from_sweep(sweep: Sweep) -> Document:
    return _document(sweep) | {"state": str(sweep.state)}


def _from_choice(choice: Choice) -> Document:
    """As a text, because a parameter's name is data and no field's name."""
    return asdict(choice) | {"chosen": json.dumps(choice.chosen)}


def _document(thing: Sweep | Agent) -> Document:
    fields = asdict(thing)
    return {"_id": fields.pop("id"), **fields}


def _to_sweep(document: Document | None) -> Sweep:
    if document is None:
        raise NotFound("No such sweep.")
    fields = dict(document)
    return Sweep(id=fields.pop("_id"), **(fields | {"state": SweepState(fields["state"])}))


def _to_agent(document: Document) -> Agent:
    fields = dict(document)
    return Agent(id=fields.pop("_id"), **fields)


def _to_choice(document: Document) -> Choice:
    fields = {name: value for name, value in document.items() if name != "_id"}
    return Choice(**(fields | {"chosen": json.loads(fields["chosen"])}))

"""Rules kept in MongoDB."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymongo import UpdateOne
from pymongo.errors import DuplicateKeyError

from services.alerts.domain.kinds import condition_of, said
from services.alerts.domain.rule import Rule, Watched, key_of_team, watched
from shared.errors import Conflict, NotFound
from shared.kit.mongo import Client, Database, Document, Session, ensure_indexes, in_transaction
from shared.kit.outbox import Announcement, Outbox

_SAME = (
    *("project_id", "entity", "project", "name", "notify", "severity", "cooldown_s"),
    *("once_per_run", "enabled", "created_by", "created_at", "updated_at", "filters"),
    *("snoozed_until", "revision", "description", "title", "text", "payload"),
)


class MongoRules:
    """The `rules` collection. What of a project is watched is announced with every change."""

    def __init__(self, client: Client, database: Database, outbox: Outbox) -> None:
        self._client = client
        self._rules = database["rules"]
        self._places = database["places"]
        self._outbox = outbox

    async def prepare(self) -> None:
        """Indexes, at start-up."""
        indexes: list[tuple[list[tuple[str, int]], dict[str, Any]]] = [
            ([("project_id", 1), ("name", 1)], {"unique": True}),
            ([("entity", 1)], {}),
            ([("notify", 1)], {}),
        ]
        await ensure_indexes(self._rules, indexes)
        await ensure_indexes(self._places, [([("entity", 1)], {})])

    async def create(self, rule: Rule, news: Sequence[Announcement]) -> None:
        """Conflict if the name is taken in the project."""

        async def work(session: Session) -> None:
            await self._rules.insert_one(_to_document(rule), session=session)
            await self._outbox.add(news, session)

        try:
            await in_transaction(self._client, work)
        except DuplicateKeyError as error:
            raise Conflict(f"A rule {rule.name!r} is in this project already.") from error
        self._outbox.wake()

    async def get(self, rule_id: str) -> Rule:
        """Raises NotFound."""
        document = await self._rules.find_one({"_id": rule_id})
        if document is None:
            raise NotFound("No such rule.")
        return _to_rule(document)

    async def save(self, rule: Rule, news: Sequence[Announcement]) -> None:
        """As it is now; Conflict if somebody changed it meanwhile."""

        async def work(session: Session) -> bool:
            where = {"_id": rule.id, "revision": rule.revision - 1}
            done = await self._rules.replace_one(where, _to_document(rule), session=session)
            await self._outbox.add(news, session)
            return bool(done.matched_count)

        try:
            saved = await in_transaction(self._client, work)
        except DuplicateKeyError as error:
            raise Conflict(f"A rule {rule.name!r} is in this project already.") from error
        if not saved:
            raise Conflict("Somebody changed the rule meanwhile; try again.")
        self._outbox.wake()

    async def delete(self, rule_id: str, news: Sequence[Announcement]) -> None:
        """Forget it."""

        async def work(session: Session) -> None:
            await self._rules.delete_one({"_id": rule_id}, session=session)
            await self._outbox.add(news, session)

        await in_transaction(self._client, work)
        self._outbox.wake()

    async def of_project(self, project_id: str) -> list[Rule]:
        """The oldest first."""
        cursor = self._rules.find({"project_id": project_id}).sort("_id", 1)
        return [_to_rule(document) async for document in cursor]

    async def of_projects(self, project_ids: Sequence[str]) -> dict[str, list[Rule]]:
        """Enabled ones, by project; those of its whole team come along."""
        teams = await self._teams(project_ids)
        keys = {*project_ids, *(key_of_team(team) for team in teams.values())}
        cursor = self._rules.find({"project_id": {"$in": list(keys)}, "enabled": True})
        by_key: dict[str, list[Rule]] = {}
        async for document in cursor.sort("_id", 1):
            by_key.setdefault(document["project_id"], []).append(_to_rule(document))
        found = {}
        for each in project_ids:
            of_team = by_key.get(key_of_team(teams[each]), []) if each in teams else []
            found[each] = [*by_key.get(each, []), *of_team]
        return found

    async def of_entity(self, entity: str) -> list[Rule]:
        """Of all its projects and of itself, the oldest first."""
        cursor = self._rules.find({"entity": entity}).sort("_id", 1)
        return [_to_rule(document) async for document in cursor]

    async def places(self, entity: str) -> list[str]:
        """The ids of its projects, as far as they have been heard of."""
        return [place["_id"] async for place in self._places.find({"entity": entity}, {"_id": 1})]

    async def note_places(self, entity: str, project_ids: Sequence[str]) -> bool:
        """These are its projects; whether one of them was new."""
        if not project_ids:
            return False
        done = await self._places.bulk_write(
            [
                UpdateOne({"_id": each}, {"$set": {"entity": entity}}, upsert=True)
                for each in project_ids
            ],
            ordered=False,
        )
        return bool(done.upserted_count)

    async def announce(self, news: Sequence[Announcement]) -> None:
        """News without a change."""

        async def work(session: Session) -> None:
            await self._outbox.add(news, session)

        await in_transaction(self._client, work)
        self._outbox.wake()

    async def _teams(self, project_ids: Sequence[str]) -> dict[str, str]:
        cursor = self._places.find({"_id": {"$in": list(project_ids)}})
        return {place["_id"]: place["entity"] async for place in cursor}

    async def everything_watched(self) -> list[Watched]:
        """Of every project with an enabled rule."""
        projects = set(await self._rules.distinct("project_id", {"enabled": True}))
        teams = await self._rules.distinct("entity", {"enabled": True, "project": None})
        projects -= {key_of_team(team) for team in teams}
        async for place in self._places.find({"entity": {"$in": teams}}, {"_id": 1}):
            projects.add(place["_id"])
        found = await self.of_projects(sorted(projects))
        return [watched(project_id, rules) for project_id, rules in found.items()]

    async def forget_entity(self, entity: str) -> None:
        """A team is gone for good."""
        await self._rules.delete_many({"entity": entity})
        await self._places.delete_many({"entity": entity})


def _to_document(rule: Rule) -> Document:
    same = {name: getattr(rule, name) for name in _SAME}
    return {"_id": rule.id, "when": said(rule.when), **same}


def _to_rule(document: Document) -> Rule:
    same = {name: document[name] for name in _SAME if name in document}
    when = condition_of(document["when"])
    return Rule(id=document["_id"], when=when, **same)

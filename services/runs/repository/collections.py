"""Collections, artifact types and policies, kept in MongoDB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from services.runs.artifact_ports import ArtifactType, CollectionQuery
from services.runs.domain.artifact import Collection, Policy
from services.runs.repository import queries
from shared.errors import Conflict, NotFound
from shared.kit.ids import new_id
from shared.kit.mongo import (
    USER_READ_MS,
    Client,
    Database,
    Document,
    Session,
    ensure_indexes,
    in_transaction,
)
from shared.kit.outbox import Announcement, Outbox
from shared.lifetimes import LONGEST_LIFE_S

_CHANGING = ("name", "description", "type", "tags", "updated_at")


class MongoCollections:
    """The `artifact_collections`, `artifact_types` and `artifact_policies` collections."""

    def __init__(self, client: Client, database: Database, outbox: Outbox) -> None:
        self._client = client
        self._collections = database["artifact_collections"]
        self._types = database["artifact_types"]
        self._policies = database["artifact_policies"]
        self._outbox = outbox

    async def prepare(self) -> None:
        """Indexes, at start-up."""
        living = {"partialFilterExpression": {"deleted": False}, "unique": True}
        await ensure_indexes(
            self._collections,
            [
                ([("project_id", 1), ("name", 1)], living),
                ([("project_id", 1), ("deleted", 1), ("type", 1), ("_id", -1)], {}),
                ([("client_ids", 1)], {}),
            ],
        )
        await ensure_indexes(self._types, [([("project_id", 1), ("name", 1)], {"unique": True})])

    async def get(self, collection_id: str) -> Collection:
        """Raises NotFound, for a deleted one too."""
        document = await self._collections.find_one({"_id": collection_id, "deleted": False})
        if document is None:
            raise NotFound("No such collection.")
        return to_collection(document)

    async def find(self, project_id: str, name: str) -> Collection | None:
        """None where there is none."""
        document = await self._collections.find_one(
            {"project_id": project_id, "name": name, "deleted": False}
        )
        return to_collection(document) if document else None

    async def ensure(self, wanted: Collection) -> Collection:
        """The one of that name, made if it is absent; it learns the client's ids."""
        await self._know_type(wanted)
        where = {"project_id": wanted.project_id, "name": wanted.name, "deleted": False}
        born = {k: v for k, v in _to_document(wanted).items() if k not in (*where, "client_ids")}
        update: Document = {"$setOnInsert": born}
        if wanted.client_ids:
            update["$addToSet"] = {"client_ids": {"$each": wanted.client_ids}}
        else:
            born["client_ids"] = []
        while True:
            try:
                document = await self._collections.find_one_and_update(
                    where, update, upsert=True, return_document=ReturnDocument.AFTER
                )
            except DuplicateKeyError:  # another was born between the look and the insertion
                continue
            return to_collection(document)

    async def _know_type(self, wanted: Collection) -> None:
        try:
            await self._types.update_one(
                {"project_id": wanted.project_id, "name": wanted.type},
                {"$setOnInsert": {"_id": new_id(), "created_at": wanted.created_at}},
                upsert=True,
            )
        except DuplicateKeyError:
            return

    async def load(self, ids: Sequence[str]) -> Mapping[str, Collection]:
        """Many at once, deleted ones too."""
        cursor = self._collections.find({"_id": {"$in": list(set(ids))}})
        return {document["_id"]: to_collection(document) async for document in cursor}

    async def list(self, query: CollectionQuery) -> tuple[Sequence[Collection], str | None, int]:
        """Newest first unless asked otherwise."""
        terms: list[dict[str, Any]] = [{"project_id": query.project_id, "deleted": False}]
        if query.type is not None:
            terms.append({"type": query.type})
        if query.kinds:
            terms.append({"kind": {"$in": list(query.kinds)}})
        if query.names is not None:
            terms.append(queries.where(query.names))
        total = await self._collections.count_documents({"$and": terms}, maxTimeMS=USER_READ_MS)
        if query.after:
            terms.append({"_id": {"$lt" if query.descending else "$gt": query.after}})
        cursor = self._collections.find({"$and": terms}, max_time_ms=USER_READ_MS)
        cursor = cursor.sort("_id", -1 if query.descending else 1).limit(query.limit + 1)
        found = [to_collection(document) async for document in cursor]
        page = found[: query.limit]
        return page, page[-1].id if len(found) > query.limit else None, int(total)

    async def types(
        self, project_id: str, name: str | None, limit: int, after: str | None
    ) -> tuple[Sequence[ArtifactType], str | None]:
        """By name; the cursor is the last one."""
        where: dict[str, Any] = {"project_id": project_id}
        if name is not None:
            where["name"] = name
        elif after:
            where["name"] = {"$gt": after}
        found = [
            ArtifactType(
                id=document["_id"],
                project_id=project_id,
                name=document["name"],
                created_at=document["created_at"],
                description=document.get("description"),
            )
            async for document in self._types.find(where).sort("name", 1).limit(limit + 1)
        ]
        page = found[:limit]
        return page, page[-1].name if len(found) > limit else None

    async def save(self, collection: Collection, news: Sequence[Announcement]) -> None:
        """Name, description, type and tags; Conflict where the name is taken."""
        await self._know_type(collection)
        document = _to_document(collection)
        update = {"$set": {name: document[name] for name in _CHANGING}}

        async def work(session: Session) -> None:
            await self._collections.update_one(
                {"_id": collection.id, "deleted": False}, update, session=session
            )
            await self._outbox.add(news, session)

        try:
            await in_transaction(self._client, work)
        except DuplicateKeyError as error:
            raise Conflict(f"artifact {collection.name} exists in this project already.") from error

    async def policy(self, project_id: str) -> Policy:
        """Empty where none was set."""
        document = await self._policies.find_one({"_id": project_id})
        if document is None:
            return Policy()
        types, life = frozenset(document.get("types", [])), document["default_ttl"]
        if life is not None:  # once it had no bound
            life = min(life, LONGEST_LIFE_S)
        return Policy(frozenset(document["protected"]), life, types)

    async def with_default_ttl(self) -> Sequence[str]:
        """Projects whose versions do not live for ever unless they say so."""
        cursor = self._policies.find({"default_ttl": {"$ne": None}}, {"_id": 1})
        return [document["_id"] async for document in cursor]

    async def set_policy(self, project_id: str, policy: Policy) -> None:
        """Replace it."""
        await self._policies.replace_one(
            {"_id": project_id},
            {
                "protected": sorted(policy.protected),
                "default_ttl": policy.default_ttl,
                "types": sorted(policy.types),
            },
            upsert=True,
        )


def to_collection(document: Document) -> Collection:
    """The whole mapping."""
    values = {name: value for name, value in document.items() if name not in ("_id", "turn")}
    return Collection(id=document["_id"], **values)


def _to_document(collection: Collection) -> Document:
    values = asdict(collection)
    return {"_id": values.pop("id"), **values}

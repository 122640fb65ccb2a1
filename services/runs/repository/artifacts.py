"""Versions, their manifests, and which runs logged and used them, kept in MongoDB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from pymongo.errors import DuplicateKeyError

from services.runs.artifact_ports import Manifest, News
from services.runs.domain.artifact import Artifact, State
from shared.errors import NotFound, Unavailable
from shared.kit.ids import new_id
from shared.kit.mongo import Client, Database, Document, Session, ensure_indexes, in_transaction
from shared.kit.outbox import Outbox

_LIVING = [str(State.PENDING), str(State.COMMITTED)]
_HELD_FOR = timedelta(seconds=10)
"""Longer than writing a batch of entries takes; so long others wait for one that died."""
_TRIES = 5
_NOT_SHOWN = frozenset({"_id", "buried", "held"})

_ONE_PENDING: dict[str, Any] = {
    "name": "one_pending_by_distributed_id",
    "unique": True,
    "partialFilterExpression": {
        "state": str(State.PENDING),
        "distributed_id": {"$type": "string"},
    },
}


class MongoArtifacts:
    """The `artifacts`, `artifact_manifests` and `artifact_uses` collections."""

    def __init__(self, client: Client, database: Database, outbox: Outbox) -> None:
        self._client = client
        self._artifacts = database["artifacts"]
        self._manifests = database["artifact_manifests"]
        self._uses = database["artifact_uses"]
        self._outbox = outbox

    async def prepare(self) -> None:
        """Indexes, at start-up."""
        known = {"partialFilterExpression": {"client_ids": {"$type": "string"}}, "unique": True}
        await ensure_indexes(
            self._artifacts,
            [
                ([("client_ids", 1)], known),
                ([("collection_id", 1), ("digest", 1), ("version_index", -1)], {}),
                ([("collection_id", 1), ("distributed_id", 1)], _ONE_PENDING),
                ([("manifest", 1)], {}),
                ([("buried", 1)], {"partialFilterExpression": {"state": str(State.DELETED)}}),
                ([("state", 1), ("updated_at", 1)], {}),
                ([("run_id", 1)], {}),
                ([("project_id", 1), ("ttl", 1)], {}),
                ([("ttl", 1)], {"partialFilterExpression": {"ttl": {"$gt": 0}}}),
            ],
        )
        await ensure_indexes(
            self._manifests, [([("artifact_id", 1), ("_id", 1)], {}), ([("blob", 1)], {})]
        )
        await ensure_indexes(
            self._uses,
            [
                ([("artifact_id", 1), ("run_id", 1), ("kind", 1)], {"unique": True}),
                ([("run_id", 1), ("kind", 1), ("_id", 1)], {}),
            ],
        )

    async def get(self, artifact_id: str) -> Artifact:
        """Raises NotFound; a deleted one is returned."""
        document = await self._artifacts.find_one({"_id": artifact_id})
        if document is None:
            raise NotFound("No such artifact.")
        return to_artifact(document)

    async def by_client_id(self, client_id: str) -> Artifact | None:
        """None where no client used that id."""
        document = await self._artifacts.find_one({"client_ids": client_id})
        return to_artifact(document) if document else None

    async def pending(self, collection_id: str, distributed_id: str) -> Artifact | None:
        """The version that several processes are making together."""
        document = await self._artifacts.find_one(
            {
                "collection_id": collection_id,
                "distributed_id": distributed_id,
                "state": str(State.PENDING),
            }
        )
        return to_artifact(document) if document else None

    async def same(self, collection_id: str, digest: str) -> Artifact | None:
        """The newest committed version with that digest."""
        document = await self._artifacts.find_one(
            {"collection_id": collection_id, "digest": digest, "state": str(State.COMMITTED)},
            sort=[("version_index", -1)],
        )
        return to_artifact(document) if document else None

    async def load(self, ids: Sequence[str]) -> Mapping[str, Artifact]:
        """Many at once, without deleted ones."""
        cursor = self._artifacts.find({"_id": {"$in": list(ids)}, "state": {"$in": _LIVING}})
        return {document["_id"]: to_artifact(document) async for document in cursor}

    async def create(self, artifact: Artifact) -> Artifact:
        """If another request with the same client or distributed id was first, what it made."""
        for _ in range(_TRIES):
            try:
                await self._artifacts.insert_one(to_document(artifact))
            except DuplicateKeyError:
                known = await self._known(artifact)
                if known is not None:
                    return known
            else:
                return artifact
        raise Unavailable("This version is being made by several at once; try again.")

    async def _known(self, artifact: Artifact) -> Artifact | None:
        for client_id in artifact.client_ids:
            known = await self.by_client_id(client_id)
            if known is not None:
                return known
        if artifact.distributed_id is None:
            return None
        known = await self.pending(artifact.collection_id, artifact.distributed_id)
        if known is not None:
            for client_id in artifact.client_ids:
                await self.know_as(known.id, client_id)
        return known

    async def hold(self, artifact_id: str, by: str, at: datetime) -> None:
        """Of several attempts to commit a pending version one writes its files; for a while.

        Raises Unavailable while another does, and for a version that is pending no longer.
        """
        free = {"$or": [{"held": None}, {"held.by": by}, {"held.until": {"$lt": at}}]}
        done = await self._artifacts.update_one(
            {"_id": artifact_id, "state": str(State.PENDING), **free},
            {"$set": {"held": {"by": by, "until": at + _HELD_FOR}}},
        )
        if not done.matched_count:
            raise Unavailable("The artifact is being committed; try again.")

    async def release(self, artifact_id: str, by: str) -> None:
        """Others may try at once."""
        await self._artifacts.update_one(
            {"_id": artifact_id, "held.by": by}, {"$unset": {"held": True}}
        )

    async def know_as(self, artifact_id: str, client_id: str) -> None:
        """Remember another client's id for it; one that is known for another stays there."""
        try:
            await self._artifacts.update_one(
                {"_id": artifact_id}, {"$addToSet": {"client_ids": client_id}}
            )
        except DuplicateKeyError:
            return

    async def change(self, artifact: Artifact, fields: Sequence[str], news: News) -> None:
        """Write the named fields."""
        document = to_document(artifact)

        async def work(session: Session) -> None:
            await self._artifacts.update_one(
                {"_id": artifact.id},
                {"$set": {name: document[name] for name in fields}},
                session=session,
            )
            await self._outbox.add(news, session)

        await in_transaction(self._client, work)

    async def add_manifest(self, manifest: Manifest) -> None:
        """A full one replaces the earlier."""
        if manifest.type == "FULL":
            await self._manifests.delete_many({"artifact_id": manifest.artifact_id, "type": "FULL"})
        values = asdict(manifest)
        await self._manifests.insert_one({"_id": values.pop("id"), **values})

    async def manifest(self, manifest_id: str) -> Manifest:
        """Raises NotFound."""
        document = await self._manifests.find_one({"_id": manifest_id})
        if document is None:
            raise NotFound("No such manifest.")
        return _to_manifest(document)

    async def put_manifest(self, manifest: Manifest) -> None:
        """Its digest has become known."""
        values = asdict(manifest)
        await self._manifests.replace_one({"_id": values.pop("id")}, values)

    async def manifests(self, artifact_id: str) -> list[Manifest]:
        """Those that have bytes, in the order of their birth."""
        cursor = self._manifests.find({"artifact_id": artifact_id, "md5": {"$ne": ""}})
        return [_to_manifest(document) async for document in cursor.sort("_id", 1)]

    async def forget_manifests(self, artifact_id: str) -> None:
        """What was written from them is kept instead."""
        await self._manifests.delete_many({"artifact_id": artifact_id})

    async def use(self, artifact_id: str, run_id: str, kind: str, at: datetime) -> None:
        """Remember it as an input or output of a run."""
        await record_use(self._uses, artifact_id, run_id, kind, at)

    async def uses(self, artifact_id: str, kind: str) -> Sequence[str]:
        """Ids of runs, the first first."""
        cursor = self._uses.find({"artifact_id": artifact_id, "kind": kind}).sort("_id", 1)
        return [document["run_id"] async for document in cursor.limit(1_000)]

    async def of_run(
        self, run_id: str, kind: str, limit: int, after: str | None
    ) -> tuple[Sequence[str], str | None, int]:
        """Ids of artifacts in the order in which they were logged or used."""
        where: dict[str, Any] = {"run_id": run_id, "kind": kind}
        total = await self._uses.count_documents(where)
        if after:
            where["_id"] = {"$gt": after}
        cursor = self._uses.find(where).sort("_id", 1).limit(limit + 1)
        found = [(document["_id"], document["artifact_id"]) async for document in cursor]
        page = found[:limit]
        return [one for _, one in page], page[-1][0] if len(found) > limit else None, int(total)


async def record_use(
    uses: Any, artifact_id: str, run_id: str, kind: str, at: datetime, session: Any = None
) -> None:
    """Once for each pair, however often it is said."""
    await uses.update_one(
        {"artifact_id": artifact_id, "run_id": run_id, "kind": kind},
        {"$setOnInsert": {"_id": new_id(), "at": at}},
        upsert=True,
        session=session,
    )


def home_of(artifact: Artifact) -> Document:
    """Where it was when it was read: what is written for that place holds there alone."""
    return {"collection_id": artifact.collection_id, "store": artifact.store}


def to_artifact(document: Document) -> Artifact:
    """The whole mapping, one way."""
    values = {name: value for name, value in document.items() if name not in _NOT_SHOWN}
    return Artifact(id=document["_id"], **(values | {"state": State(values["state"])}))


def to_document(artifact: Artifact) -> Document:
    """And the other."""
    values = asdict(artifact)
    return {"_id": values.pop("id"), **values, "state": str(artifact.state)}


def _to_manifest(document: Document) -> Manifest:
    values = {name: value for name, value in document.items() if name not in ("_id", "buried")}
    return Manifest(id=document["_id"], **values)

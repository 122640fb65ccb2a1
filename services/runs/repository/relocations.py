"""Taking versions to another project, in MongoDB: each in one transaction, its old name kept."""

from __future__ import annotations

from collections.abc import Collection as Some
from collections.abc import Mapping, Sequence
from datetime import datetime

from pymongo import ReplaceOne, ReturnDocument, UpdateMany
from pymongo.errors import DuplicateKeyError

from services.runs.artifact_ports import Blob
from services.runs.domain.artifact import LATEST, Artifact, Collection, Membership, State
from services.runs.repository.artifacts import home_of, record_use, to_artifact
from services.runs.repository.entries import BATCH, blob_id
from services.runs.repository.memberships import MongoMemberships, take_turn, to_membership
from shared.errors import Conflict, Unavailable
from shared.kit.mongo import Client, Database, Document, Session, ensure_indexes, in_transaction

_LIVING = [str(State.PENDING), str(State.COMMITTED)]


class MongoRelocations:
    """Over all collections of artifacts; and `artifact_redirects`, where old names lead."""

    def __init__(self, client: Client, database: Database, memberships: MongoMemberships) -> None:
        self._client = client
        self._artifacts = database["artifacts"]
        self._collections = database["artifact_collections"]
        self._places = database["artifact_memberships"]
        self._entries = database["artifact_entries"]
        self._claims = database["artifact_claims"]
        self._uses = database["artifact_uses"]
        self._redirects = database["artifact_redirects"]
        self._memberships = memberships

    async def prepare(self) -> None:
        """Indexes, at start-up."""
        await ensure_indexes(self._artifacts, [([("copied_ids", 1)], {"sparse": True})])
        await ensure_indexes(self._redirects, [([("collection_id", 1), ("artifact_id", 1)], {})])

    async def logged_by(self, run_id: str, project_id: str) -> list[Artifact]:
        """What a run logged and is still in a project, oldest first."""
        where = {"run_id": run_id, "project_id": project_id, "state": {"$in": _LIVING}}
        cursor = self._artifacts.find(where).sort("_id", 1)
        return [to_artifact(document) async for document in cursor]

    async def md5s(self, artifact_id: str) -> list[str]:
        """Of every file of a version, and of what is announced for it."""
        found: set[str | None] = set()
        for some in (self._entries, self._claims):
            async for document in some.find({"artifact_id": artifact_id}, {"_id": 0, "md5": 1}):
                found.add(document["md5"])
        return sorted(one for one in found if one is not None)

    async def rehome(
        self, artifact: Artifact, project_id: str, store: str, blobs: Mapping[str, Blob]
    ) -> None:
        """Its files and claims are of that project, and their bytes of that team."""
        mine = {"artifact_id": artifact.id}
        await self._entries.update_many(mine, {"$set": {"project_id": project_id}})
        if store == artifact.store:
            return
        md5s = list(blobs)
        for at in range(0, len(md5s), BATCH):
            some = md5s[at : at + BATCH]
            await self._entries.bulk_write(
                [_rehomed(artifact.id, store, blobs[md5]) for md5 in some], ordered=False
            )
        async for claim in self._claims.find(mine):
            await self._claims.update_one(
                {"_id": claim["_id"]}, {"$set": {"blob_id": blob_id(store, claim["md5"])}}
            )

    async def relocate(
        self,
        artifact: Artifact,
        target: Collection,
        store: str,
        barred: Some[str] = frozenset(),
    ) -> bool:
        """From its sequence into another; where it has been before it gets its index back.

        Aliases that are `barred` there stay behind. False, and nothing is done, where the version
        is not any more as it was read.
        """
        as_read = {"_id": artifact.id, "state": str(artifact.state), **home_of(artifact)}

        async def work(session: Session) -> bool:
            for collection_id in sorted((artifact.collection_id, target.id)):
                await take_turn(self._collections, collection_id, session)
            if await self._artifacts.find_one(as_read, {"_id": 1}, session=session) is None:
                return False
            document = await self._places.find_one(
                {"artifact_id": artifact.id, "collection_id": artifact.collection_id},
                session=session,
            )
            index = None
            if document is not None:
                index = await self._move_place(to_membership(document), target, barred, session)
            await self._artifacts.update_one(
                as_read,
                {
                    "$set": {
                        "project_id": target.project_id,
                        "collection_id": target.id,
                        "store": store,
                        "type": target.type,
                        "version_index": index,
                    }
                },
                session=session,
            )
            return True

        try:
            return await in_transaction(self._client, work)
        except (Conflict, DuplicateKeyError) as error:  # its files know the new place already
            raise Unavailable("A collection changed meanwhile; try again.") from error

    async def _move_place(
        self, place: Membership, target: Collection, barred: Some[str], session: Session
    ) -> int:
        known = await self._redirects.find_one(
            {"collection_id": target.id, "artifact_id": place.artifact_id}, session=session
        )
        aliases = known["aliases"] if known else place.aliases
        index = known["version_index"] if known else await self._next_index(target.id, session)
        taken = await self._places.distinct(
            "aliases", {"collection_id": target.id}, session=session
        )
        kept = [alias for alias in aliases if alias not in taken and alias not in barred]
        await self._places.update_one(
            {"_id": place.id},
            {
                "$set": {
                    "collection_id": target.id,
                    "project_id": target.project_id,
                    "version_index": index,
                    "aliases": [alias for alias in kept if alias != LATEST],
                }
            },
            session=session,
        )
        await self._redirects.replace_one(
            {"_id": f"{place.collection_id}:{place.version_index}"},
            {
                "collection_id": place.collection_id,
                "version_index": place.version_index,
                "artifact_id": place.artifact_id,
                "aliases": place.aliases,
            },
            upsert=True,
            session=session,
        )
        if known is not None:
            await self._redirects.delete_one({"_id": known["_id"]}, session=session)
        for collection_id in (place.collection_id, target.id):
            await self._places.update_many(
                {"collection_id": collection_id, "aliases": LATEST},
                {"$pull": {"aliases": LATEST}},
                session=session,
            )
            await self._memberships.name_latest(collection_id, session)
        return int(index)

    async def _next_index(self, collection_id: str, session: Session) -> int:
        document = await self._collections.find_one_and_update(
            {"_id": collection_id}, {"$inc": {"next_index": 1}}, session=session
        )
        return int(document["next_index"]) if document else 0

    async def redirect(self, collection_id: str, version_index: int) -> str | None:
        """The id of the version that used to have this name."""
        document = await self._redirects.find_one({"_id": f"{collection_id}:{version_index}"})
        return str(document["artifact_id"]) if document else None

    async def copied(self, original: str, run_id: str) -> Artifact | None:
        """A run's copy of a version, which may be pending yet, or deleted since."""
        document = await self._artifacts.find_one({"copied_from": original, "run_id": run_id})
        return to_artifact(document) if document else None

    async def copies_known_as(self, client_id: str) -> list[Artifact]:
        """Copies of a version that a client called so."""
        cursor = self._artifacts.find({"copied_ids": client_id, "state": {"$in": _LIVING}})
        return [to_artifact(document) async for document in cursor.limit(100)]

    async def copy_files(
        self, original: Artifact, copy: Artifact, blobs: Mapping[str, Blob]
    ) -> None:
        """Of one version to another that is still pending; repeating it is harmless."""
        batch: list[ReplaceOne[Document]] = []
        async for document in self._entries.find({"artifact_id": original.id}, {"_id": 0}):
            document |= {"artifact_id": copy.id, "project_id": copy.project_id}
            if document["md5"] is not None:
                document["blob"] = blob_id(copy.store, document["md5"])
                document["key"] = blobs[document["md5"]].key
            where = {"artifact_id": copy.id, "path": document["path"]}
            batch.append(ReplaceOne(where, document, upsert=True))
            if len(batch) == BATCH:
                await self._entries.bulk_write(batch, ordered=False)
                batch = []
        if batch:
            await self._entries.bulk_write(batch, ordered=False)

    async def publish(self, copy: Artifact, updated_at: datetime, at: datetime) -> None:
        """Version, place and alias in one transaction; what is pending no longer is left alone."""
        pending = {"_id": copy.id, "state": str(State.PENDING), **home_of(copy)}

        async def work(session: Session) -> None:
            index = await take_turn(self._collections, copy.collection_id, session)
            shown = {
                "state": str(State.COMMITTED),
                "version_index": index,
                "updated_at": updated_at,
            }
            document = await self._artifacts.find_one_and_update(
                pending, {"$set": shown}, return_document=ReturnDocument.AFTER, session=session
            )
            if document is None:
                return
            made = to_artifact(document)
            await self._next_index(made.collection_id, session)
            await self._memberships.add(made.collection_id, made, index, [LATEST], session, at)
            if made.run_id is not None:
                await record_use(self._uses, made.id, made.run_id, "output", at, session)

        await in_transaction(self._client, work)

    async def inputs(self, run_id: str) -> Sequence[str]:
        """Which versions a run used."""
        cursor = self._uses.find({"run_id": run_id, "kind": "input"}).sort("_id", 1)
        return [document["artifact_id"] async for document in cursor]


def _rehomed(artifact_id: str, store: str, blob: Blob) -> UpdateMany:
    return UpdateMany(
        {"artifact_id": artifact_id, "md5": blob.md5},
        {"$set": {"blob": blob_id(store, blob.md5), "key": blob.key}},
    )

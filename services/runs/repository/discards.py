"""What the collector of garbage asks of MongoDB: what is given up, doomed, needed, unknown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from pymongo.errors import DuplicateKeyError

from services.runs.artifact_ports import Blob
from services.runs.domain.artifact import Artifact, State
from services.runs.repository.artifacts import to_artifact
from services.runs.repository.entries import held_by, to_blob
from shared.kit.mongo import Database
from shared.kit.parts import whole_key

_LOCK = "artifact_garbage"
_DONE = "artifact_garbage_collected"
_LONGEST = timedelta(hours=6)
_MOST = 10_000


class MongoDiscards:
    """Over the collections of artifacts, entries, claims and blobs."""

    def __init__(self, database: Database) -> None:
        self._artifacts = database["artifacts"]
        self._manifests = database["artifact_manifests"]
        self._entries = database["artifact_entries"]
        self._claims = database["artifact_claims"]
        self._blobs = database["artifact_blobs"]
        self._locks = database["locks"]

    async def begin(self, who: str, at: datetime) -> bool:
        """False while another collector works; one that died is passed over after six hours."""
        try:
            await self._locks.update_one(
                {"_id": _LOCK, "$or": [{"until": {"$lt": at}}, {"who": who}]},
                {"$set": {"who": who, "until": at + _LONGEST}},
                upsert=True,
            )
        except DuplicateKeyError:
            return False
        return True

    async def end(self, who: str) -> None:
        """The next one may."""
        await self._locks.delete_one({"_id": _LOCK, "who": who})

    async def due(self, before: datetime) -> bool:
        """Whether all of it was last looked through before."""
        return await self._locks.find_one({"_id": _DONE, "at": {"$gte": before}}) is None

    async def done(self, at: datetime) -> None:
        """All of it was looked through."""
        await self._locks.update_one({"_id": _DONE}, {"$set": {"at": at}}, upsert=True)

    async def abandoned(self, before: datetime) -> list[str]:
        """Versions that were begun and never committed."""
        cursor = self._artifacts.find(
            {"state": str(State.PENDING), "updated_at": {"$lt": before}}, {"_id": 1}
        )
        return [document["_id"] async for document in cursor.limit(_MOST)]

    async def abandon(self, artifact_id: str) -> None:
        """Unless it was committed just now."""
        await self._artifacts.update_one(
            {"_id": artifact_id, "state": str(State.PENDING)},
            {"$set": {"state": str(State.DELETED)}},
        )

    async def deleted(self) -> list[str]:
        """Versions whose entries and claims still hold bytes."""
        cursor = self._artifacts.find(
            {"state": str(State.DELETED), "buried": {"$ne": True}}, {"_id": 1}
        )
        return [document["_id"] async for document in cursor.limit(_MOST)]

    async def bury(self, artifact_id: str) -> str | None:
        """Forget its files; answers where its manifest is. The client's ids stay known for ever."""
        await self._entries.delete_many({"artifact_id": artifact_id})
        for mine in (artifact_id, held_by(artifact_id)):
            await self._claims.delete_many({"artifact_id": mine})
        await self._manifests.delete_many({"artifact_id": artifact_id})
        document = await self._artifacts.find_one_and_update(
            {"_id": artifact_id}, {"$set": {"buried": True}}
        )
        return document.get("manifest") if document else None

    async def candidates(self, before: datetime, after: str, limit: int) -> list[tuple[str, Blob]]:
        """Bytes that nobody asked for lately."""
        cursor = self._blobs.find({"_id": {"$gt": after}, "used_at": {"$lt": before}})
        cursor = cursor.sort("_id", 1).limit(limit)
        return [(document["_id"], to_blob(document)) async for document in cursor]

    async def needed(self, blob_ids: Sequence[str]) -> set[str]:
        """Those of the bytes that some version has, or is about to have."""
        asked = {"$in": list(blob_ids)}
        had = await self._entries.distinct("blob", {"blob": asked})
        return {*had, *await self._claims.distinct("blob_id", {"blob_id": asked})}

    async def doom(self, blob_id: str, key: str, before: datetime) -> bool:
        """From now on they count as absent; False if they were used meanwhile."""
        done = await self._blobs.update_one(
            {"_id": blob_id, "key": key, "used_at": {"$lt": before}}, {"$set": {"doomed": True}}
        )
        return done.matched_count == 1

    async def spare(self, blob_id: str, key: str) -> None:
        """They are needed after all."""
        await self._blobs.update_one({"_id": blob_id, "key": key}, {"$set": {"doomed": False}})

    async def remove(self, blob_id: str, key: str) -> bool:
        """Forget them; False if other bytes took their place meanwhile."""
        done = await self._blobs.delete_one({"_id": blob_id, "key": key, "doomed": True})
        return done.deleted_count == 1

    async def unknown(self, keys: Sequence[str]) -> list[str]:
        """Those of the keys that neither bytes, nor claims, nor manifests go by.

        Claims before what they become: they are only forgotten once that is there. A part is
        known by the claim on the whole alone.
        """
        wholes = {key: whole_key(key) for key in keys}
        claimed = await self._claims.distinct("blob", {"blob": {"$in": list(set(wholes.values()))}})
        known = {key for key, whole in wholes.items() if whole in set(claimed)}
        for collection, name in (
            (self._manifests, "blob"),
            (self._blobs, "key"),
            (self._artifacts, "manifest"),
        ):
            known |= set(await collection.distinct(name, {name: {"$in": list(keys)}}))
        return [key for key in keys if key not in known]

    async def awaited(self, upload_id: str) -> bool:
        """Whether some pending version has that upload in parts."""
        return await self._claims.find_one({"upload_id": upload_id}, {"_id": 1}) is not None

    async def mortal(self, projects: Sequence[str], after: str, limit: int) -> list[Artifact]:
        """Committed versions that do not live for ever: by what they say, or by their project's.

        Whose time has come is for the domain to say.
        """
        inherited = {"ttl": None, "project_id": {"$in": list(projects)}}
        cursor = self._artifacts.find(
            {
                "state": str(State.COMMITTED),
                "$or": [{"ttl": {"$gt": 0}}, inherited],
                "_id": {"$gt": after},
            }
        )
        return [to_artifact(one) async for one in cursor.sort("_id", 1).limit(limit)]

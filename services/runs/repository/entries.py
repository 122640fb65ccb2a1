"""Files of versions, what is announced for pending ones, and whose bytes are where.

How bytes are never lost to the collector of garbage: a claim is written before anybody looks
whether the bytes are there; the collector first marks bytes as doomed, then looks for claims and
entries, and only deletes where there are none. Whoever sees doomed bytes counts them as absent
and uploads again, under a key of its own, so that a late deletion cannot hit what came after.

What is brought to another team is claimed there too, by a name of its own (`holder`): until its
entries stand for it, nothing else would say that anybody needs it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import ReplaceOne, UpdateOne

from services.runs.artifact_ports import Blob, Claim, StoredEntry
from shared.kit.mongo import USER_READ_MS, Database, Document, ensure_indexes

BATCH = 2_000


class MongoEntries:
    """The `artifact_entries`, `artifact_claims` and `artifact_blobs` collections."""

    def __init__(self, database: Database) -> None:
        self._entries = database["artifact_entries"]
        self._claims = database["artifact_claims"]
        self._blobs = database["artifact_blobs"]

    async def prepare(self) -> None:
        """Indexes, at start-up."""
        await ensure_indexes(
            self._entries,
            [
                ([("artifact_id", 1), ("path", 1)], {"unique": True}),
                ([("artifact_id", 1), ("digest", 1)], {}),
                ([("blob", 1), ("project_id", 1)], {"sparse": True}),
            ],
        )
        await ensure_indexes(
            self._claims, [([(name, 1)], {}) for name in ("blob_id", "artifact_id", "blob")]
        )
        await ensure_indexes(
            self._blobs, [([(name, 1)], {}) for name in ("used_at", "store", "key")]
        )

    async def claim(self, store: str, claims: Sequence[Claim], at: datetime) -> Sequence[Claim]:
        """Remember what is announced; for what was announced before, what was said then."""
        for batch in _batches(claims):
            await self._claims.bulk_write(
                [
                    UpdateOne(
                        {"_id": _claim_id(claim)},
                        {
                            "$setOnInsert": {
                                **_fields(claim),
                                "part_md5s": list(claim.part_md5s),
                                "blob_id": blob_id(store, claim.md5),
                                "at": at,
                            }
                        },
                        upsert=True,
                    )
                    for claim in batch
                ],
                ordered=False,
            )
        ids = [_claim_id(claim) for claim in claims]
        found: dict[str, Claim] = {}
        for some in _batches(ids):
            found |= await self._claimed({"_id": {"$in": some}})
        return [found[_claim_id(claim)] for claim in claims]

    async def claims(self, artifact_id: str) -> Mapping[str, Claim]:
        """What was announced for a version, by hexadecimal MD5."""
        found = await self._claimed({"artifact_id": artifact_id})
        return {claim.md5: claim for claim in found.values()}

    async def _claimed(self, where: Document) -> dict[str, Claim]:
        return {document["_id"]: _to_claim(document) async for document in self._claims.find(where)}

    async def claimed(self, artifact_id: str, key: str) -> Claim | None:
        """The claim of a version whose bytes go to that key."""
        found = await self._claims.find_one({"blob": key, "artifact_id": artifact_id})
        return _to_claim(found) if found else None

    async def note_upload(self, claim: Claim, upload_id: str) -> str:
        """An upload in parts was begun for what is claimed; answers the one that was first."""
        mine = {"_id": _claim_id(claim)}
        await self._claims.update_one(
            mine | {"upload_id": None}, {"$set": {"upload_id": upload_id}}
        )
        found = await self._claims.find_one(mine)
        return found["upload_id"] if found and found["upload_id"] else upload_id

    async def forget_upload(self, claim: Claim) -> None:
        """Another may be begun."""
        await self._claims.update_one(
            {"_id": _claim_id(claim), "upload_id": claim.upload_id, "whole": False},
            {"$set": {"upload_id": None}},
        )

    async def note_whole(self, claim: Claim) -> None:
        """The parts of its upload are one."""
        await self._claims.update_one(
            {"_id": _claim_id(claim), "upload_id": claim.upload_id}, {"$set": {"whole": True}}
        )

    async def forget_claims(self, *names: str) -> None:
        """Entries stand for them now, or what they were for is gone: versions and holders."""
        await self._claims.delete_many({"artifact_id": {"$in": list(names)}})

    async def stored(self, store: str, md5s: Sequence[str]) -> Mapping[str, Blob]:
        """Those of the bytes that are there to stay, by hexadecimal MD5."""
        found: dict[str, Blob] = {}
        for batch in _batches(sorted(set(md5s))):
            ids = [blob_id(store, md5) for md5 in batch]
            async for document in self._blobs.find({"_id": {"$in": ids}, "doomed": False}):
                found[document["md5"]] = to_blob(document)
        return found

    async def shared(self, project_id: str, store: str, md5s: Sequence[str]) -> frozenset[str]:
        """Which of them some version of the project has."""
        found: set[str] = set()
        for batch in _batches(sorted(set(md5s))):
            ids = [blob_id(store, md5) for md5 in batch]
            where = {"blob": {"$in": ids}, "project_id": project_id}
            found |= set(await self._entries.distinct("blob", where))
        return frozenset(one.rpartition(":")[2] for one in found)

    async def register(self, blobs: Sequence[Blob], at: datetime) -> list[str]:
        """The bytes are there. Answers the keys that are not needed: another's stay in place."""
        for batch in _batches(blobs):
            await self._blobs.bulk_write(
                [
                    UpdateOne({"_id": blob_id(blob.store, blob.md5)}, _unless_kept(blob, at), True)
                    for blob in batch
                ],
                ordered=False,
            )
        stores = {blob.store for blob in blobs}
        kept = {
            one.key
            for store in stores
            for one in (await self.stored(store, [b.md5 for b in blobs])).values()
        }
        return [blob.key for blob in blobs if blob.key not in kept]

    async def put(
        self,
        artifact_id: str,
        project_id: str,
        store: str,
        entries: Sequence[StoredEntry],
        *,
        by: str,
        hold: Callable[[], Awaitable[None]],
    ) -> None:
        """The files of a version, before it becomes readable; what another attempt left goes last.

        `hold` raises when the version is no longer this attempt's, which `by` names.
        """
        await hold()
        for number, batch in enumerate(_batches(entries)):
            if number:
                await hold()
            await self._entries.bulk_write(
                [
                    ReplaceOne(
                        {"artifact_id": artifact_id, "path": entry.path},
                        _to_document(entry, project_id, store) | {"put_by": by},
                        upsert=True,
                    )
                    for entry in batch
                ],
                ordered=False,
            )
        await self._entries.delete_many({"artifact_id": artifact_id, "put_by": {"$ne": by}})

    async def forget(self, artifact_id: str) -> None:
        """Of a version that is gone; the bytes stay until the collector comes."""
        await self._entries.delete_many({"artifact_id": artifact_id})

    async def having(self, artifact_ids: Sequence[str], md5s: Sequence[str]) -> frozenset[str]:
        """Which of the MD5s some of these versions has."""
        found: set[str] = set()
        for batch in _batches(sorted(set(md5s))):
            where = {"artifact_id": {"$in": list(artifact_ids)}, "md5": {"$in": batch}}
            found |= set(await self._entries.distinct("md5", where))
        return frozenset(found)

    async def list(
        self,
        artifact_id: str,
        *,
        names: Sequence[str] = (),
        digests: Sequence[str] = (),
        prefix: str | None = None,
        limit: int = BATCH,
        after: str | None = None,
    ) -> tuple[Sequence[StoredEntry], str | None]:
        """By path; the cursor is the last one."""
        terms: list[dict[str, Any]] = [{"artifact_id": artifact_id}]
        if names:
            terms.append({"path": {"$in": list(names)}})
        if digests:
            terms.append({"digest": {"$in": list(digests)}})
        if prefix:
            terms.append({"path": {"$gte": prefix, "$lt": prefix + "\U0010ffff"}})
        if after:
            terms.append({"path": {"$gt": after}})
        cursor = self._entries.find({"$and": terms}, max_time_ms=USER_READ_MS)
        found = [_to_entry(d) async for d in cursor.sort("path", 1).limit(limit + 1)]
        page = found[:limit]
        return page, page[-1].path if len(found) > limit else None


def holder(artifact_id: str, store: str) -> str:
    """Who claims, in place of a version, what is brought to another team for it."""
    return f"{artifact_id}>{store}"


def held_by(artifact_id: str) -> Document:
    """Every `holder` of a version."""
    return {"$gte": f"{artifact_id}>", "$lt": f"{artifact_id}?"}


def blob_id(store: str, md5: str) -> str:
    """Bytes are one team's: equal ones of another team are others."""
    return f"{store}:{md5}"


def to_blob(document: Document) -> Blob:
    """One way; the other is `register`."""
    return Blob(
        store=document["store"],
        md5=document["md5"],
        key=document["key"],
        size=document["size"],
        birth_artifact_id=document["birth_artifact_id"],
    )


def _unless_kept(blob: Blob, at: datetime) -> list[Document]:
    """Doomed bytes are given up for the new ones; living ones stay and are as if just used."""
    document = {
        "_id": {"$literal": blob_id(blob.store, blob.md5)},
        **{name: {"$literal": value} for name, value in _fields(blob).items()},
        "used_at": at,
        "doomed": False,
    }
    gone = {"$eq": [{"$ifNull": ["$doomed", True]}, True]}
    living = {"$mergeObjects": ["$$ROOT", {"used_at": at}]}
    return [{"$replaceWith": {"$cond": [gone, document, living]}}]


def _batches(items: Sequence[Any]) -> list[Sequence[Any]]:
    return [items[at : at + BATCH] for at in range(0, len(items), BATCH)]


def _claim_id(claim: Claim) -> str:
    return f"{claim.artifact_id}:{claim.md5}"


def _to_claim(document: Document) -> Claim:
    return Claim(
        artifact_id=document["artifact_id"],
        md5=document["md5"],
        blob=document["blob"],
        part_md5s=tuple(document["part_md5s"]),
        upload_id=document["upload_id"],
        trusted=document["trusted"],
        whole=document.get("whole", False),  # not in what was claimed before there were parts
    )


def _to_document(entry: StoredEntry, project_id: str, store: str) -> Document:
    found = {**_fields(entry), "project_id": project_id}
    if entry.md5 is not None:
        found["blob"] = blob_id(store, entry.md5)
    return found


def _fields(one: Claim | Blob | StoredEntry) -> dict[str, Any]:
    """As `asdict`, which copies every value and takes ten times as long over ten thousand files."""
    return {name: getattr(one, name) for name in one.__dataclass_fields__}


def _to_entry(document: Document) -> StoredEntry:
    values: dict[str, Any] = {name: document.get(name) for name in StoredEntry.__dataclass_fields__}
    return StoredEntry(**values)

"""Which version has which place and which aliases in a collection, kept in MongoDB.

Every transaction that touches aliases or versions begins by raising the collection's counter, so
two of them never run at once on one collection: the second is tried again by `in_transaction`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pymongo import ReturnDocument

from services.runs.artifact_ports import News, Tell
from services.runs.domain.artifact import LATEST, Artifact, Collection, Membership, version_of
from shared.errors import Conflict, Invalid, NotFound
from shared.kit.ids import new_id
from shared.kit.mongo import Client, Database, Document, Session, ensure_indexes, in_transaction
from shared.kit.outbox import Outbox


class MongoMemberships:
    """The `artifact_memberships` collection."""

    def __init__(self, client: Client, database: Database, outbox: Outbox) -> None:
        self._client = client
        self._collections = database["artifact_collections"]
        self._memberships = database["artifact_memberships"]
        self._outbox = outbox

    async def prepare(self) -> None:
        """Indexes, at start-up."""
        await ensure_indexes(
            self._memberships,
            [
                ([("collection_id", 1), ("version_index", 1)], {"unique": True}),
                ([("collection_id", 1), ("aliases", 1)], {}),
                ([("artifact_id", 1)], {}),
            ],
        )

    async def find(self, collection_id: str, alias: str) -> Membership | None:
        """By alias or `vN`; None where there is none."""
        index = version_of(alias)
        term: Document = {"aliases": alias} if index is None else {"version_index": index}
        document = await self._memberships.find_one({"collection_id": collection_id, **term})
        return to_membership(document) if document else None

    async def latest(self, collection_id: str) -> Membership | None:
        """The one with the highest index."""
        found = await self._memberships.find_one(
            {"collection_id": collection_id}, sort=[("version_index", -1)]
        )
        return to_membership(found) if found else None

    async def of(self, artifact_ids: Sequence[str]) -> Mapping[str, Sequence[Membership]]:
        """All places of each, oldest first."""
        found: dict[str, list[Membership]] = defaultdict(list)
        cursor = self._memberships.find({"artifact_id": {"$in": list(artifact_ids)}})
        async for document in cursor.sort("_id", 1):
            found[document["artifact_id"]].append(to_membership(document))
        return found

    async def list(
        self, collection_id: str, *, descending: bool, limit: int, after: str | None
    ) -> tuple[Sequence[Membership], str | None, int]:
        """Versions of a collection; the cursor is the last index."""
        where: dict[str, Any] = {"collection_id": collection_id}
        total = await self._memberships.count_documents(where)
        if after:
            where["version_index"] = {"$lt" if descending else "$gt": _index_of(after)}
        cursor = self._memberships.find(where).sort("version_index", -1 if descending else 1)
        found = [to_membership(document) async for document in cursor.limit(limit + 1)]
        page = found[:limit]
        following = str(page[-1].version_index) if len(found) > limit else None
        return page, following, int(total)

    async def aliases(self, collection_id: str) -> Sequence[str]:
        """All, in alphabetical order."""
        return sorted(await self._memberships.distinct("aliases", {"collection_id": collection_id}))

    async def change_aliases(
        self, place: Membership, add: Sequence[str], delete: Sequence[str], tell: Tell
    ) -> None:
        """Move the ones to it and take the others away; `tell(place, moved, removed)` is news."""

        async def work(session: Session) -> None:
            await take_turn(self._collections, place.collection_id, session)
            document = await self._memberships.find_one({"_id": place.id}, session=session)
            if document is None:
                raise NotFound("No such version.")
            now = to_membership(document)
            new = [alias for alias in add if alias not in now.aliases]
            gone = [alias for alias in delete if alias in now.aliases and alias not in add]
            moved = await self._take(place.collection_id, new, session)
            now.aliases = [alias for alias in now.aliases if alias not in gone] + new
            await self._memberships.update_one(
                {"_id": place.id}, {"$set": {"aliases": now.aliases}}, session=session
            )
            await self._outbox.add(tell(now, dict.fromkeys(new) | moved, gone), session)

        await in_transaction(self._client, work)

    async def link(
        self, collection: Collection, artifact: Artifact, aliases: Sequence[str], tell: Tell
    ) -> Membership:
        """The next version of a portfolio, or the place that it has already."""
        wanted = list(dict.fromkeys([LATEST, *aliases]))

        async def work(session: Session) -> Membership:
            index = await take_turn(self._collections, collection.id, session)
            known = await self._memberships.find_one(
                {"collection_id": collection.id, "artifact_id": artifact.id}, session=session
            )
            if known is None:
                place = await self.add(collection.id, artifact, index, wanted, session)
                moved = place[1]
                found = place[0]
                await self._collections.update_one(
                    {"_id": collection.id}, {"$set": {"next_index": index + 1}}, session=session
                )
            else:
                found = to_membership(known)
                new = [alias for alias in wanted if alias not in found.aliases]
                moved = dict.fromkeys(new) | await self._take(collection.id, new, session)
                found.aliases += new
                await self._memberships.update_one(
                    {"_id": found.id}, {"$set": {"aliases": found.aliases}}, session=session
                )
            await self._outbox.add(tell(found, moved, known is None), session)
            return found

        return await in_transaction(self._client, work)

    async def unlink(self, place: Membership, news: News) -> None:
        """Take it out; `latest` goes to the newest that is left."""

        async def work(session: Session) -> None:
            await take_turn(self._collections, place.collection_id, session)
            await self._memberships.delete_one({"_id": place.id}, session=session)
            if LATEST in place.aliases:
                await self.name_latest(place.collection_id, session)
            await self._outbox.add(news, session)

        await in_transaction(self._client, work)

    async def add(
        self,
        collection_id: str,
        artifact: Artifact,
        index: int,
        aliases: Sequence[str],
        session: Session,
        at: datetime | None = None,
    ) -> tuple[Membership, dict[str, int | None]]:
        """A place, inside a transaction that has its turn; each alias with who had it before."""
        moved = dict.fromkeys(aliases) | await self._take(collection_id, aliases, session)
        place = Membership(
            id=new_id(),
            collection_id=collection_id,
            artifact_id=artifact.id,
            project_id=artifact.project_id,
            version_index=index,
            created_at=at or artifact.updated_at,
            aliases=list(aliases),
        )
        values = asdict(place)
        await self._memberships.insert_one({"_id": values.pop("id"), **values}, session=session)
        return place, moved

    async def name_latest(self, collection_id: str, session: Session) -> None:
        """Give `latest` to the newest version that is left, if any."""
        await self._memberships.find_one_and_update(
            {"collection_id": collection_id},
            {"$addToSet": {"aliases": LATEST}},
            sort=[("version_index", -1)],
            session=session,
        )

    async def _take(
        self, collection_id: str, aliases: Sequence[str], session: Session
    ) -> dict[str, int]:
        """Take aliases from whoever has them; answers which version had which."""
        if not aliases:
            return {}
        where = {"collection_id": collection_id, "aliases": {"$in": list(aliases)}}
        moved: dict[str, int] = {}
        async for document in self._memberships.find(where, session=session):
            had = set(document["aliases"]) & set(aliases)
            moved |= dict.fromkeys(had, document["version_index"])
        if moved:
            await self._memberships.update_many(
                where, {"$pull": {"aliases": {"$in": list(aliases)}}}, session=session
            )
        return moved


def _index_of(cursor: str) -> int:
    """Raises Invalid for what never was one."""
    index = version_of(f"v{cursor}")
    if index is None:
        raise Invalid("cursor: not one that this server gave out.", field="cursor")
    return index


async def take_turn(collections: Any, collection_id: str, session: Session) -> int:
    """Have the collection for oneself until the transaction ends; its next version index."""
    document = await collections.find_one_and_update(
        {"_id": collection_id, "deleted": False},
        {"$inc": {"turn": 1}},
        return_document=ReturnDocument.AFTER,
        session=session,
    )
    if document is None:
        raise Conflict("The collection was deleted meanwhile.")
    return int(document["next_index"])


def to_membership(document: Document) -> Membership:
    """The whole mapping."""
    values = {name: value for name, value in document.items() if name != "_id"}
    return Membership(id=document["_id"], **values)

"""The one transaction that makes a version readable, and the one that takes versions away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from pymongo import ReturnDocument

from services.runs.artifact_ports import News, Tell
from services.runs.domain.artifact import LATEST, Artifact, Membership, State
from services.runs.repository.artifacts import home_of, record_use, to_artifact
from services.runs.repository.memberships import MongoMemberships, take_turn, to_membership
from shared.errors import Conflict, Unavailable
from shared.kit.mongo import Client, Database, Session, in_transaction
from shared.kit.outbox import Outbox


class MongoCommits:
    """Version index, aliases, state and news change together or not at all."""

    def __init__(
        self, client: Client, database: Database, outbox: Outbox, memberships: MongoMemberships
    ) -> None:
        self._client = client
        self._artifacts = database["artifacts"]
        self._collections = database["artifact_collections"]
        self._memberships = memberships
        self._places = database["artifact_memberships"]
        self._uses = database["artifact_uses"]
        self._outbox = outbox

    async def commit(
        self, artifact: Artifact, at: datetime, tell: Tell, by: str | None = None
    ) -> Artifact:
        """The next index of its sequence; `tell(artifact, place, moved)` makes the news.

        What was committed meanwhile is answered as it is, without news. What was moved, or is
        held by another attempt than `by`, is to be prepared again: Unavailable.
        """
        ready = {"_id": artifact.id, "state": str(State.PENDING), **home_of(artifact)}
        if by is not None:
            ready["held.by"] = by

        async def work(session: Session) -> Artifact:
            index = await take_turn(self._collections, artifact.collection_id, session)
            document = await self._artifacts.find_one_and_update(
                ready,
                {
                    "$set": {
                        "state": str(State.COMMITTED),
                        "version_index": index,
                        "digest": artifact.digest,
                        "size": artifact.size,
                        "file_count": artifact.file_count,
                        "manifest": artifact.manifest,
                        "committed_at": at,
                        "updated_at": at,
                    },
                    "$unset": {"held": True},
                },
                return_document=ReturnDocument.AFTER,
                session=session,
            )
            if document is None:
                return await self._settled(artifact, session)
            committed = to_artifact(document)
            await self._collections.update_one(
                {"_id": artifact.collection_id},
                {"$set": {"next_index": index + 1, "updated_at": at}},
                session=session,
            )
            wanted = list(dict.fromkeys([LATEST, *committed.wanted]))
            place, moved = await self._memberships.add(
                artifact.collection_id, committed, index, wanted, session, at
            )
            if committed.run_id is not None:
                await record_use(self._uses, artifact.id, committed.run_id, "output", at, session)
            await self._outbox.add(tell(committed, place, moved), session)
            return committed

        return await in_transaction(self._client, work)

    async def _settled(self, artifact: Artifact, session: Session) -> Artifact:
        document = await self._artifacts.find_one({"_id": artifact.id}, session=session)
        if document is None or document["state"] == State.DELETED:
            raise Conflict("The artifact was deleted meanwhile.")
        if document["state"] == State.PENDING:
            raise Unavailable("The artifact is being moved; try again.")
        return to_artifact(document)

    async def delete(self, artifacts: Sequence[Artifact], news: News) -> None:
        """Versions and every place of theirs; `latest` goes to the newest that is left."""
        ids = [artifact.id for artifact in artifacts]

        async def work(session: Session) -> None:
            places: dict[str, list[Membership]] = defaultdict(list)
            async for document in self._places.find({"artifact_id": {"$in": ids}}, session=session):
                places[document["collection_id"]].append(to_membership(document))
            for collection_id in sorted(places):
                await self._collections.update_one(
                    {"_id": collection_id}, {"$inc": {"turn": 1}}, session=session
                )
            await self._artifacts.update_many(
                {"_id": {"$in": ids}}, {"$set": {"state": str(State.DELETED)}}, session=session
            )
            await self._places.delete_many({"artifact_id": {"$in": ids}}, session=session)
            for collection_id, lost in sorted(places.items()):
                if any(LATEST in place.aliases for place in lost):
                    await self._memberships.name_latest(collection_id, session)
            await self._outbox.add(news, session)

        await in_transaction(self._client, work)

    async def delete_collection(
        self, collection_id: str, artifacts: Sequence[Artifact], news: News, at: datetime
    ) -> None:
        """No name in it can be looked up any more; of a sequence the versions go too."""
        if artifacts:
            await self.delete(artifacts, [])

        async def work(session: Session) -> None:
            await self._collections.update_one(
                {"_id": collection_id},
                {"$set": {"deleted": True, "updated_at": at}, "$inc": {"turn": 1}},
                session=session,
            )
            await self._places.delete_many({"collection_id": collection_id}, session=session)
            await self._outbox.add(news, session)

        await in_transaction(self._client, work)

"""Projects kept in MongoDB."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from pymongo.errors import DuplicateKeyError

from services.runs.domain.project import Project
from services.runs.repository.counters import Counters
from shared.errors import NotFound
from shared.kit.mongo import Database, Document, ensure_indexes
from shared.permissions import Visibility


class MongoProjects:
    """The `projects` collection, and the counters that number what is born."""

    def __init__(self, database: Database) -> None:
        self._projects = database["projects"]
        self._counters = Counters(database["counters"])

    async def prepare(self) -> None:
        """Indexes, at start-up."""
        await ensure_indexes(
            self._projects,
            [
                ([("entity", 1), ("name", 1)], {"unique": True}),
                ([("entity", 1), ("_id", -1)], {}),
            ],
        )

    async def get(self, project_id: str) -> Project:
        """Raises NotFound."""
        document = await self._projects.find_one({"_id": project_id})
        if document is None:
            raise NotFound("No such project.")
        return _to_project(document)

    async def find(self, entity: str, name: str) -> Project | None:
        """By name; None where there is none."""
        document = await self._projects.find_one({"entity": entity, "name": name})
        return _to_project(document) if document else None

    async def among(self, names: Collection[tuple[str, str]]) -> dict[tuple[str, str], Project]:
        """Those of so many (entity, name) that there are."""
        wanted = [{"entity": entity, "name": name} for entity, name in names]
        if not wanted:
            return {}
        cursor = self._projects.find(wanted[0] if len(wanted) == 1 else {"$or": wanted})
        found = [_to_project(document) async for document in cursor]
        return {(project.entity, project.name): project for project in found}

    async def list(
        self, entity: str, limit: int, after: str | None
    ) -> tuple[Sequence[Project], str | None]:
        """Newest first; the cursor is the last id."""
        where: dict[str, Any] = {"entity": entity}
        if after:
            where["_id"] = {"$lt": after}
        found = await self._projects.find(where).sort("_id", -1).limit(limit + 1).to_list(limit + 1)
        page = [_to_project(document) for document in found[:limit]]
        return page, page[-1].id if len(found) > limit else None

    async def create(self, project: Project) -> Project:
        """Whoever inserts first wins; the other gets the winner's."""
        try:
            await self._projects.insert_one(_to_document(project))
        except DuplicateKeyError:
            there = await self.find(project.entity, project.name)
            if there is None:
                raise
            return there
        return project

    async def save(self, project: Project) -> None:
        """Replace what may change."""
        document = _to_document(project)
        changed = ("visibility", "description", "updated_at", "members", "teams")
        await self._projects.update_one(
            {"_id": project.id}, {"$set": {name: document[name] for name in changed}}
        )

    async def close(self, entity: str) -> None:
        """The team is gone: nobody outside of it may look at what it left any more."""
        await self._projects.update_many(
            {"entity": entity, "visibility": {"$in": ["open", "public"]}},
            {"$set": {"visibility": str(Visibility.TEAM)}},
        )

    async def next_number(self) -> int:
        """From one counter for the whole instance."""
        return await self._counters.next("projects")

    async def count_run(self, project_id: str) -> int:
        """How many runs were ever born in the project, this one included."""
        return await self._counters.next(f"runs:{project_id}")


def _to_project(document: Document) -> Project:
    return Project(
        id=document["_id"],
        number=document["number"],
        entity=document["entity"],
        name=document["name"],
        visibility=Visibility(document["visibility"]),
        created_at=document["created_at"],
        updated_at=document["updated_at"],
        description=document.get("description"),
        created_by=document.get("created_by"),
        members=dict(document.get("members", [])),
        teams=dict(document.get("teams", [])),
    )


def _to_document(project: Project) -> Document:
    return {
        "_id": project.id,
        "number": project.number,
        "entity": project.entity,
        "name": project.name,
        "visibility": str(project.visibility),
        "created_at": project.created_at,
        "updated_at": project.updated_at,
        "description": project.description,
        "created_by": project.created_by,
        "members": [[who, role] for who, role in project.members.items()],
        "teams": [[who, role] for who, role in project.teams.items()],
    }

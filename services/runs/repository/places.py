"""Many runs found by their names, with two looks and nothing that is not needed for logging."""

from __future__ import annotations

from collections.abc import Sequence

from services.runs.domain.project import Project
from services.runs.ports import Place
from services.runs.repository.projects import MongoProjects
from shared.kit.mongo import Database

Name = tuple[str, str, str]
_NEEDED = {"project_id": 1, "name": 1, "generation": 1, "stop_requested": 1}


class MongoPlaces:
    """Looks into `runs` without reading whole documents."""

    def __init__(self, database: Database, projects: MongoProjects) -> None:
        self._runs = database["runs"]
        self._projects = projects

    async def find(self, names: Sequence[Name]) -> dict[Name, Place]:
        """Those that are there."""
        projects = await self._projects.among({(entity, name) for entity, name, _ in names})
        wanted: dict[str, set[str]] = {}
        for entity, name, run in names:
            if (project := projects.get((entity, name))) is not None:
                wanted.setdefault(project.id, set()).add(run)
        if not wanted:
            return {}
        by_id = {project.id: project for project in projects.values()}
        places = [
            {"project_id": project, "name": {"$in": sorted(runs)}}
            for project, runs in wanted.items()
        ]
        where = {"deleted_at": None, **(places[0] if len(places) == 1 else {"$or": places})}
        found: dict[Name, Place] = {}
        async for document in self._runs.find(where, _NEEDED):
            project = by_id[document["project_id"]]
            found[_name(project, document["name"])] = Place(
                project=project,
                run_id=document["_id"],
                generation=document["generation"],
                stop_requested=document["stop_requested"],
            )
        return found


def _name(project: Project, run: str) -> Name:
    return project.entity, project.name, run

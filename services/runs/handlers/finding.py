"""From a path to the project and the run that the caller may see."""

from __future__ import annotations

from services.runs.domain.access import absent, require
from services.runs.domain.project import Project
from services.runs.domain.run import Run
from services.runs.ports import Projects, Runs
from shared.contracts.identity import Caller
from shared.contracts.runs import RunPath
from shared.errors import NotFound
from shared.permissions import Action

NO_TEXTS: frozenset[str] = frozenset()


async def find_project(
    projects: Projects, caller: Caller, entity: str, name: str, action: Action = Action.READ
) -> Project:
    """Raises NotFound for hidden and absent alike, Forbidden for visible but not allowed."""
    project = await projects.find(entity, name)
    if project is None:
        raise absent(entity, name)
    return require(caller, action, project)


async def find_run(
    projects: Projects,
    runs: Runs,
    caller: Caller,
    path: RunPath,
    *,
    action: Action = Action.READ,
    texts: frozenset[str] = NO_TEXTS,
) -> tuple[Project, Run]:
    """By id, or by entity, project and name. A deleted run is not found."""
    if path.id is not None:
        run: Run | None = await runs.get(path.id, texts)
        project = await projects.get(run.project_id) if run else None
        if project is None or run is None:
            raise NotFound("No such run.")
        require(caller, action, project)
        return project, run
    project = await find_project(projects, caller, path.entity, path.project, action)
    run = await runs.find(project.id, path.run, texts)
    if run is None or run.deleted_at is not None:
        raise NotFound(f"run {path.entity}/{path.project}/{path.run} not found")
    return project, run


def entity_of(caller: Caller, entity: str | None) -> str:
    """The entity that was named, or the caller's default one."""
    found = entity or caller.default_entity or caller.username
    if not found:
        raise NotFound("No entity was named and you have no default one.")
    return found

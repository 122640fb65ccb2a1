"""From a path to the project and the run that the caller may see."""

from __future__ import annotations

from services.runs.domain.access import absent, require
from services.runs.domain.project import Project
from services.runs.domain.run import Run
from services.runs.ports import Moves, Projects, Runs
from shared.contracts.identity import Caller
from shared.contracts.runs import RunPath
from shared.errors import NotFound
from shared.permissions import Action, may, sees

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
    moves: Moves,
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
        if project is None or run is None or not sees(caller, project):
            raise NotFound("No such run.")
        return require(caller, action, project), run
    there = await projects.find(path.entity, path.project)
    if there is None:
        raise absent(path.entity, path.project)
    run = await runs.find(there.id, path.run, texts)
    if run is None:
        moved_to = await moves.redirect(there.id, path.run)
        if moved_to is not None and await _may_see(projects, runs, caller, moved_to):
            return await find_run(
                projects, runs, moves, caller, RunPath(id=moved_to), action=action, texts=texts
            )
    require(caller, action, there)
    if run is None or run.deleted_at is not None:
        raise NotFound(f"run {path.entity}/{path.project}/{path.run} not found")
    return there, run


async def _may_see(projects: Projects, runs: Runs, caller: Caller, run_id: str) -> bool:
    """A moved run answers at its old place only to those who may see the new one."""
    found = (await runs.load([run_id])).get(run_id)
    if found is None or found.deleted_at is not None:
        return False
    return may(caller, Action.READ, await projects.get(found.project_id))


def entity_of(caller: Caller, entity: str | None) -> str:
    """The entity that was named, or the caller's default one."""
    found = entity or caller.default_entity or caller.username
    if not found:
        raise NotFound("No entity was named and you have no default one.")
    return found

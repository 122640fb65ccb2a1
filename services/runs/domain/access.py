"""Who may do what to a project, said as the failure that the caller is to see."""

from __future__ import annotations

from services.runs.domain.project import Project
from shared.errors import Forbidden, NotFound
from shared.permissions import Action, Who, may, sees

_DOING = {
    Action.LOG: "log runs to",
    Action.EDIT: "edit runs of",
    Action.DELETE: "delete from",
    Action.MOVE_IN: "move runs into",
    Action.MOVE_OUT: "move runs out of",
    Action.MANAGE: "manage",
}


def require(who: Who, action: Action, project: Project) -> Project:
    """The project, if it is allowed; NotFound if it must look absent, else Forbidden."""
    if may(who, action, project):
        return project
    if not sees(who, project):
        raise absent(project.entity, project.name)
    raise Forbidden(
        f"permission denied: you may not {_DOING.get(action, 'read')} "
        f"{project.entity}/{project.name}."
    )


def absent(entity: str, name: str) -> NotFound:
    """The same words for hidden and absent."""
    return NotFound(f"project {entity}/{name} not found")

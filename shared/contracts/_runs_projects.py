"""Projects: what they are, and who may enter them."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from shared.contracts._kinds import Call, Message


class ProjectView(Message):
    """A project as the caller may see it. `number` is a decimal id that never changes."""

    id: str
    number: int
    entity: str
    name: str
    description: str | None = None
    visibility: str
    read_only: bool
    created_by: str | None = None
    created_at: datetime
    updated_at: datetime
    members: dict[str, str] = Field(default_factory=dict)
    """Whom a restricted project or a registry names, told to those who manage it."""
    teams: dict[str, str] = Field(default_factory=dict)
    """Likewise, the teams that a registry names."""


class SetProjectMember(Message):
    """Name somebody in a restricted project as member or viewer; without a role, no longer.

    A registry names people and teams, and some of them as admin.
    """

    entity: str
    project: str
    username: str | None = None
    team: str | None = None
    role: str | None = None


class GetProject(Message):
    """By name or by id. Hidden and absent are the same NotFound."""

    entity: str = ""
    project: str = ""
    id: str | None = None


class ListProjects(Message):
    """Projects of an entity that the caller may see, newest first."""

    entity: str
    limit: int = 50
    cursor: str | None = None


class ProjectPage(Message):
    """`next` goes into the following question; absent at the end."""

    items: list[ProjectView]
    next: str | None = None


class UpsertProject(Message):
    """Create it, or change what is given; None leaves a thing as it is."""

    entity: str | None = None
    project: str
    visibility: str | None = None
    description: str | None = None


class UpsertedProject(Message):
    """`inserted` tells whether it is new."""

    project: ProjectView
    inserted: bool


GET_PROJECT = Call("runs.project.get", GetProject, ProjectView)
LIST_PROJECTS = Call("runs.project.list", ListProjects, ProjectPage)
UPSERT_PROJECT = Call("runs.project.upsert", UpsertProject, UpsertedProject)
SET_PROJECT_MEMBER = Call("runs.project.set_member", SetProjectMember, ProjectView)

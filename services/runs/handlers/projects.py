"""Projects: get, list, create and change."""

from __future__ import annotations

from faststream.nats import NatsRouter

from services.runs.dependencies import ProjectStore, TheClock
from services.runs.domain.access import require
from services.runs.domain.project import Project, checked_name, checked_visibility
from services.runs.handlers.finding import entity_of, find_project
from services.runs.ports import Projects
from shared.contracts.identity import Caller
from shared.contracts.runs import (
    GET_PROJECT,
    LIST_PROJECTS,
    UPSERT_PROJECT,
    GetProject,
    ListProjects,
    ProjectPage,
    ProjectView,
    UpsertedProject,
    UpsertProject,
)
from shared.errors import NotFound
from shared.kit.clock import Clock
from shared.kit.ids import new_id
from shared.messaging.answering import TheCaller, serve
from shared.permissions import Action, Role, Visibility, may

router = NatsRouter()


@serve(router, GET_PROJECT)
async def get_project(ask: GetProject, caller: TheCaller, projects: ProjectStore) -> ProjectView:
    """One project that the caller may see."""
    project = await find_project(projects, caller, ask.entity, ask.project)
    return project_view(project, caller)


@serve(router, LIST_PROJECTS)
async def list_projects(
    ask: ListProjects, caller: TheCaller, projects: ProjectStore
) -> ProjectPage:
    """Those of an entity that the caller may see."""
    page, cursor = await projects.list(ask.entity, min(ask.limit, 1_000), ask.cursor)
    seen = [project for project in page if may(caller, Action.READ, project)]
    return ProjectPage(items=[project_view(project, caller) for project in seen], next=cursor)


@serve(router, UPSERT_PROJECT)
async def upsert_project(
    ask: UpsertProject, caller: TheCaller, projects: ProjectStore, clock: TheClock
) -> UpsertedProject:
    """Create it in an entity of the caller's, or change what is given."""
    entity = entity_of(caller, ask.entity)
    known = await projects.find(entity, ask.project)
    project = known or await new_project(projects, caller, entity, ask.project, clock)
    if ask.visibility is not None or ask.description is not None:
        require(caller, Action.MANAGE if known else Action.LOG, project)
        project.describe(
            visibility=ask.visibility,
            description=ask.description,
            personal=_is_personal(caller, project),
            at=clock(),
        )
        await projects.save(project)
    require(caller, Action.READ, project)
    return UpsertedProject(project=project_view(project, caller), inserted=known is None)


async def new_project(
    projects: Projects, caller: Caller, entity: str, name: str, clock: Clock
) -> Project:
    """A project that a run or a person asks for by naming it; NotFound in a foreign entity."""
    role = caller.roles.get(entity)
    if role is None:
        raise NotFound(f"entity {entity} not found")
    personal = role == Role.OWNER
    at = clock()
    project = Project(
        id=new_id(),
        number=0,
        entity=entity,
        name=checked_name(name),
        visibility=checked_visibility(
            Visibility.PRIVATE if personal else Visibility.TEAM, personal=personal
        ),
        created_at=at,
        updated_at=at,
        created_by=caller.acting_for or caller.username,
    )
    require(caller, Action.LOG, project)
    project.number = await projects.next_number()
    return await projects.create(project)


def project_view(project: Project, caller: Caller) -> ProjectView:
    """As the caller may see it."""
    return ProjectView(
        id=project.id,
        number=project.number,
        entity=project.entity,
        name=project.name,
        description=project.description,
        visibility=project.visibility,
        read_only=not may(caller, Action.EDIT, project),
        created_by=project.created_by,
        created_at=project.created_at,
        updated_at=project.updated_at,
    )


def _is_personal(caller: Caller, project: Project) -> bool:
    if caller.roles.get(project.entity) == Role.OWNER:
        return True
    return project.visibility is Visibility.PRIVATE

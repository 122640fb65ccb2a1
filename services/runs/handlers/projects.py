"""Projects: get, list, create and change."""

from __future__ import annotations

from faststream.nats import NatsRouter

from services.runs.dependencies import ProjectStore, TheAudit, TheClock, TheEntities
from services.runs.domain.access import require
from services.runs.domain.project import Project, checked_name, checked_visibility
from services.runs.handlers.finding import entity_of, find_project
from services.runs.ports import Entities, Projects
from shared.contracts.identity import Caller
from shared.contracts.runs import (
    GET_PROJECT,
    LIST_PROJECTS,
    SET_PROJECT_MEMBER,
    UPSERT_PROJECT,
    GetProject,
    ListProjects,
    ProjectPage,
    ProjectView,
    SetProjectMember,
    UpsertedProject,
    UpsertProject,
)
from shared.errors import Forbidden, Invalid, NotFound
from shared.kit.clock import Clock
from shared.kit.ids import new_id
from shared.messaging.answering import TheCaller, serve
from shared.permissions import Action, Visibility, may, sees

router = NatsRouter()


@serve(router, GET_PROJECT)
async def get_project(ask: GetProject, caller: TheCaller, projects: ProjectStore) -> ProjectView:
    """One project that the caller may see."""
    if ask.id is not None:
        project = await projects.get(ask.id)
        if not sees(caller, project):
            raise NotFound("No such project.")
        return project_view(require(caller, Action.READ, project), caller)
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
    ask: UpsertProject,
    caller: TheCaller,
    projects: ProjectStore,
    entities: TheEntities,
    audit: TheAudit,
    clock: TheClock,
) -> UpsertedProject:
    """Create it in an entity of the caller's, or change what is given."""
    entity = entity_of(caller, ask.entity)
    known = await known_project(projects, caller, entity, ask.project)
    if known is None:
        made = await new_project(
            projects, entities, caller, entity, ask.project, clock, ask.visibility, ask.description
        )
        return UpsertedProject(project=project_view(made, caller), inserted=True)
    if ask.visibility is not None or ask.description is not None:
        require(caller, Action.MANAGE, known)
        before = known.visibility
        personal = (await entities.describe(entity)).personal
        known.describe(
            visibility=ask.visibility,
            description=ask.description,
            personal=personal,
            at=clock(),
        )
        if known.visibility is not before:
            await audit.record(
                caller,
                entity,
                "project.visibility",
                f"{entity}/{known.name}",
                before={"visibility": before},
                after={"visibility": known.visibility},
            )
        await projects.save(known)
    require(caller, Action.READ, known)
    return UpsertedProject(project=project_view(known, caller), inserted=False)


@serve(router, SET_PROJECT_MEMBER)
async def set_project_member(
    ask: SetProjectMember,
    caller: TheCaller,
    projects: ProjectStore,
    entities: TheEntities,
    audit: TheAudit,
    clock: TheClock,
) -> ProjectView:
    """Who may enter a restricted project, and what they are to a registry; its admins only."""
    project = await find_project(projects, caller, ask.entity, ask.project, Action.MANAGE)
    username, team = ask.username or "", ask.team or ""
    if bool(username) == bool(team):
        raise Invalid("username: name a person or a team.", field="username")
    name = username or f"team {team}"
    before = project.members.get(username) if username else project.teams.get(team)
    if ask.role is None and username:
        project.dismiss(username, clock())
    elif ask.role is None:
        project.dismiss_team(team, clock())
    elif (await entities.describe(ask.entity)).kind == "organization":
        await _known(entities, ask.entity, username, team)
        project.entrust(ask.role, clock(), username=username, team=team)
    elif username:
        project.admit(username, ask.role, clock())
    else:
        raise Invalid("team: only a registry names teams.", field="team")
    await audit.record(
        caller,
        ask.entity,
        "project.member",
        f"{ask.entity}/{ask.project}",
        before={name: before},
        after={name: ask.role},
    )
    await projects.save(project)
    return project_view(project, caller)


async def _known(entities: Entities, organization: str, username: str, team: str) -> None:
    """Raises NotFound for nobody, and for a team of another organization."""
    facts = await entities.describe(username or team)
    if username and facts.kind != "user":
        raise NotFound(f"user {username} not found")
    if team and (facts.kind != "team" or facts.organization != organization):
        raise NotFound(f"team {team} not found in {organization}")


async def known_project(
    projects: Projects, caller: Caller, entity: str, name: str
) -> Project | None:
    """The project, or None where it may be made; a foreign entity does not tell which it hides."""
    known = await projects.find(entity, name)
    if known is not None and not sees(caller, known):
        may_found(caller, entity)
    return known


async def new_project(
    projects: Projects,
    entities: Entities,
    caller: Caller,
    entity: str,
    name: str,
    clock: Clock,
    visibility: str | None = None,
    description: str | None = None,
) -> Project:
    """A project that a run or a person asks for by naming it; NotFound in a foreign entity."""
    project = await planned_project(entities, caller, entity, name, clock, visibility, description)
    require(caller, Action.LOG, project)
    project.number = await projects.next_number()
    return await projects.create(project)


async def planned_project(
    entities: Entities,
    caller: Caller,
    entity: str,
    name: str,
    clock: Clock,
    visibility: str | None = None,
    description: str | None = None,
) -> Project:
    """The project as it would be founded; nothing is stored, and it has no number yet."""
    facts = await entities.describe(may_found(caller, entity))
    wanted = visibility or (Visibility.PRIVATE if facts.personal else Visibility.TEAM)
    at = clock()
    project = Project(
        id=new_id(),
        number=0,
        entity=entity,
        name=checked_name(name),
        visibility=checked_visibility(wanted, personal=facts.personal),
        created_at=at,
        updated_at=at,
        description=description,
        created_by=caller.acting_for or caller.username,
    )
    if project.visibility is Visibility.RESTRICTED:
        project.admit(caller.username, "member", at)
    if facts.only_private and project.visibility in (Visibility.OPEN, Visibility.PUBLIC):
        raise Forbidden(f"permission denied: new projects of {entity} are private to the team.")
    return project


def may_found(caller: Caller, entity: str) -> str:
    """The entity, if the caller may found projects there; else it looks absent."""
    at_home = caller.roles.get(entity) or caller.organizations.get(entity) == "admin"
    if not at_home and not (caller.admin and caller.elevated):
        raise NotFound(f"entity {entity} not found")
    return entity


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
        members=dict(project.members) if may(caller, Action.MANAGE, project) else {},
        teams=dict(project.teams) if may(caller, Action.MANAGE, project) else {},
    )

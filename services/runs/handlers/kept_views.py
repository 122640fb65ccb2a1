"""Views of projects as clients keep them, a text each: save, get, list, delete."""

from __future__ import annotations

from faststream.nats import NatsRouter

from services.runs.dependencies import ProjectStore, TheClock, ViewStore
from services.runs.domain.access import require
from services.runs.domain.project import DEFAULT_NAME, Project
from services.runs.domain.view import TRASH_FOR, View
from services.runs.handlers.finding import entity_of, find_project
from services.runs.ports import Projects, Views
from shared.contracts._kinds import Nothing
from shared.contracts.identity import Caller
from shared.contracts.runs import (
    DELETE_VIEW,
    GET_VIEW,
    LIST_VIEWS,
    SAVE_VIEW,
    UNDELETE_VIEW,
    DeleteView,
    GetView,
    ListViews,
    SavedView,
    SaveView,
    UndeleteView,
    ViewPage,
    ViewView,
)
from shared.errors import NotFound
from shared.kit.ids import new_id
from shared.messaging.answering import TheCaller, serve
from shared.permissions import Action, sees

router = NatsRouter()

_GIVEN = ("type", "name", "display_name", "description", "spec")


@serve(router, SAVE_VIEW)
async def save_view(
    ask: SaveView, caller: TheCaller, projects: ProjectStore, views: ViewStore, clock: TheClock
) -> SavedView:
    """A new one needs a project that is there; a known one is found by its id."""
    at, given = clock(), ask.model_dump(include=set(_GIVEN), exclude_none=True)
    if ask.id is not None:
        project, view = await find_view(ask.id, caller, projects, views, Action.EDIT)
        view.change(given, at)
        await views.save(view)
        return SavedView(view=_shown(view, project), inserted=False)
    entity, name = entity_of(caller, ask.entity), ask.project or DEFAULT_NAME
    project = await find_project(projects, caller, entity, name, Action.EDIT)
    view_id = new_id()
    view = View(
        id=view_id,
        project_id=project.id,
        type="runs",
        name=view_id[-12:],
        username=caller.acting_for or caller.username,
        created_at=at,
        updated_at=at,
    )
    view.change(given, at)
    await views.save(view)
    return SavedView(view=_shown(view, project), inserted=True)


@serve(router, GET_VIEW)
async def get_view(
    ask: GetView, caller: TheCaller, projects: ProjectStore, views: ViewStore
) -> ViewView:
    """For whoever may see the project."""
    project, view = await find_view(ask.id, caller, projects, views, Action.READ)
    return _shown(view, project)


@serve(router, LIST_VIEWS)
async def list_views(
    ask: ListViews, caller: TheCaller, projects: ProjectStore, views: ViewStore
) -> ViewPage:
    """Of one project and type."""
    project = await find_project(projects, caller, ask.entity, ask.project)
    found, cursor = await views.list(
        project.id,
        ask.type,
        name=ask.name,
        with_spec=ask.with_spec,
        limit=max(1, min(ask.limit, 200)),
        after=ask.cursor,
    )
    return ViewPage(items=[_shown(view, project) for view in found], next=cursor)


@serve(router, DELETE_VIEW)
async def delete_view(
    ask: DeleteView, caller: TheCaller, projects: ProjectStore, views: ViewStore, clock: TheClock
) -> Nothing:
    """Into the trash."""
    _, view = await find_view(ask.id, caller, projects, views, Action.EDIT)
    await views.throw_away(view.id, clock())
    return Nothing()


@serve(router, UNDELETE_VIEW)
async def undelete_view(
    ask: UndeleteView, caller: TheCaller, projects: ProjectStore, views: ViewStore, clock: TheClock
) -> ViewView:
    """As it was; fine for one that is there."""
    view = await views.get_deleted(ask.id, clock() - TRASH_FOR)
    project = await _place_of(view, caller, projects, Action.EDIT)
    await views.throw_away(view.id, None)
    return _shown(view, project)


async def find_view(
    view_id: str, caller: Caller, projects: Projects, views: Views, action: Action
) -> tuple[Project, View]:
    """Raises NotFound for hidden and absent alike, Forbidden for visible but not allowed."""
    view = await views.get(view_id)
    return await _place_of(view, caller, projects, action), view


async def _place_of(view: View, caller: Caller, projects: Projects, action: Action) -> Project:
    project = await projects.get(view.project_id)
    if not sees(caller, project):
        raise NotFound("No such view.")
    return require(caller, action, project)


def _shown(view: View, project: Project) -> ViewView:
    return ViewView(
        id=view.id,
        entity=project.entity,
        project=project.name,
        type=view.type,
        name=view.name,
        display_name=view.display_name,
        description=view.description,
        spec=view.spec,
        username=view.username,
        created_at=view.created_at,
        updated_at=view.updated_at,
    )

"""Views of projects, which are mostly reports."""

from __future__ import annotations

from typing import Any

from ariadne import MutationType, ObjectType, QueryType

from gateway.graphql.context import Info, context_of, selected
from gateway.graphql.resolvers.projects import resolve_project
from gateway.graphql.resolvers.runs import RunUser
from shared.contracts.runs import (
    DELETE_VIEW,
    GET_VIEW,
    LIST_VIEWS,
    SAVE_VIEW,
    DeleteView,
    GetView,
    ListViews,
    ProjectView,
    SaveView,
    ViewView,
)
from shared.errors import NotFound
from shared.kit.ids import from_global, to_global

query, mutation = QueryType(), MutationType()
project, view = ObjectType("Project"), ObjectType("View")


@query.field("view")
async def resolve_view(_: Any, info: Info, id: str) -> ViewView | None:
    """Null for hidden and absent alike."""
    try:
        return await context_of(info).ask(GET_VIEW, GetView(id=from_global("View", id)))
    except NotFound:
        return None


@mutation.field("upsertView")
async def upsert_view(_: Any, info: Info, input: dict[str, Any]) -> dict[str, Any]:
    done = await context_of(info).ask(
        SAVE_VIEW,
        SaveView(
            id=from_global("View", input["id"]) if input.get("id") else None,
            entity=input.get("entityName"),
            project=input.get("projectName"),
            type=input.get("type"),
            name=input.get("name"),
            display_name=input.get("displayName"),
            description=input.get("description"),
            spec=input.get("spec"),
        ),
    )
    return {"view": done.view, "inserted": done.inserted}


@mutation.field("deleteView")
async def delete_view(_: Any, info: Info, input: dict[str, Any]) -> dict[str, bool]:
    await context_of(info).ask(DELETE_VIEW, DeleteView(id=from_global("View", input["id"])))
    return {"success": True}


@project.field("allViews")
async def resolve_views(
    found: ProjectView,
    info: Info,
    viewType: str | None = None,
    viewName: str | None = None,
    first: int | None = None,
    after: str | None = None,
) -> dict[str, Any]:
    page = await context_of(info).ask(
        LIST_VIEWS,
        ListViews(
            entity=found.entity,
            project=found.name,
            type=viewType or "runs",
            name=viewName or None,
            with_spec="spec" in selected(info),
            limit=first or 50,
            cursor=after or None,
        ),
    )
    return {
        "edges": [{"node": item, "cursor": item.id} for item in page.items],
        "pageInfo": {
            "endCursor": page.items[-1].id if page.items else None,
            "hasNextPage": page.next is not None,
        },
    }


@view.field("id")
def resolve_id(found: ViewView, _: Info) -> str:
    return to_global("View", found.id)


@view.field("user")
def resolve_user(found: ViewView, _: Info) -> RunUser:
    return RunUser(found.username)


@view.field("project")
async def resolve_view_project(found: ViewView, info: Info) -> ProjectView | None:
    return await resolve_project(None, info, found.project, found.entity)


for _theirs, _ours in {
    "displayName": "display_name",
    "entityName": "entity",
    "createdAt": "created_at",
    "updatedAt": "updated_at",
}.items():
    view.set_alias(_theirs, _ours)


BINDABLES = (query, mutation, project, view)

"""Projects, by name and in lists."""

from __future__ import annotations

from typing import Any

from ariadne import MutationType, ObjectType, QueryType

from gateway.graphql.context import Info, context_of
from gateway.graphql.pages import connection
from gateway.graphql.registries import registries_of, restrict_types
from gateway.graphql.resolvers.entities import Entity, entity_named
from shared.contracts.runs import (
    GET_PROJECT,
    LIST_PROJECTS,
    UPSERT_PROJECT,
    GetProject,
    ListProjects,
    ProjectView,
    UpsertProject,
)
from shared.errors import NotFound
from shared.kit.ids import to_global

query, mutation = QueryType(), MutationType()
project, entity = ObjectType("Project"), ObjectType("Entity")

_VISIBILITY = {
    "PRIVATE": "team",
    "USER_READ": "public",
    "USER_WRITE": "open",
    "RESTRICTED": "restricted",
}
"""The SDK's `access` → ours."""
_ACCESS = {
    "private": "PRIVATE",
    "team": "PRIVATE",
    "public": "USER_READ",
    "open": "USER_WRITE",
    "restricted": "RESTRICTED",
}


@query.field("project")
@query.field("model")
async def resolve_project(
    _: Any, info: Info, name: str | None = None, entityName: str | None = None
) -> ProjectView | None:
    """Null for hidden and absent alike."""
    ask = context_of(info).ask
    owner = entityName or ask.caller.default_entity or ask.caller.username
    try:
        return await ask(GET_PROJECT, GetProject(entity=owner, project=name or "uncategorized"))
    except NotFound:
        return None


@query.field("models")
async def resolve_projects(
    _: Any,
    info: Info,
    entityName: str | None = None,
    after: str | None = None,
    first: int | None = None,
) -> dict[str, Any]:
    ask = context_of(info).ask
    owner = entityName or ask.caller.default_entity or ask.caller.username
    page = await ask(
        LIST_PROJECTS, ListProjects(entity=owner, limit=first or 50, cursor=after or None)
    )
    return connection(page.items, page.next, cursors=[found.id for found in page.items])


@entity.field("projects")
async def resolve_entity_projects(
    found: Entity,
    info: Info,
    after: str | None = None,
    first: int | None = None,
    filters: str | None = None,
    order: str | None = None,
) -> dict[str, Any]:
    """`order` is newest first, whatever is asked for; filters are asked of registries alone."""
    if not filters or filters == "{}":
        return await resolve_projects(None, info, found.name, after, first)
    return await registries_of(found.name, filters, context_of(info))


@entity.field("project")
async def resolve_entity_project(
    found: Entity, info: Info, name: str | None = None
) -> ProjectView | None:
    return await resolve_project(None, info, name, found.name)


@project.field("id")
def resolve_id(found: ProjectView, _: Info) -> str:
    return to_global("Project", found.id)


@project.field("internalId")
def resolve_internal_id(found: ProjectView, _: Info) -> str:
    return to_global("ProjectInternalId", str(found.number))


@project.field("entityName")
def resolve_entity_name(found: ProjectView, _: Info) -> str:
    return found.entity


@project.field("entity")
def resolve_project_entity(found: ProjectView, info: Info) -> Entity:
    return entity_named(found.entity, context_of(info).ask.caller)


@project.field("createdAt")
def resolve_created_at(found: ProjectView, _: Info) -> Any:
    return found.created_at


@project.field("updatedAt")
def resolve_updated_at(found: ProjectView, _: Info) -> Any:
    return found.updated_at


@project.field("access")
def resolve_access(found: ProjectView, _: Info) -> str:
    return _ACCESS[found.visibility]


@project.field("isBenchmark")
def resolve_is_benchmark(_found: ProjectView, _: Info) -> bool:
    return False


@project.field("readOnly")
def resolve_read_only(found: ProjectView, _: Info) -> bool:
    return found.read_only


@project.field("user")
def resolve_user(_found: ProjectView, _: Info) -> None:
    """The SDK prints it and asks nothing of it; null is allowed."""


@mutation.field("upsertModel")
async def upsert_model(_: Any, info: Info, input: dict[str, Any]) -> dict[str, Any]:
    access = input.get("access")
    done = await context_of(info).ask(
        UPSERT_PROJECT,
        UpsertProject(
            entity=input.get("entityName"),
            project=input.get("name") or "uncategorized",
            description=input.get("description"),
            visibility=_VISIBILITY.get(access, access) if access else None,
        ),
    )
    await restrict_types(
        done.project,
        input.get("allowAllArtifactTypesInRegistry"),
        input.get("artifactTypes"),
        context_of(info),
    )
    return {"project": done.project, "model": done.project, "inserted": done.inserted}


BINDABLES = (query, mutation, project, entity)

"""`/api/v1/…/views`: what a team wants to see of a project again, by name."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.dependencies import AskAs, AskAsAnybody
from shared.contracts.runs import (
    DELETE_VIEW,
    GET_VIEW,
    LIST_VIEWS,
    SAVE_VIEW,
    DeleteView,
    GetView,
    ListViews,
    SaveView,
    ViewView,
)
from shared.errors import NotFound

router = APIRouter(tags=["projects"])

KIND = "cordee/workspace"
"""Beside the reports and drafts of the SDK, which are views, too."""
MOST_SEARCH = 16_000


class ViewMade(BaseModel):
    """`search` is what stands behind the `?` of the project's page."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=128)
    search: str = Field(max_length=MOST_SEARCH)


class ViewChange(BaseModel):
    """What is absent stays."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, min_length=1, max_length=128)
    search: str | None = Field(default=None, max_length=MOST_SEARCH)


@router.get("/projects/{entity}/{project}/views")
async def list_views(
    entity: str,
    project: str,
    ask: AskAsAnybody,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
    cursor: str | None = None,
) -> dict[str, Any]:
    """Saved views of a project, newest first."""
    question = ListViews(entity=entity, project=project, type=KIND, limit=limit, cursor=cursor)
    page = await ask(LIST_VIEWS, question)
    return {"items": [_shown(view) for view in page.items], "next": page.next}


@router.post("/projects/{entity}/{project}/views", status_code=201)
async def save_view(entity: str, project: str, body: ViewMade, ask: AskAs) -> dict[str, Any]:
    """Keep what is shown, for everybody who sees the project."""
    made = SaveView(
        entity=entity, project=project, type=KIND, display_name=body.name, spec=body.search
    )
    return _shown((await ask(SAVE_VIEW, made)).view)


@router.patch("/views/{view_id}")
async def change_view(view_id: str, body: ViewChange, ask: AskAs) -> dict[str, Any]:
    """Another name, or what is shown now."""
    await _must_be_one(view_id, ask)
    change = SaveView(id=view_id, display_name=body.name, spec=body.search)
    return _shown((await ask(SAVE_VIEW, change)).view)


@router.delete("/views/{view_id}", status_code=204)
async def delete_view(view_id: str, ask: AskAs) -> Response:
    """For good; what it shows stays."""
    await _must_be_one(view_id, ask)
    await ask(DELETE_VIEW, DeleteView(id=view_id))
    return Response(status_code=204)


async def _must_be_one(view_id: str, ask: AskAs) -> None:
    if (await ask(GET_VIEW, GetView(id=view_id))).type != KIND:
        raise NotFound("No such view.")


def _shown(view: ViewView) -> dict[str, Any]:
    return {
        "id": view.id,
        "name": view.display_name or view.name,
        "search": view.spec or "",
        "username": view.username,
        "created_at": view.created_at,
        "updated_at": view.updated_at,
    }

"""`/api/v1/teams/{team}/channels`: where a team is told."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.dependencies import AskAs
from gateway.http.forms import json_text
from shared.contracts.alerts import (
    CREATE_CHANNEL,
    DELETE_CHANNEL,
    LIST_CHANNELS,
    TEST_CHANNEL,
    UPDATE_CHANNEL,
    ChannelKind,
    ChannelView,
    CreateChannel,
    DeleteChannel,
    DeliveryView,
    ListChannels,
    Profile,
    TestChannel,
    UpdateChannel,
)

router = APIRouter(tags=["channels"])

Name = Annotated[str, Field(min_length=1, max_length=255)]
Mailboxes = Annotated[list[str], Field(max_length=50)]
Headers = Annotated[dict[str, str], Field(max_length=20)]
Template = str | dict[str, Any] | list[Any]


class ChannelBody(BaseModel):
    """`template` is JSON, or text that becomes JSON once its `${variables}` are filled in."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    kind: ChannelKind
    url: str | None = None
    to: Mailboxes = []
    secret: str | None = None
    template: Template | None = None
    headers: Headers = {}
    profile: Profile = "standard"


class ChannelChange(BaseModel):
    """What is absent stays; `enabled` brings back a channel that was disabled."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    url: str | None = None
    to: Mailboxes | None = None
    secret: str | None = None
    rotate_secret: bool = False
    template: Template | None = None
    headers: Headers | None = None
    enabled: Literal[True] | None = None


@router.post("/teams/{team}/channels", status_code=201)
async def create_channel(team: str, body: ChannelBody, ask: AskAs) -> ChannelView:
    """The team's admins may. A secret that we made is told this once."""
    given = body.model_dump(exclude={"template"})
    question = CreateChannel(team=team, template=_text(body.template), **given)
    return await ask(CREATE_CHANNEL, question)


@router.get("/teams/{team}/channels")
async def list_channels(team: str, ask: AskAs) -> dict[str, Any]:
    """For the team's members, without what is secret."""
    found = await ask(LIST_CHANNELS, ListChannels(team=team))
    return {"items": [item.model_dump(mode="json") for item in found.items], "next": None}


@router.post("/teams/{team}/channels/{channel_id}:test")
async def test_channel(team: str, channel_id: str, ask: AskAs) -> DeliveryView:
    """Send one delivery that says that it is a test."""
    return await ask(TEST_CHANNEL, TestChannel(id=channel_id))


@router.patch("/teams/{team}/channels/{channel_id}")
async def update_channel(
    team: str, channel_id: str, body: ChannelChange, ask: AskAs
) -> ChannelView:
    """Both secrets sign for a day after a change."""
    given = body.model_dump(exclude={"template"})
    question = UpdateChannel(id=channel_id, template=_text(body.template), **given)
    return await ask(UPDATE_CHANNEL, question)


@router.delete("/teams/{team}/channels/{channel_id}", status_code=204)
async def delete_channel(team: str, channel_id: str, ask: AskAs) -> Response:
    """Rules that named it no longer do."""
    await ask(DELETE_CHANNEL, DeleteChannel(id=channel_id))
    return Response(status_code=204)


def _text(template: Template | None) -> str | None:
    if template is None or isinstance(template, str):
        return template
    return json_text(template, "template")

"""`/api/v1/teams/{team}/members`: who is in a team, and as what."""

from __future__ import annotations

from fastapi import APIRouter, Response

from gateway.dependencies import AskAs
from gateway.http.forms import Form, Moment, Shown
from shared.contracts.identity import (
    CHANGE_MEMBER,
    REMOVE_MEMBER,
    ChangeMember,
    RemoveMember,
    TeamRoleName,
)

router = APIRouter(prefix="/teams/{team}/members", tags=["teams"])


class NewRole(Form):
    """What they are from now on."""

    role: TeamRoleName


class Member(Shown):
    """Somebody in a team; `kind` tells people from service accounts."""

    username: str
    name: str
    email: str | None
    role: str
    kind: str
    joined_at: Moment


@router.patch("/{username}")
async def change_member(team: str, username: str, body: NewRole, ask: AskAs) -> Member:
    """Another role. Team admins only; the last admin stays one."""
    change = ChangeMember(team=team, username=username, role=body.role)
    return Member.model_validate(await ask.changing(CHANGE_MEMBER, change))


@router.delete("/{username}", status_code=204)
async def remove_member(team: str, username: str, ask: AskAs) -> Response:
    """Their runs stay. Team admins only, but everybody may remove themselves."""
    await ask.changing(REMOVE_MEMBER, RemoveMember(team=team, username=username))
    return Response(status_code=204)

"""`/api/v1/teams`: teams, their profile and privacy, and their end."""

from __future__ import annotations

from fastapi import APIRouter, Response

from gateway.dependencies import AskAs
from gateway.http.forms import Cursor, Form, Limit, Moment, Page, Shown
from gateway.http.members import Member
from shared.contracts.identity import (
    CREATE_TEAM,
    DELETE_TEAM,
    GET_TEAM,
    LEAVE_TEAM,
    LIST_TEAMS,
    PREVIEW_TEAM_DELETION,
    SET_TEAM_PRIVACY,
    UPDATE_TEAM,
    CreateTeam,
    DeleteTeam,
    GetTeam,
    LeaveTeam,
    ListTeams,
    PreviewTeamDeletion,
    PrivacyView,
    SetTeamPrivacy,
    TeamDeletion,
    UpdateTeam,
)

router = APIRouter(prefix="/teams", tags=["teams"])


class NewTeam(Form):
    """The name can never change and is the team's address."""

    name: str
    organization: str | None = None
    description: str = ""


class Profile(Form):
    """What a team says about itself."""

    description: str


class Switches(Form):
    """What to change; what is absent stays."""

    hidden: bool | None = None
    future_projects_private: bool | None = None
    members_may_invite: bool | None = None
    public_links_allowed: bool | None = None
    recommend_domain: bool | None = None


class Confirmation(Form):
    """The team's name once more."""

    name: str


class Team(Shown):
    """A team; outsiders see no members. `role` is the caller's own."""

    name: str
    organization: str
    description: str
    created_at: Moment
    created_by: str | None
    role: str | None
    members: list[Member]
    privacy: PrivacyView


class Card(Shown):
    """A team in a list; `members` is how many."""

    name: str
    organization: str
    description: str
    role: str | None
    members: int
    created_at: Moment


@router.post("", status_code=201)
async def create_team(body: NewTeam, ask: AskAs) -> Team:
    """Found a team; the founder is its admin."""
    team = await ask.changing(CREATE_TEAM, CreateTeam(**body.model_dump()))
    return Team.model_validate(team)


@router.get("")
async def list_teams(
    ask: AskAs, everybody: bool = False, limit: Limit = 100, cursor: Cursor = None
) -> Page[Card]:
    """One's own teams; with `everybody` all of them, for administrators of the instance."""
    page = await ask(LIST_TEAMS, ListTeams(everybody=everybody, limit=limit, cursor=cursor))
    return Page(items=[Card.model_validate(card) for card in page.items], next=page.next)


@router.get("/{team}")
async def get_team(team: str, ask: AskAs) -> Team:
    """One team; a hidden one is, to outsiders, an absent one."""
    return Team.model_validate(await ask(GET_TEAM, GetTeam(name=team)))


@router.patch("/{team}")
async def update_team(team: str, body: Profile, ask: AskAs) -> Team:
    """Change the profile. Team admins only."""
    changed = await ask(UPDATE_TEAM, UpdateTeam(name=team, description=body.description))
    return Team.model_validate(changed)


@router.patch("/{team}/privacy")
async def set_privacy(team: str, body: Switches, ask: AskAs) -> PrivacyView:
    """Change some of the switches; all of them come back. Team admins only."""
    return (await ask(SET_TEAM_PRIVACY, SetTeamPrivacy(name=team, **body.model_dump()))).privacy


@router.post("/{team}:leave", status_code=204)
async def leave_team(team: str, ask: AskAs) -> Response:
    """Go; one's runs stay. The last admin cannot."""
    await ask.changing(LEAVE_TEAM, LeaveTeam(team=team))
    return Response(status_code=204)


@router.get("/{team}/deletion")
async def preview_deletion(team: str, ask: AskAs) -> TeamDeletion:
    """What would go with the team. Team admins only."""
    return await ask(PREVIEW_TEAM_DELETION, PreviewTeamDeletion(name=team))


@router.delete("/{team}")
async def delete_team(team: str, body: Confirmation, ask: AskAs) -> TeamDeletion:
    """Delete a team, and tell what went. Team admins only."""
    return await ask.changing(DELETE_TEAM, DeleteTeam(name=team, confirm=body.name))

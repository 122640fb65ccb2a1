"""`/api/v1/organizations`: roofs over teams. A fresh instance has one, and nobody needs to know."""

from __future__ import annotations

from fastapi import APIRouter, Response

from gateway.dependencies import AskAs
from gateway.http.forms import Form, Moment, Page, Shown
from gateway.http.teams import Team
from shared.contracts.identity import (
    CREATE_ORGANIZATION,
    CREATE_TEAM,
    DELETE_ORGANIZATION,
    GET_ORGANIZATION,
    LIST_ORGANIZATIONS,
    REMOVE_ORGANIZATION_MEMBER,
    SET_ORGANIZATION_MEMBER,
    CreateOrganization,
    CreateTeam,
    DeleteOrganization,
    GetOrganization,
    ListOrganizations,
    OrganizationMember,
    RemoveOrganizationMember,
    SetOrganizationMember,
    TeamRoleName,
)

router = APIRouter(prefix="/organizations", tags=["organizations"])


class NewOrganization(Form):
    """`owner` becomes its administrator."""

    name: str
    owner: str


class NewMember(Form):
    """Somebody, and what they are from now on."""

    username: str
    role: TeamRoleName = "member"


class NewOrganizationTeam(Form):
    """Without `admin_username` the caller is the team's admin."""

    name: str
    admin_username: str | None = None
    description: str = ""


class Organization(Shown):
    """`everybody` means that all people here belong to it."""

    name: str
    everybody: bool
    created_at: Moment
    members: list[OrganizationMember]
    teams: list[str]


@router.post("", status_code=201)
async def create_organization(body: NewOrganization, ask: AskAs) -> Organization:
    """Found an organization. Instance administrators only."""
    wanted = CreateOrganization(**body.model_dump())
    return Organization.model_validate(await ask.changing(CREATE_ORGANIZATION, wanted))


@router.get("")
async def list_organizations(ask: AskAs) -> Page[Organization]:
    """Those that one belongs to; all of them for administrators of the instance."""
    found = await ask(LIST_ORGANIZATIONS, ListOrganizations())
    return Page(items=[Organization.model_validate(item) for item in found.items])


@router.get("/{organization}")
async def get_organization(organization: str, ask: AskAs) -> Organization:
    """For those who belong to it."""
    found = await ask(GET_ORGANIZATION, GetOrganization(name=organization))
    return Organization.model_validate(found)


@router.post("/{organization}/members", status_code=201)
async def set_member(organization: str, body: NewMember, ask: AskAs) -> Organization:
    """Add somebody, or change what they are. The organization's administrators only."""
    wanted = SetOrganizationMember(organization=organization, **body.model_dump())
    return Organization.model_validate(await ask.changing(SET_ORGANIZATION_MEMBER, wanted))


@router.delete("/{organization}/members/{username}", status_code=204)
async def remove_member(organization: str, username: str, ask: AskAs) -> Response:
    """Their teams are untouched. The organization's administrators only."""
    unwanted = RemoveOrganizationMember(organization=organization, username=username)
    await ask.changing(REMOVE_ORGANIZATION_MEMBER, unwanted)
    return Response(status_code=204)


@router.post("/{organization}/teams", status_code=201)
async def create_team(organization: str, body: NewOrganizationTeam, ask: AskAs) -> Team:
    """Found a team under the organization. Its administrators only."""
    wanted = CreateTeam(organization=organization, **body.model_dump())
    return Team.model_validate(await ask.changing(CREATE_TEAM, wanted))


@router.delete("/{organization}", status_code=204)
async def delete_organization(organization: str, ask: AskAs) -> Response:
    """Its teams go on under the instance's own organization. Instance administrators only."""
    await ask.changing(DELETE_ORGANIZATION, DeleteOrganization(name=organization))
    return Response(status_code=204)

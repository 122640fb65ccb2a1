"""Organizations: a roof over teams."""

from __future__ import annotations

from datetime import datetime

from shared.contracts._identity_teams import TeamRoleName
from shared.contracts._kinds import Call, Event, Message, Nothing


class OrganizationMember(Message):
    """An administrator, member or viewer of an organization."""

    username: str
    role: str


class OrganizationView(Message):
    """A roof over teams; `everybody` means that all people here belong to it."""

    id: str
    name: str
    everybody: bool
    created_at: datetime
    members: list[OrganizationMember]
    teams: list[str]


class CreateOrganization(Message):
    """By an instance administrator; `owner` becomes its administrator."""

    name: str
    owner: str


class GetOrganization(Message):
    """For those who belong to it."""

    name: str


class ListOrganizations(Message):
    """Those that the caller belongs to; all of them for an instance administrator."""


class Organizations(Message):
    """In the order of their names."""

    items: list[OrganizationView]


class SetOrganizationMember(Message):
    """Add somebody, or change the role."""

    organization: str
    username: str
    role: TeamRoleName = "member"


class RemoveOrganizationMember(Message):
    """Their teams are untouched."""

    organization: str
    username: str


class DeleteOrganization(Message):
    """Its teams go on under the default organization."""

    name: str


class OrganizationDeleted(Message):
    """Its own entity, with the registries in it, is gone."""

    organization: str


CREATE_ORGANIZATION = Call("identity.organization.create", CreateOrganization, OrganizationView)
GET_ORGANIZATION = Call("identity.organization.get", GetOrganization, OrganizationView)
LIST_ORGANIZATIONS = Call("identity.organization.list", ListOrganizations, Organizations)
SET_ORGANIZATION_MEMBER = Call(
    "identity.organization.set_member", SetOrganizationMember, OrganizationView
)
REMOVE_ORGANIZATION_MEMBER = Call(
    "identity.organization.remove_member", RemoveOrganizationMember, OrganizationView
)
DELETE_ORGANIZATION = Call("identity.organization.delete", DeleteOrganization, Nothing)

ORGANIZATION_DELETED = Event("events.identity.organization.deleted", OrganizationDeleted)

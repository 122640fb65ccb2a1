"""Teams and organizations: members, roles, privacy, invitations."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from shared.contracts._identity_people import PrincipalKind
from shared.contracts._kinds import Call, Event, Message, Nothing

TeamRoleName = Literal["admin", "member", "viewer"]


class PrivacyView(Message):
    """What a team shows, and what its members may do without asking an admin."""

    hidden: bool
    future_projects_private: bool
    members_may_invite: bool
    public_links_allowed: bool
    recommend_domain: bool


class MemberView(Message):
    """Somebody in a team; `email` is told to fellow members only."""

    id: str
    username: str
    name: str
    email: str | None = None
    role: str
    kind: PrincipalKind
    joined_at: datetime


class TeamView(Message):
    """A team as the caller may see it; outsiders see no members. `role` is the caller's own."""

    id: str
    name: str
    organization: str
    description: str
    created_at: datetime
    created_by: str | None
    privacy: PrivacyView
    members: list[MemberView]
    role: str | None = None


class TeamCard(Message):
    """A team in a list."""

    name: str
    organization: str
    description: str
    role: str | None
    members: int
    admins: list[str]
    created_at: datetime


class Teams(Message):
    """In the order of their names."""

    items: list[TeamCard]
    next: str | None = None


class CreateTeam(Message):
    """The caller becomes its admin; an instance administrator may name another."""

    name: str
    organization: str | None = None
    description: str = ""
    admin_username: str | None = None


class GetTeam(Message):
    """Hidden and absent are the same NotFound."""

    name: str


class ListTeams(Message):
    """The caller's own; `everybody` asks for all, as an instance administrator."""

    everybody: bool = False
    limit: int = Field(default=100, ge=1, le=500)
    cursor: str | None = None


class ListRecommendedTeams(Message):
    """Teams that show themselves to colleagues: whose mailbox is in an admin's domain."""


class UpdateTeam(Message):
    """The profile; the name never changes."""

    name: str
    description: str


class SetTeamPrivacy(Message):
    """None leaves a switch as it is."""

    name: str
    hidden: bool | None = None
    future_projects_private: bool | None = None
    members_may_invite: bool | None = None
    public_links_allowed: bool | None = None
    recommend_domain: bool | None = None


class PreviewTeamDeletion(Message):
    """What would go with the team."""

    name: str


class TeamDeletion(Message):
    """What identity would remove or has removed; projects are known to runs."""

    members: int
    service_accounts: list[str]
    api_keys: int
    invitations: int


class DeleteTeam(Message):
    """`confirm` is the team's name once more."""

    name: str
    confirm: str


class ChangeMember(Message):
    """Another role."""

    team: str
    username: str
    role: TeamRoleName


class RemoveMember(Message):
    """By name or id. One's own name leaves the team."""

    team: str
    username: str | None = None
    id: str | None = None


class LeaveTeam(Message):
    """The caller goes."""

    team: str


class Invite(Message):
    """To a mailbox or to a user; exactly one of the two."""

    team: str
    email: str | None = None
    username: str | None = None
    role: TeamRoleName = "member"


class InvitationView(Message):
    """`token` is set only at creation and re-sending, and only where no mail can be sent."""

    id: str
    team: str
    email: str | None = None
    username: str | None = None
    role: str
    invited_by: str
    created_at: datetime
    expires_at: datetime
    token: str | None = None


class ListInvitations(Message):
    """What waits for an answer in a team."""

    team: str


class ListMyInvitations(Message):
    """What waits for the caller."""


class Invitations(Message):
    """The latest first."""

    items: list[InvitationView]


class GetInvitation(Message):
    """By the token from the mail, also before signing in."""

    token: str


class ResendInvitation(Message):
    """With a new token and seven new days; the old token no longer works."""

    team: str
    id: str


class RevokeInvitation(Message):
    """It no longer works."""

    team: str
    id: str


class AcceptInvitation(Message):
    """`reference` is the token, or the id for whom the invitation names."""

    reference: str


class DeclineInvitation(Message):
    """By whom the invitation names."""

    id: str


class Joined(Message):
    """The team, which is now the default entity, and the role in it."""

    team: str
    role: str


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


class GetEntity(Message):
    """Asked by services and never offered at an edge: it tells nobody's secrets, but existence."""

    name: str


class EntityView(Message):
    """What a name stands for; `privacy` is a team's."""

    name: str
    kind: Literal["user", "team", "organization"]
    organization: str | None = None
    privacy: PrivacyView | None = None


class TeamChanged(Message):
    """Created, or its profile or privacy changed; members have their own news."""

    team: str
    privacy: PrivacyView


class TeamDeleted(Message):
    """The name is never given again."""

    team: str


class OrganizationDeleted(Message):
    """Its own entity, with the registries in it, is gone."""

    organization: str


CREATE_TEAM = Call("identity.team.create", CreateTeam, TeamView)
GET_TEAM = Call("identity.team.get", GetTeam, TeamView)
LIST_TEAMS = Call("identity.team.list", ListTeams, Teams)
LIST_RECOMMENDED_TEAMS = Call("identity.team.recommended", ListRecommendedTeams, Teams)
UPDATE_TEAM = Call("identity.team.update", UpdateTeam, TeamView)
SET_TEAM_PRIVACY = Call("identity.team.set_privacy", SetTeamPrivacy, TeamView)
PREVIEW_TEAM_DELETION = Call("identity.team.preview_deletion", PreviewTeamDeletion, TeamDeletion)
DELETE_TEAM = Call("identity.team.delete", DeleteTeam, TeamDeletion)
CHANGE_MEMBER = Call("identity.member.change", ChangeMember, MemberView)
REMOVE_MEMBER = Call("identity.member.remove", RemoveMember, Nothing)
LEAVE_TEAM = Call("identity.member.leave", LeaveTeam, Nothing)
INVITE = Call("identity.invitation.create", Invite, InvitationView)
GET_INVITATION = Call("identity.invitation.get", GetInvitation, InvitationView)
LIST_INVITATIONS = Call("identity.invitation.list", ListInvitations, Invitations)
LIST_MY_INVITATIONS = Call("identity.invitation.list_mine", ListMyInvitations, Invitations)
RESEND_INVITATION = Call("identity.invitation.resend", ResendInvitation, InvitationView)
REVOKE_INVITATION = Call("identity.invitation.revoke", RevokeInvitation, Nothing)
ACCEPT_INVITATION = Call("identity.invitation.accept", AcceptInvitation, Joined)
DECLINE_INVITATION = Call("identity.invitation.decline", DeclineInvitation, Nothing)
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
GET_ENTITY = Call("identity.entity.get", GetEntity, EntityView)

TEAM_CHANGED = Event("events.identity.team.changed", TeamChanged)
TEAM_DELETED = Event("events.identity.team.deleted", TeamDeleted)
ORGANIZATION_DELETED = Event("events.identity.organization.deleted", OrganizationDeleted)

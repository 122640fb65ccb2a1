"""Teams: members, roles, privacy; and what the name of an entity stands for."""

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
GET_ENTITY = Call("identity.entity.get", GetEntity, EntityView)

TEAM_CHANGED = Event("events.identity.team.changed", TeamChanged)
TEAM_DELETED = Event("events.identity.team.deleted", TeamDeleted)

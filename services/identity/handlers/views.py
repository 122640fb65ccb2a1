"""How identity's things look from outside."""

from __future__ import annotations

from collections.abc import Mapping

from services.identity.domain.api_key import ApiKey
from services.identity.domain.invitation import Invitation
from services.identity.domain.organization import Organization
from services.identity.domain.session import Session
from services.identity.domain.team import Member, Team
from services.identity.domain.user import User
from shared.contracts.identity import (
    ApiKeyView,
    InvitationView,
    MemberView,
    OrganizationMember,
    OrganizationView,
    PrivacyView,
    SessionView,
    TeamCard,
    TeamRole,
    TeamView,
    UserView,
)
from shared.permissions import Role


def of_user(user: User, roles: Mapping[str, str], *, whole: bool = False) -> UserView:
    """An account with its teams in the order of their names; settings only in the `whole`."""
    teams = [TeamRole(name=team, role=role) for team, role in sorted(roles.items())]
    return UserView(
        id=user.id,
        username=user.username,
        name=user.name,
        email=user.email,
        kind=user.kind.value,
        admin=user.admin,
        default_entity=user.default_entity if whole else None,
        teams=teams,
        created_at=user.created_at,
        deleted_at=user.deleted_at,
        deactivated_at=user.deactivated_at,
        email_verified=user.email_verified if whole else False,
        has_password=user.password_hash is not None if whole else False,
        language=user.language.value,
        notifications=user.notifications if whole else {},
    )


def of_key(key: ApiKey, secret: str | None = None) -> ApiKeyView:
    """A key; with its secret only in the answer that creates it."""
    return ApiKeyView(
        id=key.id,
        name=key.name,
        hint=key.hint,
        key=secret,
        scope=key.scope.value,
        created_at=key.created_at,
        expires_at=key.expires_at,
        last_used_at=key.last_used_at,
    )


def of_session(session: Session, current_id: str | None) -> SessionView:
    """A session, and whether it is the one that asks."""
    return SessionView(
        id=session.id,
        created_at=session.created_at,
        seen_at=session.seen_at,
        expires_at=session.expires_at,
        address=session.address,
        agent=session.agent,
        current=session.id == current_id,
    )


def of_member(member: Member, user: User | None, *, mailboxes: bool) -> MemberView:
    """A member with what the account says; `mailboxes` for fellow people only."""
    return MemberView(
        id=member.id,
        username=member.username,
        name=user.name if user else member.username,
        email=user.email if user and mailboxes else None,
        role=member.role.value,
        kind=member.kind.value,
        joined_at=member.joined_at,
    )


def of_team(team: Team, members: list[MemberView], role: Role | None) -> TeamView:
    """A team; `members` is empty for outsiders."""
    return TeamView(
        id=team.id,
        name=team.name,
        organization=team.organization,
        description=team.description,
        created_at=team.created_at,
        created_by=team.created_by if role is not None else None,
        privacy=PrivacyView.model_validate(team.privacy),
        members=members,
        role=role.value if role else None,
    )


def of_team_card(team: Team, principal_id: str | None) -> TeamCard:
    """A team in a list."""
    role = team.role_of(principal_id)
    return TeamCard(
        name=team.name,
        organization=team.organization,
        description=team.description,
        role=role.value if role else None,
        members=len(team.people),
        admins=[admin.username for admin in team.admins],
        created_at=team.created_at,
    )


def of_invitation(invitation: Invitation, token: str | None = None) -> InvitationView:
    """An invitation; with its token only where no mail carries it."""
    return InvitationView(
        id=invitation.id,
        team=invitation.team,
        email=invitation.email,
        username=invitation.username,
        role=invitation.role.value,
        invited_by=invitation.invited_by,
        created_at=invitation.created_at,
        expires_at=invitation.expires_at,
        token=token,
    )


def of_organization(organization: Organization, teams: list[str]) -> OrganizationView:
    """An organization with those whom it names."""
    return OrganizationView(
        id=organization.id,
        name=organization.name,
        everybody=organization.everybody,
        created_at=organization.created_at,
        members=[
            OrganizationMember(username=member.username, role=member.role.value)
            for member in organization.members
        ],
        teams=teams,
    )

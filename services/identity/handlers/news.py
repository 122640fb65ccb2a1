"""What identity announces."""

from __future__ import annotations

from services.identity.domain.api_key import ApiKey
from services.identity.domain.session import Session
from services.identity.domain.team import Team
from services.identity.domain.user import User
from shared.contracts.identity import (
    KEY_REVOKED,
    ORGANIZATION_DELETED,
    PRINCIPAL_CHANGED,
    SESSION_REVOKED,
    TEAM_CHANGED,
    TEAM_DELETED,
    USER_DELETED,
    KeyRevoked,
    OrganizationDeleted,
    PrincipalChanged,
    PrivacyView,
    SessionRevoked,
    TeamChanged,
    TeamDeleted,
    UserDeleted,
)
from shared.kit.outbox import Announcement
from shared.messaging.bus import announcement


def key_revoked(key: ApiKey) -> Announcement:
    """The gateways forget the key at once instead of within a second."""
    return announcement(
        KEY_REVOKED, KeyRevoked(key_id=key.id, digest=key.digest, principal_id=key.principal_id)
    )


def session_revoked(session: Session) -> Announcement:
    """The gateways forget the session."""
    return announcement(
        SESSION_REVOKED,
        SessionRevoked(session_id=session.id, digest=session.digest, principal_id=session.user_id),
    )


def principal_changed(principal_id: str) -> Announcement:
    """Whoever remembers this caller's rights asks again."""
    return announcement(PRINCIPAL_CHANGED, PrincipalChanged(principal_id=principal_id))


def user_deleted(user: User) -> Announcement:
    """Their own space has no owner any more."""
    return announcement(USER_DELETED, UserDeleted(principal_id=user.id, username=user.username))


def team_changed(team: Team) -> Announcement:
    """Whoever remembers its privacy asks again."""
    return announcement(
        TEAM_CHANGED,
        TeamChanged(team=team.name, privacy=PrivacyView.model_validate(team.privacy)),
    )


def team_deleted(name: str) -> Announcement:
    """What others keep for the team goes too."""
    return announcement(TEAM_DELETED, TeamDeleted(team=name))


def organization_deleted(name: str) -> Announcement:
    """Its registries go too."""
    return announcement(ORGANIZATION_DELETED, OrganizationDeleted(organization=name))

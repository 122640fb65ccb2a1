"""What somebody is where: the roles that travel with every question they ask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.identity.domain.organization import Organization
from services.identity.domain.user import Kind, User
from shared.permissions import Role


@dataclass(frozen=True, slots=True)
class Membership:
    """One team that somebody is in."""

    team: str
    organization: str
    role: Role


def roles(user: User, memberships: Iterable[Membership]) -> dict[str, str]:
    """By entity: one's own space, and teams."""
    own = {user.username: Role.OWNER.value} if user.kind is Kind.USER else {}
    return own | {found.team: found.role.value for found in memberships}


def organization_roles(
    user: User, memberships: Iterable[Membership], organizations: Iterable[Organization]
) -> dict[str, str]:
    """By organization: through a team at least a member; nothing for a service account."""
    if user.kind is Kind.SERVICE:
        return {}
    found = {membership.organization: Role.MEMBER.value for membership in memberships}
    for organization in organizations:
        role = organization.role_of(user.id)
        if role is not None:
            found[organization.name] = role.value
    return found

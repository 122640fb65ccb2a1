"""An organization: a roof over teams. A fresh instance has one, and nobody needs to know."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from services.identity.domain.authority import Asker, known, person
from services.identity.domain.user import Kind, User
from shared.errors import Conflict, Forbidden, NotFound
from shared.permissions import Role

DEFAULT = "default"


@dataclass(slots=True)
class OrganizationMember:
    """Somebody in an organization."""

    id: str
    username: str
    role: Role


@dataclass(slots=True)
class Organization:
    """`everybody` marks the one that all people of the instance belong to."""

    id: str
    name: str
    created_at: datetime
    everybody: bool = False
    members: list[OrganizationMember] = field(default_factory=list)
    deleted_at: datetime | None = None

    def role_of(self, principal_id: str | None) -> Role | None:
        """What somebody is here, by name or because everybody is a member."""
        named = next((m.role for m in self.members if m.id == principal_id), None)
        return named or (Role.MEMBER if self.everybody and principal_id else None)

    def show_to(self, who: Asker) -> None:
        """NotFound, as for an absent one, to outsiders."""
        known(who)
        if not who.admin and (who.kind != "user" or self.role_of(who.principal_id) is None):
            raise absent()

    def must_be_admin(self, who: Asker) -> str:
        """Its own administrators, and those of the instance."""
        self.show_to(who)
        if not who.admin and self.role_of(who.principal_id) is not Role.ADMIN:
            raise Forbidden(f"Only an administrator of {self.name} may do this.")
        return person(who)

    def set_member(self, user: User, role: Role) -> None:
        """Add somebody, or change what they are."""
        if user.kind is Kind.SERVICE:
            raise Conflict("A service account belongs to its team and to nothing else.")
        if role is not Role.ADMIN:
            self._keep_an_admin(user.id)
        self.members = [member for member in self.members if member.id != user.id]
        self.members.append(OrganizationMember(user.id, user.username, role))

    def remove(self, user: User) -> None:
        """Their teams are untouched."""
        if all(member.id != user.id for member in self.members):
            raise NotFound(f"{user.username} is not a member of {self.name}.")
        self._keep_an_admin(user.id)
        self.forget(user.id)

    def forget(self, principal_id: str) -> None:
        """Remove a deleted account."""
        self.members = [member for member in self.members if member.id != principal_id]

    def delete(self, at: datetime) -> None:
        """All but the first, which everything falls back to."""
        if self.everybody:
            raise Conflict("The instance's own organization cannot be deleted.")
        self.deleted_at = at
        self.members = []

    def _keep_an_admin(self, leaving_id: str) -> None:
        admins = [member.id for member in self.members if member.role is Role.ADMIN]
        if admins == [leaving_id] and not self.everybody:
            raise Conflict(f"The last administrator of {self.name} cannot go or be demoted.")


def absent() -> NotFound:
    """What an organization of others and an absent one look like; it repeats no name."""
    return NotFound("There is no organization of that name.")

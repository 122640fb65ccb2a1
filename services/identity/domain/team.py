"""A team: its people and their roles, and what it shows to others."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum

from services.identity.domain.authority import Asker, known, person
from services.identity.domain.user import Kind, User
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.permissions import Role

_MAX_DESCRIPTION = 2000
_MAX_MEMBERS = 10_000
GIVEN = (Role.ADMIN, Role.MEMBER, Role.VIEWER)
"""The roles that people may have; `service` is what a service account is born with."""


class TeamCreation(StrEnum):
    """Who may create teams on this instance."""

    ANYONE = "anyone"
    ADMINISTRATORS = "administrators"


@dataclass(slots=True)
class Privacy:
    """What a team shows, and what its members may do without asking an admin."""

    hidden: bool = False
    future_projects_private: bool = False
    members_may_invite: bool = False
    public_links_allowed: bool = True
    recommend_domain: bool = False

    def set(self, switches: dict[str, bool | None]) -> None:
        """Change the switches that are given."""
        for switch in fields(self):
            wanted = switches.get(switch.name)
            if wanted is not None:
                setattr(self, switch.name, wanted)


@dataclass(slots=True)
class Member:
    """Somebody in a team; a service account is one with the role `service`."""

    id: str
    username: str
    role: Role
    kind: Kind
    joined_at: datetime


@dataclass(slots=True)
class Team:
    """A group with a name that never changes and that is its address."""

    id: str
    name: str
    created_at: datetime
    created_by: str
    organization: str
    description: str = ""
    privacy: Privacy = field(default_factory=Privacy)
    members: list[Member] = field(default_factory=list)
    deleted_at: datetime | None = None

    def role_of(self, principal_id: str | None) -> Role | None:
        """What somebody is here; None for an outsider."""
        return next((m.role for m in self.members if m.id == principal_id), None)

    def member(self, *, username: str | None = None, member_id: str | None = None) -> Member:
        """By name, whatever its letter case, or by id."""
        for found in self.members:
            if found.id == member_id:
                return found
            if username is not None and found.username.lower() == username.lower():
                return found
        raise NotFound(f"{username or 'That account'} is not a member of {self.name}.")

    @property
    def people(self) -> list[Member]:
        """Members who are not service accounts."""
        return [member for member in self.members if member.kind is Kind.USER]

    @property
    def admins(self) -> list[Member]:
        """Those who decide."""
        return [member for member in self.members if member.role is Role.ADMIN]

    def show_to(self, who: Asker) -> Role | None:
        """The caller's role; NotFound, as for an absent team, to outsiders of a hidden one."""
        role = self.role_of(who.principal_id)
        if role is None and who.admin and who.elevated:
            return Role.ADMIN
        if role is None and self.privacy.hidden:
            raise absent()
        if role is not None and who.scope == "write_runs":
            raise Forbidden("This key may only write runs.")
        return role

    def must_be_member(self, who: Asker) -> Role:
        """The caller's role; Forbidden to outsiders who may know of the team."""
        role = self.show_to(who)
        if role is None:
            known(who)
            raise Forbidden(f"Only members of {self.name} may do this.")
        return role

    def must_be_admin(self, who: Asker) -> str:
        """The caller's id; Forbidden to all others who may know of the team."""
        role = self.must_be_member(who)
        if role is not Role.ADMIN:
            raise Forbidden(f"Only an admin of {self.name} may do this.")
        return person(who)

    def must_be_inviter(self, who: Asker, role: Role) -> str:
        """Admins invite anybody; members too if the team lets them, but nobody above themselves."""
        own = self.must_be_member(who)
        if own is Role.ADMIN:
            return person(who)
        if own is not Role.MEMBER or not self.privacy.members_may_invite:
            raise Forbidden(f"Only an admin of {self.name} may invite.")
        if role is Role.ADMIN:
            raise Forbidden(f"Only an admin of {self.name} may invite another admin.")
        return person(who)

    def join(self, user: User, role: Role, at: datetime) -> Member:
        """A new member; Conflict for somebody who is one already."""
        if self.role_of(user.id) is not None:
            raise Conflict(f"{user.username} is a member of {self.name} already.")
        if len(self.members) >= _MAX_MEMBERS:
            raise Conflict(f"A team has at most {_MAX_MEMBERS} members.")
        joined = Member(user.id, user.username, role, user.kind, at)
        self.members.append(joined)
        return joined

    def change_role(self, username: str, role: Role) -> tuple[Member, Role]:
        """The member with the new role, and the role before."""
        found = self.member(username=username)
        if found.kind is Kind.SERVICE:
            raise Conflict("A service account's role never changes; narrow its keys instead.")
        before = found.role
        if before is Role.ADMIN and role is not Role.ADMIN:
            self._keep_an_admin(found, "be demoted")
        found.role = role
        return found, before

    def remove(self, found: Member, *, verb: str = "be removed") -> None:
        """Their runs stay. The last admin cannot go."""
        if found.role is Role.ADMIN:
            self._keep_an_admin(found, verb)
        self.members.remove(found)

    def forget(self, principal_id: str) -> None:
        """Remove a deleted account, even the last admin: nobody can act for it any more."""
        self.members = [member for member in self.members if member.id != principal_id]

    def describe(self, text: str) -> None:
        """The team's own words about itself."""
        if len(text) > _MAX_DESCRIPTION:
            raise Invalid(
                f"A description has at most {_MAX_DESCRIPTION} characters.", field="description"
            )
        self.description = text.strip()

    def delete(self, confirm: str, at: datetime) -> None:
        """Everybody leaves and the name is never given again."""
        if confirm != self.name:
            raise Invalid(
                f"To delete the team, confirm with its name: {self.name}.", field="confirm"
            )
        self.deleted_at = at
        self.members = []

    def _keep_an_admin(self, leaving: Member, verb: str) -> None:
        if [admin.id for admin in self.admins] == [leaving.id]:
            raise Conflict(
                f"{leaving.username} is the last admin of {self.name} and cannot {verb}:"
                " make somebody else an admin first."
            )


def absent() -> NotFound:
    """What a hidden team and an absent one look like; it repeats no name, not even its spelling."""
    return NotFound("There is no team of that name.")


def role_named(name: str) -> Role:
    """A role that people may have."""
    for role in GIVEN:
        if role.value == name:
            return role
    raise Invalid(f"A role is one of {', '.join(GIVEN)}.", field="role")


def may_create(who: Asker, policy: TeamCreation) -> str:
    """The id of somebody who may create teams."""
    found = person(who)
    if policy is TeamCreation.ADMINISTRATORS and not who.admin:
        raise Forbidden("On this instance only administrators create teams.")
    return found

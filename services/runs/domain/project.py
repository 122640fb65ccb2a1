"""A project: a name inside an entity, who it is for, and the runs counted in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from shared.errors import Invalid
from shared.permissions import Visibility

DEFAULT_NAME = "uncategorized"
_FORBIDDEN = re.compile(r"[/\\#?%:\x00-\x1f\x7f]")
_ROLES = ("member", "viewer")
_REGISTRY_ROLES = ("admin", *_ROLES)
_PERSONAL = {Visibility.PRIVATE, Visibility.PUBLIC, Visibility.OPEN}


@dataclass(slots=True)
class Project:
    """`members` names who may enter a restricted project: user name → role.

    A registry names people and whole teams, whether it is restricted or not.
    """

    id: str
    number: int
    entity: str
    name: str
    visibility: Visibility
    created_at: datetime
    updated_at: datetime
    description: str | None = None
    created_by: str | None = None
    members: Mapping[str, str] = field(default_factory=dict)
    teams: Mapping[str, str] = field(default_factory=dict)

    def describe(
        self,
        *,
        visibility: str | None,
        description: str | None,
        personal: bool,
        at: datetime,
    ) -> None:
        """Change what is given. A personal project cannot be a team's or restricted."""
        if visibility is not None:
            self.visibility = checked_visibility(visibility, personal=personal)
        if description is not None:
            self.description = description
        self.updated_at = at

    def admit(self, username: str, role: str, at: datetime) -> None:
        """Name somebody, as `member` or `viewer`."""
        self.members = {**self.members, username: _checked_role(role, _ROLES)}
        self.updated_at = at

    def entrust(self, role: str, at: datetime, *, username: str = "", team: str = "") -> None:
        """A registry names somebody, or a team, as `admin`, `member` or `viewer`."""
        checked = _checked_role(role, _REGISTRY_ROLES)
        if username:
            self.members = {**self.members, username: checked}
        if team:
            self.teams = {**self.teams, team: checked}
        self.updated_at = at

    def dismiss(self, username: str, at: datetime) -> None:
        """No longer name them; fine if they were not."""
        self.members = {who: role for who, role in self.members.items() if who != username}
        self.updated_at = at

    def dismiss_team(self, team: str, at: datetime) -> None:
        """The same for a team."""
        self.teams = {who: role for who, role in self.teams.items() if who != team}
        self.updated_at = at


def _checked_role(role: str, allowed: Sequence[str]) -> str:
    if role not in allowed:
        raise Invalid(f"role: must be one of {', '.join(allowed)}.", field="role")
    return role


def checked_name(name: str) -> str:
    """The name, or Invalid saying what would be right (wire-protocol §2.3)."""
    if not name or len(name) > 128 or _FORBIDDEN.search(name) or name != name.strip():
        raise Invalid(
            "project: a name has 1 to 128 characters, none of / \\ # ? % : or control "
            "characters, and no blank at either end.",
            field="project",
        )
    return name


def checked_visibility(visibility: str, *, personal: bool) -> Visibility:
    """One of the five, or of the three that a personal project can have."""
    allowed = _PERSONAL if personal else set(Visibility) - {Visibility.PRIVATE}
    if not personal and visibility == Visibility.PRIVATE:
        return Visibility.TEAM
    try:
        wanted = Visibility(visibility)
    except ValueError:
        wanted = None
    if wanted not in allowed:
        names = ", ".join(sorted(allowed))
        raise Invalid(f"visibility: must be one of {names}.", field="visibility")
    return wanted

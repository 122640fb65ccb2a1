"""People and teams with dull defaults: name only what matters to the test."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from services.identity.domain.team import Team
from services.identity.domain.user import User, new_person
from shared.permissions import Role

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Who:
    """Somebody who asks."""

    principal_id: str | None = "alice-id"
    username: str = "alice"
    kind: str = "user"
    admin: bool = False
    elevated: bool = False
    scope: str = "full"


NOBODY = Who(principal_id=None, username="", kind="anonymous")


def a_user(username: str = "alice", email: str | None = None) -> User:
    """Somebody whose id is `<name>-id`."""
    address = email or f"{username}@example.com"
    return new_person(f"{username}-id", username, address, NOON)


def who(username: str, **more: object) -> Who:
    """The same somebody, asking."""
    return Who(principal_id=f"{username}-id", username=username, **more)  # type: ignore[arg-type]


def a_team(**roles: str) -> Team:
    """A team with people in their roles; without any, alice is its admin."""
    team = Team("team-id", "acme", NOON, "alice", "default")
    for username, role in (roles or {"alice": "admin"}).items():
        team.join(a_user(username), Role(role), NOON)
    return team

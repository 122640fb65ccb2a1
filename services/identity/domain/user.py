"""Somebody with an account: a person, or a team's service account."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.identity.domain import email as emails
from services.identity.domain import names
from shared.errors import Conflict, Invalid
from shared.permissions import Role

_MAX_DISPLAY_NAME = 200
_CONTROLS = {
    *range(0x20),
    *range(0x7F, 0xA0),
    0x061C,
    0x200E,
    0x200F,
    *range(0x2028, 0x202F),
    *range(0x2066, 0x206A),
    0xFEFF,
}
"""Line breaks, NUL, and the marks that turn the direction of text around."""


class Kind(StrEnum):
    """Who can have an account."""

    USER = "user"
    SERVICE = "service"


class Language(StrEnum):
    """What we speak."""

    ENGLISH = "en"
    FRENCH = "fr"


@dataclass(slots=True)
class User:
    """An account. `team` is set for a service account: the one team that it works for."""

    id: str
    username: str
    name: str
    created_at: datetime
    email: str | None = None
    kind: Kind = Kind.USER
    admin: bool = False
    team: str | None = None
    default_entity: str | None = None
    language: Language = Language.ENGLISH
    notifications: dict[str, bool] = field(default_factory=dict)
    password_hash: str | None = None
    email_verified: bool = False
    deactivated_at: datetime | None = None
    deleted_at: datetime | None = None

    @property
    def active(self) -> bool:
        """Whether any key or session of theirs still counts."""
        return self.deactivated_at is None and self.deleted_at is None

    def own_roles(self) -> dict[str, str]:
        """The space that carries their own name; a service account has none."""
        return {self.username: Role.OWNER.value} if self.kind is Kind.USER else {}

    def delete(self, at: datetime) -> None:
        """Forget everything but the name that their runs are attributed to."""
        if self.deleted_at is not None:
            raise Conflict(f"{self.username} was deleted already.")
        self.deleted_at = at
        self.email = None
        self.email_verified = False
        self.password_hash = None
        self.admin = False
        self.notifications = {}


def new_person(
    user_id: str,
    username: str,
    email: str,
    at: datetime,
    *,
    name: str = "",
    admin: bool = False,
    by_operator: bool = False,
) -> User:
    """A person, whose own space has their name and is their default entity."""
    username = names.check(username, field="username", by_operator=by_operator)
    return User(
        id=user_id,
        username=username,
        name=display_name(name) or username,
        email=emails.check(email),
        admin=admin,
        default_entity=username,
        created_at=at,
    )


def display_name(text: str) -> str:
    """Free text for a name, on one line and without signs that could mislead a reader."""
    plain = " ".join(text.translate(dict.fromkeys(_CONTROLS, " ")).split())
    if len(plain) > _MAX_DISPLAY_NAME:
        raise Invalid(f"A name has at most {_MAX_DISPLAY_NAME} characters.", field="name")
    return plain

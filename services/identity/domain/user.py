"""Somebody with an account: a person, or a team's service account."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.identity.domain import email as emails
from services.identity.domain import names
from shared.errors import Conflict, Invalid

_MAX_DISPLAY_NAME = 200
_MAX_SWITCHES = 100
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


@dataclass(frozen=True, slots=True)
class SsoIdentity:
    """How a single-sign-on provider calls somebody; mailboxes change, this does not."""

    issuer: str
    subject: str


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
    sso: list[SsoIdentity] = field(default_factory=list)
    deactivated_at: datetime | None = None
    deleted_at: datetime | None = None

    @property
    def active(self) -> bool:
        """Whether any key or session of theirs still counts."""
        return self.deactivated_at is None and self.deleted_at is None

    def deactivate(self, at: datetime) -> None:
        """Nothing of theirs counts until they are let in again."""
        if self.deactivated_at is None:
            self.deactivated_at = at

    def reactivate(self) -> None:
        """Keys that were not revoked count again."""
        self.deactivated_at = None

    def prove_mailbox(self, email: str) -> None:
        """They read what was sent there."""
        self.email = emails.check(email)
        self.email_verified = True

    def link_sso(self, identity: SsoIdentity) -> None:
        """Sign in through a provider from now on; only to a mailbox that was proven here too.

        Otherwise whoever made an account in somebody else's name would share it with them.
        """
        if not self.email_verified:
            raise Conflict(
                "An account with this mailbox exists but never confirmed it: sign in with its"
                " password and confirm the mailbox first."
            )
        if identity not in self.sso:
            self.sso.append(identity)

    def settle_in(self, entity: str, own: Collection[str]) -> None:
        """Where runs go that name no entity: one's own space or a team that one is in."""
        if entity not in own:
            raise Invalid(f"{entity!r} is not a space of yours.", field="default_entity")
        self.default_entity = entity

    def be_told(self, switches: dict[str, bool]) -> None:
        """Which kinds of news they want; the others stay as they are."""
        wanted = self.notifications | switches
        if len(wanted) > _MAX_SWITCHES or any(len(kind) > _MAX_SWITCHES for kind in wanted):
            raise Invalid("These are too many kinds of news.", field="notifications")
        self.notifications = wanted

    def leave(self, team: str) -> None:
        """Runs that name no entity go to their own space again."""
        if self.default_entity == team:
            self.default_entity = self.username

    def delete(self, at: datetime) -> None:
        """Forget everything but the name that their runs are attributed to."""
        if self.deleted_at is not None:
            raise Conflict(f"{self.username} was deleted already.")
        self.deleted_at = at
        self.email = None
        self.email_verified = False
        self.password_hash = None
        self.sso = []
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


def new_service_account(user_id: str, username: str, team: str, name: str, at: datetime) -> User:
    """An account that works for one team and has no mailbox and no password."""
    return User(
        id=user_id,
        username=names.check(username, field="name"),
        name=display_name(name) or username,
        kind=Kind.SERVICE,
        team=team,
        default_entity=team,
        created_at=at,
    )


def display_name(text: str) -> str:
    """Free text for a name, on one line and without signs that could mislead a reader."""
    plain = " ".join(text.translate(dict.fromkeys(_CONTROLS, " ")).split())
    if len(plain) > _MAX_DISPLAY_NAME:
        raise Invalid(f"A name has at most {_MAX_DISPLAY_NAME} characters.", field="name")
    return plain

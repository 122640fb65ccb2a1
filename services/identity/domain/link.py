"""A link that works once and for a while: to sign up, to set a password, to confirm a mailbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from shared.errors import NotFound


class Purpose(StrEnum):
    """What a link is for; one for another purpose does not count."""

    FIRST_ADMINISTRATOR = "first_administrator"
    RESET_PASSWORD = "reset_password"  # noqa: S105  # a purpose, not a password
    CONFIRM_EMAIL = "confirm_email"
    SIGN_UP = "sign_up"
    SSO = "sso"


LIFE = {
    Purpose.FIRST_ADMINISTRATOR: timedelta(days=365),
    Purpose.RESET_PASSWORD: timedelta(hours=1),
    Purpose.CONFIRM_EMAIL: timedelta(hours=24),
    Purpose.SIGN_UP: timedelta(hours=24),
    Purpose.SSO: timedelta(minutes=15),
}


@dataclass(slots=True)
class Link:
    """Known by its digest; `user_id` and `email` say whom and which mailbox it concerns.

    `return_to` is the page of ours that a sign-in began at.
    """

    digest: str
    purpose: Purpose
    expires_at: datetime
    user_id: str | None = None
    email: str | None = None
    return_to: str | None = None
    used_at: datetime | None = None


def used(link: Link | None, purpose: Purpose, at: datetime) -> Link:
    """The link, now used; every way in which it may not count looks the same."""
    counts = (
        link is not None
        and link.purpose is purpose
        and link.used_at is None
        and at < link.expires_at
    )
    if link is None or not counts:
        raise NotFound("This link has expired or was used already; ask for a new one.")
    link.used_at = at
    return link


def made(
    digest: str,
    purpose: Purpose,
    at: datetime,
    *,
    user_id: str | None = None,
    email: str | None = None,
    return_to: str | None = None,
) -> Link:
    """A link that lives as long as its purpose allows."""
    return Link(
        digest, purpose, at + LIFE[purpose], user_id=user_id, email=email, return_to=return_to
    )

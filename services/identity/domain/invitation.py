"""An invitation to a team: bound to one mailbox or user, once, for seven days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.identity.domain import email as emails
from services.identity.domain.user import Kind, User
from shared.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from shared.permissions import Role

LIFE = timedelta(days=7)


class Outcome(StrEnum):
    """How an invitation ended."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(slots=True)
class Invitation:
    """`invitee` is the user's id, or the mailbox in small letters; `mailed` that a mail went out.

    Only who reads the mailbox has the token of a mailed one, so accepting with it proves the
    mailbox.
    """

    id: str
    team: str
    role: Role
    invitee: str
    digest: str
    invited_by: str
    created_at: datetime
    expires_at: datetime
    email: str | None = None
    username: str | None = None
    mailed: bool = False
    outcome: Outcome | None = None
    ended_at: datetime | None = None

    def renew(self, digest: str, at: datetime) -> None:
        """A new token and seven new days; the old token no longer works."""
        self._must_be_open()
        self.digest = digest
        self.expires_at = at + LIFE

    def open_at(self, moment: datetime) -> bool:
        """Whether it still waits for an answer."""
        return self.outcome is None and moment < self.expires_at

    def end(self, outcome: Outcome, at: datetime) -> None:
        """Once."""
        self._must_be_open()
        self.outcome = outcome
        self.ended_at = at

    def accept(self, user: User, at: datetime, *, with_token: bool) -> None:
        """By whom it names: with the token from the mail, or from a mailbox proven before."""
        self._must_name(user, with_token=with_token)
        self._must_be_open()
        if at >= self.expires_at:
            raise Gone("This invitation has expired; ask for a new one.")
        self.end(Outcome.ACCEPTED, at)

    def decline(self, user: User, at: datetime) -> None:
        """By whom it names."""
        self._must_name(user, with_token=False)
        self.end(Outcome.DECLINED, at)

    def _must_be_open(self) -> None:
        if self.outcome in (Outcome.ACCEPTED, Outcome.DECLINED):
            raise Conflict(f"This invitation was {self.outcome} already.")
        if self.outcome is not None:
            raise Gone("This invitation was withdrawn; ask for a new one.")

    def _must_name(self, user: User, *, with_token: bool) -> None:
        if self.invitee == user.id:
            return
        same_mailbox = user.email is not None and emails.key_of(user.email) == self.invitee
        if same_mailbox and (with_token or user.email_verified):
            return
        if with_token:
            raise Forbidden(
                "This invitation is for another mailbox: sign in as whom it was sent to."
            )
        raise NotFound("There is no such invitation.")


def check_address(email: str | None, username: str | None) -> None:
    """An invitation goes to exactly one of the two."""
    if bool(email) == bool(username):
        raise Invalid("An invitation goes to an e-mail address or to a user name.", field="email")


def made(
    invitation_id: str,
    team: str,
    role: Role,
    digest: str,
    invited_by: str,
    at: datetime,
    user: User | None,
    email: str | None,
) -> Invitation:
    """To a mailbox where one is named, else to the user."""
    if email is None and (user is None or user.kind is not Kind.USER):
        raise Invalid("Only people can be invited.", field="username")
    address = emails.check(email) if email else None
    return Invitation(
        id=invitation_id,
        team=team,
        role=role,
        invitee=emails.key_of(address) if address else (user.id if user else ""),
        digest=digest,
        invited_by=invited_by,
        created_at=at,
        expires_at=at + LIFE,
        email=address,
        username=user.username if user and not address else None,
    )


def waiting_for(user: User) -> list[str]:
    """The `invitee`s under which invitations may wait for somebody."""
    proven = [emails.key_of(user.email)] if user.email and user.email_verified else []
    return [user.id, *proven]

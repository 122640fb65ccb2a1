"""What the operator has decided: who may sign up, who may create teams, whether mail goes out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

from services.identity.domain import email as emails
from services.identity.domain.team import TeamCreation
from shared.errors import Forbidden


class SignUpMode(StrEnum):
    """Who may make an account for themselves."""

    OPEN = "open"
    INVITED = "invited"
    DOMAIN = "domain"


@dataclass(frozen=True, slots=True)
class Policy:
    """`mail` is whether mail can be sent; without it tokens are handed over by people."""

    public_url: str
    mail: bool
    signup: SignUpMode = SignUpMode.INVITED
    signup_domains: frozenset[str] = frozenset()
    team_creation: TeamCreation = TeamCreation.ANYONE
    sso_name: str | None = None

    def must_admit(self, email: str) -> None:
        """Forbidden to a mailbox that may not sign up by itself."""
        if self.signup is SignUpMode.INVITED:
            raise Forbidden("On this instance one needs an invitation to sign up.")
        if self.signup is SignUpMode.DOMAIN and emails.domain_of(email) not in self.signup_domains:
            allowed = ", ".join(sorted(self.signup_domains))
            raise Forbidden(f"Only mailboxes of {allowed} may sign up here.")

    def page(self, path: str) -> str:
        """A page of ours, for a mail."""
        return f"{self.public_url.rstrip('/')}/{path}"

    def link(self, path: str, token: str) -> str:
        """A page of ours with a token."""
        return f"{self.page(path)}?token={quote(token)}"

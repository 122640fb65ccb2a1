"""Signing up, in and out: passwords, sessions, single sign-on, confirmed mailboxes."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from shared.contracts._identity_people import Caller, UserView
from shared.contracts._kinds import Call, Event, Message, Nothing

Language = Literal["en", "fr"]


class GetSignInOptions(Message):
    """What the sign-in page should offer; asked by anybody."""


class SignInOptions(Message):
    """`confirm` says that signing up begins with a mail; `sso` is the provider's display name."""

    signup: Literal["open", "invited", "domain"]
    domains: list[str]
    confirm: bool
    mail: bool
    sso: str | None
    first_start: bool


class StartSignUp(Message):
    """Send a link to sign up with; the answer is the same whether the address is known or not."""

    email: str
    language: Language = "en"


class SignUp(Message):
    """An account for oneself.

    `token` is from a link (first start, or mailed) or an invitation; the mailbox that it was sent
    to wins over `email`. Without one the instance must be open and unable to send mail.
    """

    token: str | None = None
    email: str | None = None
    username: str | None = None
    password: str
    name: str = ""
    language: Language = "en"


class SignIn(Message):
    """By user name or e-mail address; every failure looks and lasts the same."""

    login: str
    password: str


class SessionView(Message):
    """One browser that is signed in."""

    id: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str | None = None
    agent: str | None = None
    current: bool = False


class NewSession(Message):
    """`token` goes into the cookie and is told this once; `return_to` is where SSO began."""

    token: str
    session: SessionView
    user: UserView
    return_to: str | None = None
    joined: str | None = None
    """The team that was joined by signing up with its invitation."""


class ResolveSession(Message):
    """Digest of a cookie's token."""

    digest: str


class ListSessions(Message):
    """The caller's own."""


class Sessions(Message):
    """The latest first."""

    items: list[SessionView]


class RevokeSession(Message):
    """One of the caller's own; without an id, the one that the caller came with."""

    id: str | None = None


class RevokeOtherSessions(Message):
    """All of the caller's own but the one that the caller came with."""


class SessionRevoked(Message):
    """Forget what you remember of this session."""

    session_id: str
    digest: str
    principal_id: str


class StartPasswordReset(Message):
    """Mail a link, if there is such an account; the answer is always the same."""

    login: str


class ResetPassword(Message):
    """With the token from the mail; ends every session."""

    token: str
    password: str


class IssuePasswordReset(Message):
    """An instance administrator makes a link by hand, where no mail can be sent."""

    username: str


class IssuedLink(Message):
    """To be handed over; works once."""

    url: str
    expires_at: datetime


class ChangePassword(Message):
    """`current` is needed where there is one; ends every other session."""

    current: str | None = None
    password: str


class StartEmailChange(Message):
    """Takes effect when the link sent there is opened; at once where no mail can be sent."""

    email: str
    password: str | None = None


class ConfirmEmail(Message):
    """With the token from the mail."""

    token: str


class BeginSso(Message):
    """`redirect_uri` is where the provider sends the browser back to."""

    redirect_uri: str
    return_to: str | None = Field(default=None, max_length=2000)


class SsoBegun(Message):
    """Send the browser to `url`, and keep `state` in it to compare on the way back."""

    url: str
    state: str


class FinishSso(Message):
    """What the provider sent the browser back with."""

    state: str
    code: str
    redirect_uri: str


GET_SIGN_IN_OPTIONS = Call("identity.signin.options", GetSignInOptions, SignInOptions)
START_SIGN_UP = Call("identity.signup.start", StartSignUp, Nothing)
SIGN_UP = Call("identity.signup.finish", SignUp, NewSession)
SIGN_IN = Call("identity.session.begin", SignIn, NewSession)
RESOLVE_SESSION = Call("identity.session.resolve", ResolveSession, Caller)
LIST_SESSIONS = Call("identity.session.list", ListSessions, Sessions)
REVOKE_SESSION = Call("identity.session.revoke", RevokeSession, Nothing)
REVOKE_OTHER_SESSIONS = Call("identity.session.revoke_others", RevokeOtherSessions, Nothing)
START_PASSWORD_RESET = Call("identity.password.start_reset", StartPasswordReset, Nothing)
RESET_PASSWORD = Call("identity.password.reset", ResetPassword, Nothing)
ISSUE_PASSWORD_RESET = Call("identity.password.issue_reset", IssuePasswordReset, IssuedLink)
CHANGE_PASSWORD = Call("identity.password.change", ChangePassword, Nothing)
START_EMAIL_CHANGE = Call("identity.email.start_change", StartEmailChange, UserView)
CONFIRM_EMAIL = Call("identity.email.confirm", ConfirmEmail, UserView)
BEGIN_SSO = Call("identity.sso.begin", BeginSso, SsoBegun)
FINISH_SSO = Call("identity.sso.finish", FinishSso, NewSession)

SESSION_REVOKED = Event("events.identity.session.revoked", SessionRevoked)

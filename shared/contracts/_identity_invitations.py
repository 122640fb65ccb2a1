"""Invitations into teams: to a mailbox or a user, once, for a while."""

from __future__ import annotations

from datetime import datetime

from shared.contracts._identity_teams import TeamRoleName
from shared.contracts._kinds import Call, Message, Nothing


class Invite(Message):
    """To a mailbox or to a user; exactly one of the two."""

    team: str
    email: str | None = None
    username: str | None = None
    role: TeamRoleName = "member"


class InvitationView(Message):
    """`token` is set only at creation and re-sending, and only where no mail can be sent."""

    id: str
    team: str
    email: str | None = None
    username: str | None = None
    role: str
    invited_by: str
    created_at: datetime
    expires_at: datetime
    token: str | None = None


class ListInvitations(Message):
    """What waits for an answer in a team."""

    team: str


class ListMyInvitations(Message):
    """What waits for the caller."""


class Invitations(Message):
    """The latest first."""

    items: list[InvitationView]


class GetInvitation(Message):
    """By the token from the mail, also before signing in."""

    token: str


class ResendInvitation(Message):
    """With a new token and seven new days; the old token no longer works."""

    team: str
    id: str


class RevokeInvitation(Message):
    """It no longer works."""

    team: str
    id: str


class AcceptInvitation(Message):
    """`reference` is the token, or the id for whom the invitation names."""

    reference: str


class DeclineInvitation(Message):
    """By whom the invitation names."""

    id: str


class Joined(Message):
    """The team, which is now the default entity, and the role in it."""

    team: str
    role: str


INVITE = Call("identity.invitation.create", Invite, InvitationView)
GET_INVITATION = Call("identity.invitation.get", GetInvitation, InvitationView)
LIST_INVITATIONS = Call("identity.invitation.list", ListInvitations, Invitations)
LIST_MY_INVITATIONS = Call("identity.invitation.list_mine", ListMyInvitations, Invitations)
RESEND_INVITATION = Call("identity.invitation.resend", ResendInvitation, InvitationView)
REVOKE_INVITATION = Call("identity.invitation.revoke", RevokeInvitation, Nothing)
ACCEPT_INVITATION = Call("identity.invitation.accept", AcceptInvitation, Joined)
DECLINE_INVITATION = Call("identity.invitation.decline", DeclineInvitation, Nothing)

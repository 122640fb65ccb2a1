"""Invitations to teams: `/api/v1/teams/{team}/invitations`, and the invitee's side of them."""

from __future__ import annotations

from fastapi import APIRouter, Response

from gateway.dependencies import AskAs, AskAsAnybody
from gateway.http.forms import Form, Moment, Page, Shown
from shared.contracts.identity import (
    ACCEPT_INVITATION,
    DECLINE_INVITATION,
    GET_INVITATION,
    INVITE,
    LIST_INVITATIONS,
    LIST_MY_INVITATIONS,
    RESEND_INVITATION,
    REVOKE_INVITATION,
    AcceptInvitation,
    DeclineInvitation,
    GetInvitation,
    InvitationView,
    Invite,
    Joined,
    ListInvitations,
    ListMyInvitations,
    ResendInvitation,
    RevokeInvitation,
    TeamRoleName,
)

router = APIRouter(tags=["invitations"])


class NewInvitation(Form):
    """To a mailbox or to a user; exactly one of the two."""

    email: str | None = None
    username: str | None = None
    role: TeamRoleName = "member"


class Invitation(Shown):
    """One that waits for an answer, as the team sees it."""

    id: str
    email: str | None
    username: str | None
    role: str
    invited_by: str
    created_at: Moment
    expires_at: Moment


class HandedInvitation(Invitation):
    """With the token to hand over, where no mail can be sent."""

    token: str


class Waiting(Shown):
    """One that waits for the caller."""

    id: str
    team: str
    role: str
    invited_by: str
    expires_at: Moment


class Offer(Shown):
    """What whoever holds the token may know before signing in."""

    team: str
    role: str
    invited_by: str
    email: str | None
    expires_at: Moment


@router.post("/teams/{team}/invitations", status_code=201)
async def invite(team: str, body: NewInvitation, ask: AskAs) -> HandedInvitation | Invitation:
    """Invite somebody. Team admins, and members where the team lets them."""
    return _sent(await ask(INVITE, Invite(team=team, **body.model_dump())))


@router.get("/teams/{team}/invitations")
async def list_invitations(team: str, ask: AskAs) -> Page[Invitation]:
    """What waits for an answer; for those who may invite."""
    found = await ask(LIST_INVITATIONS, ListInvitations(team=team))
    return Page(items=[Invitation.model_validate(item) for item in found.items])


@router.post("/teams/{team}/invitations/{invitation}:resend")
async def resend_invitation(
    team: str, invitation: str, ask: AskAs
) -> HandedInvitation | Invitation:
    """Send it once more, with a new token and seven new days."""
    return _sent(await ask(RESEND_INVITATION, ResendInvitation(team=team, id=invitation)))


@router.delete("/teams/{team}/invitations/{invitation}", status_code=204)
async def revoke_invitation(team: str, invitation: str, ask: AskAs) -> Response:
    """It no longer works."""
    await ask(REVOKE_INVITATION, RevokeInvitation(team=team, id=invitation))
    return Response(status_code=204)


@router.get("/users/me/invitations")
async def list_my_invitations(ask: AskAs) -> Page[Waiting]:
    """What waits for the caller."""
    found = await ask(LIST_MY_INVITATIONS, ListMyInvitations())
    return Page(items=[Waiting.model_validate(item) for item in found.items])


@router.get("/invitations/{token}")
async def get_invitation(token: str, ask: AskAsAnybody) -> Offer:
    """For the page that a mail's link opens, signed in or not."""
    return Offer.model_validate(await ask(GET_INVITATION, GetInvitation(token=token)))


@router.post("/invitations/{reference}/accept")
async def accept_invitation(reference: str, ask: AskAs) -> Joined:
    """Join, and make the team one's default entity. By token, or by id as who is invited."""
    return await ask.changing(ACCEPT_INVITATION, AcceptInvitation(reference=reference))


@router.post("/invitations/{invitation}/decline", status_code=204)
async def decline_invitation(invitation: str, ask: AskAs) -> Response:
    """Say no."""
    await ask(DECLINE_INVITATION, DeclineInvitation(id=invitation))
    return Response(status_code=204)


def _sent(found: InvitationView) -> HandedInvitation | Invitation:
    if found.token is None:
        return Invitation.model_validate(found)
    return HandedInvitation.model_validate(found)

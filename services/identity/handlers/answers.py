"""The invitee's side of an invitation: seeing, accepting, declining it."""

from __future__ import annotations

from faststream.nats import NatsRouter

from services.identity.dependencies import TheMint, TheStore
from services.identity.domain import authority
from services.identity.domain.invitation import Invitation, waiting_for
from services.identity.domain.user import User
from services.identity.handlers import news, trail, views
from services.identity.ports import Mint, Records
from shared.contracts._kinds import Nothing
from shared.contracts.identity import (
    ACCEPT_INVITATION,
    DECLINE_INVITATION,
    GET_INVITATION,
    LIST_MY_INVITATIONS,
    AcceptInvitation,
    Caller,
    DeclineInvitation,
    GetInvitation,
    Invitations,
    InvitationView,
    Joined,
    ListMyInvitations,
)
from shared.errors import NotFound
from shared.kit import clock
from shared.messaging.answering import TheCaller, serve

router = NatsRouter()


@serve(router, GET_INVITATION)
async def get_invitation(ask: GetInvitation, store: TheStore, mint: TheMint) -> InvitationView:
    """For the page that the mail's link opens, signed in or not."""
    found = await store.records.invitations.by_digest(mint.digest(ask.token))
    if not found.open_at(clock.now()):
        raise NotFound("There is no such invitation.")
    return views.of_invitation(found)


@serve(router, LIST_MY_INVITATIONS)
async def list_my_invitations(
    ask: ListMyInvitations, caller: TheCaller, store: TheStore
) -> Invitations:
    """What waits for the caller: by user name, and by mailbox once that was proven."""
    user = await store.records.users.get(authority.person(caller))
    found = await store.records.invitations.open_for(waiting_for(user), clock.now())
    return Invitations(items=[views.of_invitation(invitation) for invitation in found])


@serve(router, ACCEPT_INVITATION)
async def accept_invitation(
    ask: AcceptInvitation, caller: TheCaller, store: TheStore, mint: TheMint
) -> Joined:
    """Join the team and make it the default; of many attempts at once exactly one wins."""
    user_id = authority.person(caller)

    async def work(records: Records) -> Joined:
        user = await records.users.get(user_id)
        found, with_token = await _referred(records, ask.reference, mint)
        joined = await join(records, caller, user, found, with_token=with_token)
        await records.users.save(user)
        return joined

    return await store.change(work, alone=f"answers of {user_id}")


@serve(router, DECLINE_INVITATION)
async def decline_invitation(ask: DeclineInvitation, caller: TheCaller, store: TheStore) -> Nothing:
    """Say no."""
    user_id = authority.person(caller)

    async def work(records: Records) -> None:
        found = await records.invitations.get(ask.id)
        found.decline(await records.users.get(user_id), clock.now())
        await records.invitations.save(found)
        await records.audit.append(
            trail.deed(caller, "invitation.decline", found.id, team=found.team)
        )

    await store.change(work)
    return Nothing()


async def join(
    records: Records, caller: Caller, user: User, found: Invitation, *, with_token: bool
) -> Joined:
    """Everything that accepting does but saving the user, who may be about to be made."""
    now = clock.now()
    found.accept(user, now, with_token=with_token)
    await records.invitations.save(found)
    team = await records.teams.named(found.team)
    team.join(user, found.role, now)
    await records.teams.save(team)
    if with_token and found.mailed and user.email and found.email:
        user.prove_mailbox(user.email)
    user.settle_in(team.name, {team.name})
    await records.tell([news.principal_changed(user.id)])
    facts = {"role": found.role.value, "invited_by": found.invited_by}
    await records.audit.append(
        trail.deed(caller, "member.join", user.username, team=team.name, after=facts)
    )
    return Joined(team=team.name, role=found.role.value)


async def _referred(records: Records, reference: str, mint: Mint) -> tuple[Invitation, bool]:
    """By the token from the mail, which is longer than any id, or by id."""
    if len(reference) > 30:
        return await records.invitations.by_digest(mint.digest(reference)), True
    return await records.invitations.get(reference), False

"""Signing up: with a link from a mail, with an invitation, as the first, or where it is open."""

from __future__ import annotations

from dataclasses import dataclass

from faststream.nats import NatsRouter

from services.identity.dependencies import (
    TheErrands,
    TheLimits,
    TheMint,
    ThePasswords,
    ThePolicy,
    TheStore,
)
from services.identity.domain import email as emails
from services.identity.domain import letter, limit, names, password
from services.identity.domain import link as links
from services.identity.domain.invitation import Invitation
from services.identity.domain.link import Purpose
from services.identity.domain.policy import Policy
from services.identity.domain.user import Language, User, new_person
from services.identity.handlers import answers, sessions, trail
from services.identity.ports import Mint, Records, Store
from shared.contracts._kinds import Nothing
from shared.contracts.identity import (
    SIGN_UP,
    START_SIGN_UP,
    Caller,
    NewSession,
    SignUp,
    StartSignUp,
)
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.kit import clock
from shared.kit.ids import new_id
from shared.messaging.answering import TheCaller, serve

router = NatsRouter()


@dataclass(frozen=True, slots=True)
class Ticket:
    """What lets somebody in: the mailbox it was sent to, and what comes with it."""

    email: str | None
    proven: bool = False
    first: bool = False
    invitation: Invitation | None = None


@serve(router, START_SIGN_UP)
async def start_sign_up(
    ask: StartSignUp,
    caller: TheCaller,
    store: TheStore,
    mint: TheMint,
    policy: ThePolicy,
    limits: TheLimits,
    errands: TheErrands,
) -> Nothing:
    """Mail a link. Whether the mailbox has an account shows neither in the answer nor in time."""
    email = emails.check(ask.email)
    policy.must_admit(email)
    if not policy.mail:
        raise Conflict("This instance sends no mail; sign up directly.")
    await limits.hit(limit.MAIL_FROM_NETWORK, limit.network_of(caller.address))
    await limits.hit(limit.MAIL_TO, emails.key_of(email))
    errands.begin(_mail_link(store, mint, policy, email, Language(ask.language)))
    return Nothing()


@serve(router, SIGN_UP)
async def sign_up(
    ask: SignUp,
    caller: TheCaller,
    store: TheStore,
    mint: TheMint,
    passwords: ThePasswords,
    policy: ThePolicy,
    limits: TheLimits,
) -> NewSession:
    """An account, a seat in the team that invited, and a session."""
    await limits.hit(limit.SIGN_UP, limit.network_of(caller.address))
    about = (ask.username or "", ask.email or "")
    password_hash = await passwords.hash(password.check(ask.password, about=about))
    user_id, now = new_id(), clock.now()

    async def work(records: Records) -> NewSession:
        ticket = await _redeemed(records, ask, policy, mint)
        email = ticket.email or ask.email
        if not email:
            raise Invalid("An account needs an e-mail address.", field="email")
        username = ask.username or await records.names.first_free(names.derived_from(email))
        user = new_person(
            user_id,
            username,
            email,
            now,
            name=ask.name,
            admin=ticket.first,
            by_operator=ticket.first,
        )
        user.password_hash = password_hash
        user.language = Language(ask.language)
        user.email_verified = ticket.proven
        await records.names.take(user.username, user.id)
        joined = await _seat(records, caller, user, ticket)
        await records.users.add(user)
        actor = caller.model_copy(update={"username": user.username})
        facts = {"email": user.email, "admin": user.admin}
        await records.audit.append(trail.deed(actor, "user.sign_up", user.username, after=facts))
        begun = await sessions.begin(records, caller, user, mint, "sign-up")
        return begun.model_copy(update={"joined": joined})

    return await store.change(work)


async def _mail_link(
    store: Store, mint: Mint, policy: Policy, email: str, language: Language
) -> None:
    """To sign up with; or, to the owner of an account, how to sign in."""
    token, digest = mint.token()
    link = links.made(digest, Purpose.SIGN_UP, clock.now(), email=email)

    async def work(records: Records) -> None:
        known = await records.users.by_login(email)
        if known is not None:
            page = policy.page("login")
            await records.letters.put(
                letter.known_already(email, known.language, page, username=known.username)
            )
            return
        await records.links.add(link)
        await records.letters.put(
            letter.sign_up(email, language, policy.link("signup", token), until=link.expires_at)
        )

    await store.change(work)


async def _redeemed(records: Records, ask: SignUp, policy: Policy, mint: Mint) -> Ticket:
    """What the token is worth; without one the instance must be open and unable to mail."""
    if ask.token is None:
        policy.must_admit(emails.check(ask.email or ""))
        if policy.mail:
            raise Forbidden("Signing up begins with a mail here.")
        return Ticket(None)
    digest, now = mint.digest(ask.token), clock.now()
    link = await records.links.find(digest)
    if link is None:
        invitation = await _invitation(records, digest)
        return Ticket(invitation.email, proven=invitation.mailed, invitation=invitation)
    if link.purpose is Purpose.FIRST_ADMINISTRATOR:
        await records.hold("first administrator")
        links.used(link, Purpose.FIRST_ADMINISTRATOR, now)
        await records.links.save(link)
        if await records.users.exist():
            raise NotFound("This link has expired or was used already; ask for a new one.")
        return Ticket(None, proven=True, first=True)
    links.used(link, Purpose.SIGN_UP, now)
    await records.links.save(link)
    return Ticket(link.email, proven=True)


async def _invitation(records: Records, digest: str) -> Invitation:
    try:
        return await records.invitations.by_digest(digest)
    except NotFound:
        raise NotFound("This link has expired or was used already; ask for a new one.") from None


async def _seat(records: Records, caller: Caller, user: User, ticket: Ticket) -> str | None:
    if ticket.invitation is None:
        return None
    actor = caller.model_copy(update={"username": user.username})
    joined = await answers.join(records, actor, user, ticket.invitation, with_token=True)
    return joined.team

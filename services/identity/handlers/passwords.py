"""Passwords: choosing another, and getting back in when it is forgotten."""

from __future__ import annotations

from faststream.nats import NatsRouter

from services.identity.dependencies import (
    TheErrands,
    TheLimits,
    TheMint,
    ThePasswords,
    ThePolicy,
    TheStore,
)
from services.identity.domain import authority, letter, limit, password
from services.identity.domain import link as links
from services.identity.domain.link import Link, Purpose
from services.identity.domain.policy import Policy
from services.identity.domain.user import Kind, User
from services.identity.handlers import leaving, trail
from services.identity.ports import Mint, Passwords, Records, Store
from shared.contracts._kinds import Nothing
from shared.contracts.identity import (
    CHANGE_PASSWORD,
    ISSUE_PASSWORD_RESET,
    RESET_PASSWORD,
    START_PASSWORD_RESET,
    Caller,
    ChangePassword,
    IssuedLink,
    IssuePasswordReset,
    ResetPassword,
    StartPasswordReset,
)
from shared.errors import Conflict, Forbidden, NotFound
from shared.kit import clock
from shared.messaging.answering import TheCaller, serve

router = NatsRouter()


@serve(router, START_PASSWORD_RESET)
async def start_password_reset(
    ask: StartPasswordReset,
    caller: TheCaller,
    store: TheStore,
    mint: TheMint,
    policy: ThePolicy,
    limits: TheLimits,
    errands: TheErrands,
) -> Nothing:
    """Mail a link, if there is such an account, which nobody can tell from the answer."""
    if not policy.mail:
        raise Conflict("This instance sends no mail: ask an administrator for a link.")
    await limits.hit(limit.MAIL_FROM_NETWORK, limit.network_of(caller.address))
    await limits.hit(limit.MAIL_TO, ask.login.strip().lower())
    errands.begin(_mail_link(store, mint, policy, ask.login))
    return Nothing()


@serve(router, ISSUE_PASSWORD_RESET)
async def issue_password_reset(
    ask: IssuePasswordReset, caller: TheCaller, store: TheStore, mint: TheMint, policy: ThePolicy
) -> IssuedLink:
    """A link to hand over, where no mail can be sent."""
    authority.instance_admin(caller)
    token, digest = mint.token()

    async def work(records: Records) -> Link:
        user = await records.users.named(ask.username)
        if user.kind is Kind.SERVICE:
            raise Conflict("A service account has no password.")
        link = await _new_link(records, user, digest)
        await records.audit.append(trail.deed(caller, "password.issue_reset", user.username))
        return link

    link = await store.change(work)
    return IssuedLink(url=policy.link("reset", token), expires_at=link.expires_at)


@serve(router, RESET_PASSWORD)
async def reset_password(
    ask: ResetPassword,
    caller: TheCaller,
    store: TheStore,
    mint: TheMint,
    passwords: ThePasswords,
    limits: TheLimits,
) -> Nothing:
    """With the token from the link; every session ends."""
    await limits.hit(limit.SIGN_IN_NETWORK, limit.network_of(caller.address))
    password_hash = await passwords.hash(password.check(ask.password))
    digest = mint.digest(ask.token)

    async def work(records: Records) -> None:
        link = links.used(await records.links.find(digest), Purpose.RESET_PASSWORD, clock.now())
        await records.links.save(link)
        user = await records.users.get(link.user_id or "")
        if not user.active:
            raise NotFound("This link has expired or was used already; ask for a new one.")
        if link.email is not None and link.email == user.email:
            user.prove_mailbox(link.email)
        await _settle(records, caller, user, password_hash, "password.reset", keep=None)

    await store.change(work)
    return Nothing()


@serve(router, CHANGE_PASSWORD)
async def change_password(
    ask: ChangePassword,
    caller: TheCaller,
    store: TheStore,
    passwords: ThePasswords,
    limits: TheLimits,
) -> Nothing:
    """Another password; every other session ends."""
    user_id = authority.person(caller)
    await limits.hit(limit.SIGN_IN_HERE, user_id, "password")
    user = await store.records.users.get(user_id)
    await prove_presence(user, caller, ask.current, passwords)
    password.check(ask.password, about=(user.username, user.email or ""))
    password_hash = await passwords.hash(ask.password)

    async def work(records: Records) -> None:
        fresh = await records.users.get(user_id)
        await _settle(
            records, caller, fresh, password_hash, "password.change", keep=caller.session_id
        )

    await store.change(work)
    return Nothing()


async def prove_presence(
    user: User, caller: Caller, given: str | None, passwords: Passwords
) -> None:
    """A leaked API key must not be enough to take the account over."""
    if user.password_hash is None:
        if caller.session_id is None:
            raise Forbidden("Sign in with a browser to do this.")
        return
    if not await passwords.fits(given or "", user.password_hash):
        raise Forbidden("The current password is wrong.")


async def _settle(
    records: Records,
    caller: Caller,
    user: User,
    password_hash: str,
    action: str,
    *,
    keep: str | None,
) -> None:
    user.password_hash = password_hash
    await records.users.save(user)
    await records.links.void(user.id, Purpose.RESET_PASSWORD)
    await leaving.end_sessions(records, user, but=keep)
    actor = caller.model_copy(update={"username": user.username})
    await records.audit.append(trail.deed(actor, action, user.username, team=user.username))


async def _new_link(records: Records, user: User, digest: str, *, email: str | None = None) -> Link:
    await records.links.void(user.id, Purpose.RESET_PASSWORD)
    link = links.made(digest, Purpose.RESET_PASSWORD, clock.now(), user_id=user.id, email=email)
    await records.links.add(link)
    return link


async def _mail_link(store: Store, mint: Mint, policy: Policy, login: str) -> None:
    token, digest = mint.token()

    async def work(records: Records) -> None:
        user = await records.users.by_login(login)
        if user is None or not user.active or user.email is None:
            return
        link = await _new_link(records, user, digest, email=user.email)
        url = policy.link("reset", token)
        await records.letters.put(
            letter.password_reset(
                user.email, user.language, url, username=user.username, until=link.expires_at
            )
        )

    await store.change(work)

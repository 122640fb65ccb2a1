"""Sessions: signing in and out, and who comes with a cookie."""

from __future__ import annotations

from faststream.nats import NatsRouter

from services.identity.dependencies import (
    TheLimits,
    TheMint,
    ThePasswords,
    ThePolicy,
    TheStore,
)
from services.identity.domain import authority, limit
from services.identity.domain import session as browsers
from services.identity.domain.user import User
from services.identity.handlers import leaving, news, rights, trail, views
from services.identity.ports import Limits, Mint, Records
from shared.contracts._kinds import Nothing
from shared.contracts.identity import (
    GET_SIGN_IN_OPTIONS,
    LIST_SESSIONS,
    RESOLVE_SESSION,
    REVOKE_OTHER_SESSIONS,
    REVOKE_SESSION,
    SIGN_IN,
    Caller,
    GetSignInOptions,
    ListSessions,
    NewSession,
    ResolveSession,
    RevokeOtherSessions,
    RevokeSession,
    Sessions,
    SignIn,
    SignInOptions,
)
from shared.errors import NotFound, Unauthenticated
from shared.kit import clock, logs
from shared.kit.ids import new_id
from shared.messaging.answering import TheCaller, serve

router = NatsRouter()
log = logs.get(__name__)


@serve(router, GET_SIGN_IN_OPTIONS)
async def get_sign_in_options(
    ask: GetSignInOptions, store: TheStore, policy: ThePolicy
) -> SignInOptions:
    """What the sign-in page should offer."""
    return SignInOptions(
        signup=policy.signup.value,
        domains=sorted(policy.signup_domains),
        confirm=policy.mail,
        mail=policy.mail,
        sso=policy.sso_name,
        first_start=not await store.records.users.exist(),
    )


@serve(router, SIGN_IN)
async def sign_in(
    ask: SignIn,
    caller: TheCaller,
    store: TheStore,
    mint: TheMint,
    passwords: ThePasswords,
    limits: TheLimits,
) -> NewSession:
    """By name or mailbox and password; every failure looks and lasts the same."""
    user = await store.records.users.by_login(ask.login)
    await _count_attempt(store.records, limits, caller, ask.login, user)
    kept = user.password_hash if user is not None and user.active else None
    if not await passwords.fits(ask.password, kept) or user is None:
        log.info("sign-in refused", network=limit.network_of(caller.address))
        raise Unauthenticated("The name or the password is wrong.")
    signed_in = user

    async def work(records: Records) -> NewSession:
        return await begin(records, caller, signed_in, mint, "password")

    return await store.change(work)


@serve(router, RESOLVE_SESSION)
async def resolve_session(ask: ResolveSession, store: TheStore) -> Caller:
    """Who comes with this cookie; a visit now and then keeps it alive."""
    now, records = clock.now(), store.records
    session = await records.sessions.by_digest(ask.digest, now)
    if session is None:
        raise Unauthenticated("This session has ended; sign in again.")
    user = await records.users.get(session.user_id)
    if not user.active:
        raise Unauthenticated("This session has ended; sign in again.")
    if session.see(now):
        await records.sessions.save(session)
    caller = await rights.caller_for(records, user)
    return caller.model_copy(update={"session_id": session.id})


@serve(router, LIST_SESSIONS)
async def list_sessions(ask: ListSessions, caller: TheCaller, store: TheStore) -> Sessions:
    """Where the caller is signed in."""
    found = await store.records.sessions.of(authority.person(caller), clock.now())
    return Sessions(items=[views.of_session(session, caller.session_id) for session in found])


@serve(router, REVOKE_SESSION)
async def revoke_session(ask: RevokeSession, caller: TheCaller, store: TheStore) -> Nothing:
    """Sign out, here or in another browser."""
    user_id = authority.person(caller)

    async def work(records: Records) -> None:
        session = await records.sessions.get(ask.id or caller.session_id or "")
        if session.user_id != user_id:
            raise NotFound("There is no such session.")
        await records.sessions.remove(session)
        await records.tell([news.session_revoked(session)])
        await records.audit.append(
            trail.deed(caller, "session.end", session.id, team=caller.username)
        )

    await store.change(work)
    return Nothing()


@serve(router, REVOKE_OTHER_SESSIONS)
async def revoke_other_sessions(
    ask: RevokeOtherSessions, caller: TheCaller, store: TheStore
) -> Nothing:
    """Sign out everywhere else."""
    user_id = authority.person(caller)

    async def work(records: Records) -> None:
        user = await records.users.get(user_id)
        ended = await leaving.end_sessions(records, user, but=caller.session_id)
        await records.audit.append(
            trail.deed(
                caller, "session.end_others", user.username, team=user.username, after={"n": ended}
            )
        )

    await store.change(work)
    return Nothing()


async def begin(
    records: Records, caller: Caller, user: User, mint: Mint, method: str
) -> NewSession:
    """A new session, and the end of the one that the browser had before."""
    token, digest = mint.token()
    session = browsers.begun(
        new_id(), user.id, digest, clock.now(), address=caller.address, agent=caller.agent
    )
    for old in await records.sessions.of(user.id, session.created_at):
        if old.id == caller.session_id:
            await records.sessions.remove(old)
            await records.tell([news.session_revoked(old)])
    await records.sessions.add(session)
    actor = caller.model_copy(update={"username": user.username, "acting_for": None})
    await records.audit.append(trail.deed(actor, "session.begin", method, team=user.username))
    roles = {found.team: found.role.value for found in await records.teams.memberships(user.id)}
    return NewSession(
        token=token,
        session=views.of_session(session, session.id),
        user=views.of_user(user, roles, whole=True),
    )


async def _count_attempt(
    records: Records, limits: Limits, caller: Caller, login: str, user: User | None
) -> None:
    """A guesser uses up the attempts of strangers, not those of where the owner signs in from."""
    network = limit.network_of(caller.address)
    account = user.id if user else login.lower()
    await limits.hit(limit.SIGN_IN_NETWORK, network)
    await limits.hit(limit.SIGN_IN_HERE, account, network)
    if not await records.sessions.know(account, network):
        await limits.hit(limit.SIGN_IN_ACCOUNT, account)

"""Single sign-on: leaving for the provider, and coming back."""

from __future__ import annotations

from faststream.nats import NatsRouter

from services.identity.dependencies import TheLimits, TheMint, ThePolicy, TheSso, TheStore
from services.identity.domain import email as emails
from services.identity.domain import limit, names
from services.identity.domain import link as links
from services.identity.domain.link import Purpose
from services.identity.domain.policy import Policy
from services.identity.domain.user import SsoIdentity, User, new_person
from services.identity.handlers import sessions, trail
from services.identity.ports import Mint, Records, SsoClaims
from shared.contracts.identity import (
    BEGIN_SSO,
    FINISH_SSO,
    BeginSso,
    Caller,
    FinishSso,
    NewSession,
    SsoBegun,
)
from shared.errors import Forbidden, Unauthenticated
from shared.kit import clock
from shared.kit.ids import new_id
from shared.messaging.answering import TheCaller, serve

router = NatsRouter()


@serve(router, BEGIN_SSO)
async def begin_sso(
    ask: BeginSso,
    caller: TheCaller,
    store: TheStore,
    mint: TheMint,
    sso: TheSso,
    limits: TheLimits,
) -> SsoBegun:
    """Nonce and PKCE verifier follow from the state under the pepper, so none of them is kept."""
    await limits.hit(limit.SIGN_IN_NETWORK, limit.network_of(caller.address))
    state, digest = mint.token()
    url = await sso.begin(state, _nonce(mint, state), _verifier(mint, state), ask.redirect_uri)
    link = links.made(digest, Purpose.SSO, clock.now(), return_to=_own_page(ask.return_to))

    async def work(records: Records) -> None:
        await records.links.add(link)

    await store.change(work)
    return SsoBegun(url=url, state=state)


@serve(router, FINISH_SSO)
async def finish_sso(
    ask: FinishSso,
    caller: TheCaller,
    store: TheStore,
    mint: TheMint,
    sso: TheSso,
    policy: ThePolicy,
) -> NewSession:
    """The state counts once; who comes back is known, is linked by a proven mailbox, or is new."""
    digest = mint.digest(ask.state)

    async def spend(records: Records) -> str | None:
        link = links.used(await records.links.find(digest), Purpose.SSO, clock.now())
        await records.links.save(link)
        return link.return_to

    return_to = await store.change(spend)
    claims = await sso.finish(
        ask.code, _nonce(mint, ask.state), _verifier(mint, ask.state), ask.redirect_uri
    )
    user_id = new_id()

    async def work(records: Records) -> NewSession:
        user = await _known(records, caller, claims) or await _admitted(
            records, caller, claims, policy, user_id
        )
        if not user.active:
            raise Unauthenticated("This account was shut by an administrator.")
        begun = await sessions.begin(records, caller, user, mint, "sso")
        return begun.model_copy(update={"return_to": return_to})

    return await store.change(work)


async def _known(records: Records, caller: Caller, claims: SsoClaims) -> User | None:
    """By the provider's name for them, or by a mailbox that both sides have proven."""
    identity = SsoIdentity(claims.issuer, claims.subject)
    user = await records.users.by_sso(identity)
    if user is not None or claims.email is None or not claims.email_verified:
        return user
    user = await records.users.by_login(claims.email)
    if user is None:
        return None
    user.link_sso(identity)
    await records.users.save(user)
    actor = caller.model_copy(update={"username": user.username})
    await records.audit.append(
        trail.deed(actor, "user.link_sso", claims.issuer, team=user.username)
    )
    return user


async def _admitted(
    records: Records, caller: Caller, claims: SsoClaims, policy: Policy, user_id: str
) -> User:
    """A new account, where the instance lets this mailbox in or somebody has invited it."""
    if claims.email is None or not claims.email_verified:
        raise Forbidden("The provider did not say which mailbox is proven to be yours.")
    now = clock.now()
    invited = await records.invitations.open_for([emails.key_of(claims.email)], now)
    if not invited:
        policy.must_admit(claims.email)
    username = await records.names.first_free(names.derived_from(claims.username or claims.email))
    user = new_person(user_id, username, claims.email, now, name=claims.name)
    user.email_verified = True
    user.link_sso(SsoIdentity(claims.issuer, claims.subject))
    await records.names.take(user.username, user.id)
    await records.users.add(user)
    actor = caller.model_copy(update={"username": user.username})
    facts = {"email": user.email, "issuer": claims.issuer}
    await records.audit.append(trail.deed(actor, "user.sign_up", user.username, after=facts))
    return user


def _nonce(mint: Mint, state: str) -> str:
    return mint.digest(f"nonce of {state}")


def _verifier(mint: Mint, state: str) -> str:
    return mint.digest(f"verifier of {state}")


def _own_page(path: str | None) -> str | None:
    """A path of ours, never another site: what begins with one slash and not with two."""
    if path is None or not path.startswith("/") or path.startswith(("//", "/\\")):
        return None
    return path

"""Changing one's mailbox, and proving that one reads it."""

from __future__ import annotations

from faststream.nats import NatsRouter

from services.identity.dependencies import (
    TheLimits,
    TheMint,
    ThePasswords,
    ThePolicy,
    TheStore,
)
from services.identity.domain import authority, letter, limit
from services.identity.domain import email as emails
from services.identity.domain import link as links
from services.identity.domain.link import Purpose
from services.identity.domain.user import User
from services.identity.handlers import news, trail, views
from services.identity.handlers.passwords import prove_presence
from services.identity.ports import Records
from shared.contracts.identity import (
    CONFIRM_EMAIL,
    START_EMAIL_CHANGE,
    Caller,
    ConfirmEmail,
    StartEmailChange,
    UserView,
)
from shared.errors import NotFound
from shared.kit import clock
from shared.messaging.answering import TheCaller, serve

router = NatsRouter()


@serve(router, START_EMAIL_CHANGE)
async def start_email_change(
    ask: StartEmailChange,
    caller: TheCaller,
    store: TheStore,
    mint: TheMint,
    passwords: ThePasswords,
    policy: ThePolicy,
    limits: TheLimits,
) -> UserView:
    """Takes effect when the link is opened; where no mail goes out, at once but unproven."""
    user_id, email = authority.person(caller), emails.check(ask.email)
    await limits.hit(limit.SIGN_IN_HERE, user_id, "password")
    await limits.hit(limit.MAIL_TO, emails.key_of(email))
    await prove_presence(await store.records.users.get(user_id), caller, ask.password, passwords)
    token, digest = mint.token()

    async def work(records: Records) -> User:
        user = await records.users.get(user_id)
        if not policy.mail:
            user.email, user.email_verified = email, False
            await _save(records, caller, user)
            return user
        await records.links.void(user.id, Purpose.CONFIRM_EMAIL)
        link = links.made(digest, Purpose.CONFIRM_EMAIL, clock.now(), user_id=user.id, email=email)
        await records.links.add(link)
        url = policy.link("confirm-email", token)
        await records.letters.put(
            letter.confirm_mailbox(
                email, user.language, url, username=user.username, until=link.expires_at
            )
        )
        return user

    return views.of_user(await store.change(work), {}, whole=True)


@serve(router, CONFIRM_EMAIL)
async def confirm_email(
    ask: ConfirmEmail, caller: TheCaller, store: TheStore, mint: TheMint
) -> UserView:
    """Whoever opens the link reads the mailbox; they need not be signed in."""
    digest = mint.digest(ask.token)

    async def work(records: Records) -> User:
        link = links.used(await records.links.find(digest), Purpose.CONFIRM_EMAIL, clock.now())
        await records.links.save(link)
        user = await records.users.get(link.user_id or "")
        if not user.active or link.email is None:
            raise NotFound("This link has expired or was used already; ask for a new one.")
        user.prove_mailbox(link.email)
        await _save(records, caller, user)
        return user

    return views.of_user(await store.change(work), {}, whole=True)


async def _save(records: Records, caller: Caller, user: User) -> None:
    await records.users.save(user)
    await records.tell([news.principal_changed(user.id)])
    actor = caller.model_copy(update={"username": user.username})
    facts = {"email": user.email, "proven": user.email_verified}
    await records.audit.append(
        trail.deed(actor, "user.change_email", user.username, team=user.username, after=facts)
    )

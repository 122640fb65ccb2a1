"""API keys: who comes with one, and making, listing and revoking them."""

from __future__ import annotations

import asyncio

from faststream.nats import NatsRouter

from services.identity.dependencies import TheKeyUse, TheMint, TheStore
from services.identity.domain import authority
from services.identity.domain.api_key import (
    MAX_LIVE_KEYS,
    ApiKey,
    Scope,
    check_expiry,
    check_name,
    check_scope,
)
from services.identity.domain.user import User
from services.identity.handlers import news, views
from services.identity.ports import Mint, Records
from shared import credentials
from shared.contracts._kinds import Nothing
from shared.contracts.identity import (
    CREATE_API_KEY,
    LIST_API_KEYS,
    RESOLVE_KEY,
    REVOKE_API_KEY,
    ApiKeys,
    ApiKeyView,
    Caller,
    CreateApiKey,
    ListApiKeys,
    ResolveKey,
    RevokeApiKey,
)
from shared.errors import Conflict, Invalid, NotFound, Unauthenticated
from shared.kit import clock
from shared.kit.ids import new_id
from shared.messaging.answering import TheCaller, serve

router = NatsRouter()


@serve(router, RESOLVE_KEY)
async def resolve_key(ask: ResolveKey, store: TheStore, key_use: TheKeyUse) -> Caller:
    """Who comes with this key; every way in which it may not count looks the same."""
    now = clock.now()
    key = await store.records.keys.by_digest(ask.digest)
    if key is None or not key.counts_at(now):
        raise Unauthenticated("No account answers to this API key.")
    user, roles = await asyncio.gather(
        store.records.users.get(key.principal_id), store.records.teams.roles_of(key.principal_id)
    )
    if not user.active:
        raise Unauthenticated("No account answers to this API key.")
    key_use.note(key.id, now)
    return Caller(
        principal_id=user.id,
        kind=user.kind.value,
        username=user.username,
        email=user.email,
        admin=user.admin,
        default_entity=user.default_entity,
        key_id=key.id,
        scope=key.scope.value,
        roles=user.own_roles() | roles,
    )


@serve(router, CREATE_API_KEY)
async def create_api_key(
    ask: CreateApiKey, caller: TheCaller, store: TheStore, mint: TheMint
) -> ApiKeyView:
    """A further key for oneself; an instance administrator may make one for anybody."""
    authority.person(caller)
    secret = credentials.new_api_key()
    now = clock.now()

    async def work(records: Records) -> ApiKey:
        user = await whose(records, ask.username, caller)
        if len(await records.keys.of(user.id)) >= MAX_LIVE_KEYS:
            raise Conflict(f"{user.username} has {MAX_LIVE_KEYS} keys; revoke one first.")
        key = minted(secret, user, mint, created_by=caller.username)
        key.name = check_name(ask.name)
        key.scope = check_scope(ask.scope)
        key.expires_at = check_expiry(ask.expires_at, now)
        await records.keys.add(key)
        return key

    return views.of_key(await store.change(work), secret)


@serve(router, LIST_API_KEYS)
async def list_api_keys(ask: ListApiKeys, caller: TheCaller, store: TheStore) -> ApiKeys:
    """One's own keys, or those of whom one may make keys for."""
    authority.known(caller)
    user = await whose(store.records, ask.username, caller)
    return ApiKeys(items=[views.of_key(key) for key in await store.records.keys.of(user.id)])


@serve(router, REVOKE_API_KEY)
async def revoke_api_key(ask: RevokeApiKey, caller: TheCaller, store: TheStore) -> Nothing:
    """Gone for good, and every gateway is told."""
    authority.person(caller)

    async def work(records: Records) -> None:
        user = await whose(records, ask.username, caller)
        key = await records.keys.get(ask.id)
        if key.principal_id != user.id:
            raise NotFound("There is no such key.")
        key.revoke(clock.now())
        await records.keys.save(key)
        await records.tell([news.key_revoked(key)])

    await store.change(work)
    return Nothing()


async def whose(records: Records, username: str | None, caller: Caller) -> User:
    """The account that is meant: the caller's own, or one whose keys they may see."""
    if username is None:
        return await records.users.get(authority.known(caller))
    user = await records.users.named(username)
    if user.id != caller.principal_id and not caller.admin:
        raise NotFound(f"There is no user {username!r}.")
    return user


def minted(secret: str, user: User, mint: Mint, *, created_by: str | None) -> ApiKey:
    """A key for an account, from its text."""
    return ApiKey(
        id=new_id(),
        principal_id=user.id,
        digest=mint.digest(secret),
        hint=credentials.hint(secret),
        name="key",
        scope=Scope.FULL,
        created_at=clock.now(),
        created_by=created_by,
    )


def adopted(api_key: str | None) -> str:
    """The key that somebody brings along, or a fresh one."""
    if api_key is None:
        return credentials.new_api_key()
    if not credentials.is_strong(api_key):
        raise Invalid(
            "A key has 40 or more characters of A-Z, a-z, 0-9, '_' and '-' (after the first '-').",
            field="api_key",
        )
    return api_key

"""API keys: who comes with one, and making, listing, rotating and revoking them."""

from __future__ import annotations

from datetime import timedelta

from faststream.nats import NatsRouter

from services.identity.dependencies import TheKeyUse, TheLimits, TheMint, TheStore
from services.identity.domain import api_key, authority, limit
from services.identity.domain.api_key import ApiKey
from services.identity.domain.audit import Deed
from services.identity.domain.user import Kind, User
from services.identity.handlers import minting, news, rights, trail, views
from services.identity.ports import Records
from shared import credentials
from shared.contracts._kinds import Nothing
from shared.contracts.identity import (
    CREATE_API_KEY,
    LIST_API_KEYS,
    RESOLVE_KEY,
    REVOKE_API_KEY,
    ROTATE_API_KEY,
    ApiKeys,
    ApiKeyView,
    Caller,
    CreateApiKey,
    ListApiKeys,
    ResolveKey,
    RevokeApiKey,
    RotateApiKey,
)
from shared.errors import NotFound, Unauthenticated
from shared.kit import clock
from shared.messaging.answering import TheCaller, serve

router = NatsRouter()


@serve(router, RESOLVE_KEY)
async def resolve_key(ask: ResolveKey, store: TheStore, key_use: TheKeyUse) -> Caller:
    """Who comes with this key; every way in which it may not count looks the same."""
    now, records = clock.now(), store.records
    key = await records.keys.by_digest(ask.digest)
    if key is None or not key.counts_at(now):
        raise Unauthenticated("No account answers to this API key.")
    user = await records.users.get(key.principal_id)
    if not user.active:
        raise Unauthenticated("No account answers to this API key.")
    caller = await rights.caller_for(records, user)
    key_use.note(key.id, now)
    acting_for, note = await _acting(records, user, ask)
    return caller.model_copy(
        update={
            "key_id": key.id,
            "scope": key.scope.value,
            "ci": key.ci,
            "acting_for": acting_for,
            "acting_note": note,
        }
    )


@serve(router, CREATE_API_KEY)
async def create_api_key(
    ask: CreateApiKey, caller: TheCaller, store: TheStore, mint: TheMint, limits: TheLimits
) -> ApiKeyView:
    """A further key for oneself, for a service account of one's team, for anybody as admin."""
    await limits.hit(limit.KEYS, authority.person(caller))
    secret, now = credentials.new_api_key(), clock.now()

    async def work(records: Records) -> ApiKey:
        user = await rights.manageable(records, ask.username, caller)
        api_key.check_room(await records.keys.of(user.id), now)
        key = minting.key(secret, user, mint, created_by=caller.username)
        key.name = api_key.check_name(ask.name)
        key.scope = api_key.check_scope(ask.scope)
        key.expires_at = api_key.expiry(ask.expires_at, now, of_service=user.kind is Kind.SERVICE)
        await records.keys.add(key)
        await records.audit.append(_deed(caller, "key.create", user, key))
        return key

    return views.of_key(await store.change(work), secret)


@serve(router, LIST_API_KEYS)
async def list_api_keys(ask: ListApiKeys, caller: TheCaller, store: TheStore) -> ApiKeys:
    """One's own keys, or those of whom one may make keys for."""
    authority.reader(caller)
    user = await rights.manageable(store.records, ask.username, caller)
    now, found = clock.now(), await store.records.keys.of(user.id)
    return ApiKeys(items=[views.of_key(key) for key in found if key.counts_at(now)])


@serve(router, ROTATE_API_KEY)
async def rotate_api_key(
    ask: RotateApiKey, caller: TheCaller, store: TheStore, mint: TheMint, limits: TheLimits
) -> ApiKeyView:
    """A new key like the old one, which goes on counting for a while."""
    await limits.hit(limit.KEYS, authority.person(caller))
    secret, now = credentials.new_api_key(), clock.now()

    async def work(records: Records) -> ApiKey:
        user, old = await _key_of(records, ask.username, ask.id, caller)
        key = minting.key(secret, user, mint, created_by=caller.username)
        key.name, key.scope = old.name, old.scope
        key.expires_at = api_key.renewed_expiry(old, now)
        old.give_way(now + timedelta(seconds=ask.overlap_s))
        await records.keys.save(old)
        await records.keys.add(key)
        await records.tell([news.principal_changed(user.id)])
        await records.audit.append(_deed(caller, "key.rotate", user, key))
        return key

    return views.of_key(await store.change(work), secret)


@serve(router, REVOKE_API_KEY)
async def revoke_api_key(ask: RevokeApiKey, caller: TheCaller, store: TheStore) -> Nothing:
    """Gone for good, and every gateway is told."""
    authority.person(caller)

    async def work(records: Records) -> None:
        user, key = await _key_of(records, ask.username, ask.id, caller)
        key.revoke(clock.now())
        await records.keys.save(key)
        await records.tell([news.key_revoked(key)])
        await records.audit.append(_deed(caller, "key.revoke", user, key))

    await store.change(work)
    return Nothing()


async def _key_of(
    records: Records, username: str | None, key_id: str, caller: Caller
) -> tuple[User, ApiKey]:
    user = await rights.manageable(records, username, caller)
    key = await records.keys.get(key_id)
    if key.principal_id != user.id:
        raise NotFound("There is no such key.")
    return user, key


async def _acting(
    records: Records, service: User, ask: ResolveKey
) -> tuple[str | None, str | None]:
    """Whom a service account's runs are attributed to: a member of its team, or nobody."""
    login = ask.acting_username or ask.acting_email
    if service.kind is not Kind.SERVICE or not login:
        return None, None
    named = await records.users.by_login(login)
    if named is not None and named.kind is Kind.USER and named.active:
        teams = {found.team for found in await records.teams.memberships(named.id)}
        if service.team in teams:
            return named.username, None
    return None, (
        f"{login[:200]!r} is not a member of {service.team}, so this counts as the service"
        f" account {service.username}."
    )


def _deed(caller: Caller, action: str, user: User, key: ApiKey) -> Deed:
    facts = {"name": key.name, "hint": key.hint, "scope": key.scope.value}
    owner = user.team or user.username
    return trail.deed(caller, action, f"{user.username}/keys/{key.id}", team=owner, after=facts)

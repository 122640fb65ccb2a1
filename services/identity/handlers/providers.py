"""CI providers: registering them on a service account, and trading their tokens for keys."""

from __future__ import annotations

from faststream.nats import NatsRouter

from services.identity.dependencies import TheCiTokens, TheLimits, TheMint, TheStore
from services.identity.domain import limit
from services.identity.domain import provider as providers
from services.identity.domain.api_key import ApiKey
from services.identity.domain.provider import Provider
from services.identity.domain.user import Kind
from services.identity.handlers import minting, trail
from services.identity.ports import Records
from shared import credentials
from shared.contracts._kinds import Nothing
from shared.contracts.identity import (
    EXCHANGE_TOKEN,
    LIST_PROVIDERS,
    REGISTER_PROVIDER,
    REMOVE_PROVIDER,
    ExchangedToken,
    ExchangeToken,
    ListProviders,
    Providers,
    ProviderView,
    RegisterProvider,
    RemoveProvider,
)
from shared.errors import NotFound, Unauthenticated
from shared.kit import clock
from shared.kit.ids import new_id
from shared.messaging.answering import TheCaller, serve

router = NatsRouter()


@serve(router, REGISTER_PROVIDER)
async def register_provider(
    ask: RegisterProvider, caller: TheCaller, store: TheStore
) -> ProviderView:
    """From now on such tokens count as the service account."""
    issuer, audience, subject = providers.check(ask.issuer, ask.audience, ask.subject)
    provider_id, now = new_id(), clock.now()

    async def work(records: Records) -> Provider:
        team = await records.teams.named(ask.team)
        team.must_be_admin(caller)
        member = team.member(username=ask.username)
        if member.kind is not Kind.SERVICE:
            raise NotFound(f"{ask.username} is not a service account of {team.name}.")
        found = Provider(
            id=provider_id,
            team=team.name,
            user_id=member.id,
            username=member.username,
            issuer=issuer,
            audience=audience,
            subject=subject,
            created_at=now,
            created_by=caller.username,
        )
        await records.providers.add(found)
        facts = {"issuer": issuer, "audience": audience, "subject": subject}
        await records.audit.append(
            trail.deed(caller, "provider.register", member.username, team=team.name, after=facts)
        )
        return found

    return ProviderView.model_validate(await store.change(work))


@serve(router, LIST_PROVIDERS)
async def list_providers(ask: ListProviders, caller: TheCaller, store: TheStore) -> Providers:
    """Those of a team."""
    team = await store.records.teams.named(ask.team)
    team.must_be_admin(caller)
    found = await store.records.providers.of(team.name)
    return Providers(items=[ProviderView.model_validate(provider) for provider in found])


@serve(router, REMOVE_PROVIDER)
async def remove_provider(ask: RemoveProvider, caller: TheCaller, store: TheStore) -> Nothing:
    """Its tokens no longer count."""

    async def work(records: Records) -> None:
        team = await records.teams.named(ask.team)
        team.must_be_admin(caller)
        found = await records.providers.get(ask.id)
        if found.team != team.name:
            raise NotFound("There is no such provider.")
        await records.providers.remove(found)
        facts = {"issuer": found.issuer, "audience": found.audience, "subject": found.subject}
        await records.audit.append(
            trail.deed(caller, "provider.remove", found.username, team=team.name, before=facts)
        )

    await store.change(work)
    return Nothing()


@serve(router, EXCHANGE_TOKEN)
async def exchange_token(
    ask: ExchangeToken,
    caller: TheCaller,
    store: TheStore,
    mint: TheMint,
    limits: TheLimits,
    ci_tokens: TheCiTokens,
) -> ExchangedToken:
    """A CI job's token for a key of the service account that lives an hour."""
    await limits.hit(limit.TOKENS, limit.network_of(caller.address))
    issuer = ci_tokens.issuer_of(ask.token)
    registered = await store.records.providers.from_issuer(issuer)
    if not registered:
        raise Unauthenticated("No service account is registered for this token.")
    claims = await ci_tokens.claims(ask.token, issuer)
    provider, facts = providers.chosen(registered, claims), providers.facts(claims)
    secret = credentials.new_api_key()

    async def work(records: Records) -> ApiKey:
        user = await records.users.get(provider.user_id)
        if not user.active:
            raise Unauthenticated("No service account is registered for this token.")
        key = minting.key(secret, user, mint, created_by=user.username)
        key.name = f"CI {facts.get('repository', provider.issuer)}"
        key.expires_at = key.created_at + providers.KEY_LIFE
        key.ci = facts | {"issuer": provider.issuer}
        await records.keys.add(key)
        actor = caller.model_copy(update={"username": user.username})
        await records.audit.append(
            trail.deed(actor, "token.exchange", key.hint, team=provider.team, after=key.ci)
        )
        return key

    key = await store.change(work, alone=f"log of {provider.team}")
    return ExchangedToken(
        api_key=secret,
        expires_at=key.expires_at or key.created_at,
        username=provider.username,
        team=provider.team,
        claims=key.ci,
    )

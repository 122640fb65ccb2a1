"""Service accounts: what CI runs as, in exactly one team."""

from __future__ import annotations

from faststream.nats import NatsRouter

from services.identity.dependencies import TheMint, TheStore
from services.identity.domain import api_key, authority, names
from services.identity.domain.team import Member, Team
from services.identity.domain.user import Kind, new_service_account
from services.identity.handlers import leaving, minting, news, trail, views
from services.identity.ports import Records
from shared import credentials
from shared.contracts._kinds import Nothing
from shared.contracts.identity import (
    CREATE_SERVICE_ACCOUNT,
    DELETE_SERVICE_ACCOUNT,
    LIST_SERVICE_ACCOUNTS,
    Caller,
    CreatedServiceAccount,
    CreateServiceAccount,
    DeleteServiceAccount,
    ListServiceAccounts,
    ServiceAccounts,
    ServiceAccountView,
)
from shared.errors import Invalid, NotFound
from shared.kit import clock
from shared.kit.ids import new_id
from shared.messaging.answering import TheCaller, serve
from shared.permissions import Role

router = NatsRouter()


@serve(router, CREATE_SERVICE_ACCOUNT)
async def create_service_account(
    ask: CreateServiceAccount, caller: TheCaller, store: TheStore, mint: TheMint
) -> CreatedServiceAccount:
    """An account without mailbox or password, and its first key, which is told this once."""
    if not ask.name.strip():
        raise Invalid("A service account needs a name.", field="name")
    secret, account_id, now = credentials.new_api_key(), new_id(), clock.now()

    async def work(records: Records) -> CreatedServiceAccount:
        team = await records.teams.named(ask.team)
        team.must_be_admin(caller)
        wanted = names.derived_from(f"{team.name}-{ask.name}", "service")
        username = await records.names.first_free(wanted)
        user = new_service_account(account_id, username, team.name, ask.name, now)
        await records.names.take(user.username, user.id)
        await records.users.add(user)
        team.join(user, Role.SERVICE, now)
        await records.teams.save(team)
        key = minting.key(secret, user, mint, created_by=caller.username)
        key.scope = api_key.check_scope(ask.scope)
        key.expires_at = api_key.expiry(ask.expires_at, now, of_service=True)
        await records.keys.add(key)
        facts = {"name": user.name, "scope": key.scope.value, "key": key.hint}
        await records.audit.append(
            trail.deed(caller, "service_account.create", user.username, team=team.name, after=facts)
        )
        return CreatedServiceAccount(
            id=user.id,
            username=user.username,
            name=user.name,
            team=team.name,
            api_key=secret,
            key=views.of_key(key),
        )

    return await store.change(work)


@serve(router, LIST_SERVICE_ACCOUNTS)
async def list_service_accounts(
    ask: ListServiceAccounts, caller: TheCaller, store: TheStore
) -> ServiceAccounts:
    """Those of a team, for its people; their keys by hint only."""
    authority.person(caller)
    team = await store.records.teams.named(ask.team)
    team.must_be_member(caller)
    ids = [member.id for member in team.members if member.kind is Kind.SERVICE]
    return ServiceAccounts(
        items=[
            ServiceAccountView(
                id=user.id,
                username=user.username,
                name=user.name,
                team=team.name,
                created_at=user.created_at,
                keys=[views.of_key(key) for key in await store.records.keys.of(user.id)],
            )
            for user in await store.records.users.many(ids)
        ]
    )


@serve(router, DELETE_SERVICE_ACCOUNT)
async def delete_service_account(
    ask: DeleteServiceAccount, caller: TheCaller, store: TheStore
) -> Nothing:
    """Its keys stop to count; its runs stay."""

    async def work(records: Records) -> None:
        team = await records.teams.named(ask.team)
        team.must_be_admin(caller)
        member = team.member(username=ask.username)
        if member.kind is not Kind.SERVICE:
            raise NotFound(f"{ask.username} is not a service account of {team.name}.")
        await end_service_account(records, caller, team, member)

    await store.change(work)
    return Nothing()


async def end_service_account(records: Records, caller: Caller, team: Team, member: Member) -> None:
    """Out of the team, and no key of it counts any more."""
    team.remove(member)
    await records.teams.save(team)
    user = await records.users.get(member.id)
    await records.providers.remove_of(user.id)
    await leaving.end_keys(records, user)
    user.delete(clock.now())
    await records.users.save(user)
    await records.tell([news.principal_changed(user.id), news.user_deleted(user)])
    await records.audit.append(
        trail.deed(caller, "service_account.delete", user.username, team=team.name)
    )

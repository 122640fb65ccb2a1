"""Accounts: making, showing and deleting them."""

from __future__ import annotations

from faststream.nats import NatsRouter

from services.identity.dependencies import TheMint, ThePasswords, TheStore
from services.identity.domain import authority, names, password
from services.identity.domain.user import User, new_person
from services.identity.handlers import keys, news, views
from services.identity.ports import Mint, Passwords, Records, Store
from shared.contracts._kinds import Nothing
from shared.contracts.identity import (
    CREATE_USER,
    DELETE_USER,
    GET_USER,
    CreatedUser,
    CreateUser,
    DeleteUser,
    GetUser,
    UserView,
)
from shared.errors import Conflict
from shared.kit import clock
from shared.kit.ids import new_id
from shared.messaging.answering import TheCaller, serve

router = NatsRouter()


@serve(router, CREATE_USER)
async def create_user(
    ask: CreateUser,
    caller: TheCaller,
    store: TheStore,
    mint: TheMint,
    passwords: ThePasswords,
) -> CreatedUser:
    """An account with its own space and a first key, which is told this once."""
    authority.instance_admin(caller)
    return await admit(ask, store, mint, passwords, created_by=caller.username)


@serve(router, GET_USER)
async def get_user(ask: GetUser, caller: TheCaller, store: TheStore) -> UserView:
    """Oneself, or an account that one may see."""
    user = await keys.whose(store.records, ask.username, caller)
    return views.of_user(user, await store.records.teams.roles_of(user.id))


@serve(router, DELETE_USER)
async def delete_user(ask: DeleteUser, caller: TheCaller, store: TheStore) -> Nothing:
    """Keys stop to count, the mailbox is forgotten; runs stay under the name."""
    authority.instance_admin(caller)
    now = clock.now()

    async def work(records: Records) -> None:
        user = await records.users.named(ask.username)
        if user.admin:
            await records.hold("administrators")
            if await records.users.administrators() == 1:
                raise Conflict("The last administrator of the instance cannot be deleted.")
        user.delete(now)
        await records.users.save(user)
        lost = await records.keys.of(user.id)
        for key in lost:
            key.revoke(now)
            await records.keys.save(key)
        await records.tell([news.principal_changed(user.id), *map(news.key_revoked, lost)])

    await store.change(work)
    return Nothing()


async def admit(
    ask: CreateUser,
    store: Store,
    mint: Mint,
    passwords: Passwords,
    *,
    created_by: str,
    by_operator: bool = False,
) -> CreatedUser:
    """Make the account, whoever decided that it may be."""
    secret = keys.adopted(ask.api_key)
    password_hash = await _given_password(ask, passwords)
    user_id, now = new_id(), clock.now()

    async def work(records: Records) -> User:
        username = ask.username or await records.names.first_free(names.derived_from(ask.email))
        user = new_person(
            user_id, username, ask.email, now, admin=ask.admin, by_operator=by_operator
        )
        user.password_hash = password_hash
        await records.names.take(user.username, user.id)
        await records.users.add(user)
        await records.keys.add(keys.minted(secret, user, mint, created_by=created_by))
        return user

    return CreatedUser(user=views.of_user(await store.change(work), {}), api_key=secret)


async def _given_password(ask: CreateUser, passwords: Passwords) -> str | None:
    if ask.password is None:
        return None
    return await passwords.hash(password.check(ask.password, shortest=password.SHORTEST_GIVEN))

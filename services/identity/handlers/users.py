"""Accounts: making, showing, finding and deleting them."""

from __future__ import annotations

from faststream.nats import NatsRouter

from services.identity.dependencies import TheMint, ThePasswords, TheStore
from services.identity.domain import authority, names, password
from services.identity.domain.user import Kind, User, new_person
from services.identity.handlers import minting, news, rights, trail, views
from services.identity.handlers.leaving import end_everything
from services.identity.ports import Mint, Passwords, Records, Store
from shared.contracts._kinds import Nothing
from shared.contracts.identity import (
    CREATE_USER,
    DELETE_USER,
    GET_CONTACTS,
    GET_USER,
    SEARCH_USERS,
    Caller,
    Contact,
    Contacts,
    CreatedUser,
    CreateUser,
    DeleteUser,
    GetContacts,
    GetUser,
    SearchUsers,
    Users,
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
    return await admit(ask, caller, store, mint, passwords)


@serve(router, GET_USER)
async def get_user(ask: GetUser, caller: TheCaller, store: TheStore) -> UserView:
    """Oneself, or somebody with whom one shares a team."""
    authority.known(caller)
    username = ask.username or caller.username
    user, roles = await rights.visible(store.records, username, caller)
    return views.of_user(user, roles, whole=caller.admin or user.id == caller.principal_id)


@serve(router, SEARCH_USERS)
async def search_users(ask: SearchUsers, caller: TheCaller, store: TheStore) -> Users:
    """All people for an instance administrator; oneself and fellows for others."""
    authority.reader(caller)
    records = store.records
    roles: dict[str, dict[str, str]] = {}
    among = None if caller.admin else {caller.principal_id or ""}
    for team in await records.teams.of(caller.principal_id or ""):
        for member in team.people:
            roles.setdefault(member.id, {})[team.name] = member.role.value
    if among is not None:
        among |= roles.keys()
    found = await records.users.search(ask.query, among, ask.cursor, ask.limit + 1)
    page = found[: ask.limit]
    return Users(
        items=[views.of_user(user, roles.get(user.id, {}), whole=caller.admin) for user in page],
        next=names.key_of(page[-1].username) if len(found) > ask.limit else None,
    )


@serve(router, GET_CONTACTS)
async def get_contacts(ask: GetContacts, store: TheStore) -> Contacts:
    """Where people want to be written to; asked by services only."""
    found = await store.records.users.named_any(ask.usernames)
    return Contacts(
        items=[
            Contact(
                username=user.username,
                email=user.email,
                language=user.language.value,
                notifications=user.notifications,
            )
            for user in found
            if user.active and user.email
        ]
    )


@serve(router, DELETE_USER)
async def delete_user(ask: DeleteUser, caller: TheCaller, store: TheStore) -> Nothing:
    """Keys stop to count, the mailbox is forgotten; runs stay under the name."""
    authority.instance_admin(caller)

    async def work(records: Records) -> None:
        user = await records.users.named(ask.username)
        if user.kind is Kind.SERVICE:
            raise Conflict(f"{user.username} is a service account: delete it in {user.team}.")
        await keep_an_administrator(records, user)
        left = await end_everything(records, user)
        user.delete(clock.now())
        await records.users.save(user)
        await records.tell([news.principal_changed(user.id), news.user_deleted(user)])
        await records.audit.append(
            trail.deed(caller, "user.delete", user.username, before={"teams": left})
        )

    await store.change(work)
    return Nothing()


async def admit(
    ask: CreateUser,
    caller: Caller,
    store: Store,
    mint: Mint,
    passwords: Passwords,
    *,
    by_operator: bool = False,
) -> CreatedUser:
    """Make the account; an administrator or the operator vouches for the mailbox."""
    secret = minting.secret_of(ask.api_key)
    password_hash = await _given_password(ask, passwords)
    user_id, now = new_id(), clock.now()

    async def work(records: Records) -> User:
        username = ask.username or await records.names.first_free(names.derived_from(ask.email))
        user = new_person(
            user_id, username, ask.email, now, admin=ask.admin, by_operator=by_operator
        )
        user.password_hash = password_hash
        user.email_verified = True
        await records.names.take(user.username, user.id)
        await records.users.add(user)
        await records.keys.add(minting.key(secret, user, mint, created_by=caller.username))
        facts = {"email": user.email, "admin": user.admin}
        await records.audit.append(trail.deed(caller, "user.create", user.username, after=facts))
        return user

    user = await store.change(work)
    return CreatedUser(user=views.of_user(user, {}, whole=True), api_key=secret)


async def keep_an_administrator(records: Records, leaving: User) -> None:
    """Conflict if the instance would be without one."""
    if not leaving.admin:
        return
    await records.hold("administrators")
    if await records.users.administrators() == 1 and leaving.active:
        raise Conflict("The last administrator of the instance cannot go or be demoted.")


async def _given_password(ask: CreateUser, passwords: Passwords) -> str | None:
    if ask.password is None:
        return None
    return await passwords.hash(password.check(ask.password, shortest=password.SHORTEST_GIVEN))

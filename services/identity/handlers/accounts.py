"""What people settle about their own account, and administrators about anybody's."""

from __future__ import annotations

from faststream.nats import NatsRouter

from services.identity.dependencies import TheStore
from services.identity.domain import authority
from services.identity.domain.user import Kind, Language, User, display_name
from services.identity.handlers import leaving, news, rights, trail, views
from services.identity.handlers.users import keep_an_administrator
from services.identity.ports import Records
from shared.contracts.identity import (
    APPOINT_ADMINISTRATOR,
    DEACTIVATE_USER,
    UPDATE_USER,
    AppointAdministrator,
    DeactivateUser,
    UpdateUser,
    UserView,
)
from shared.errors import Conflict
from shared.kit import clock
from shared.messaging.answering import TheCaller, serve

router = NatsRouter()


@serve(router, UPDATE_USER)
async def update_user(ask: UpdateUser, caller: TheCaller, store: TheStore) -> UserView:
    """Name, language, where runs go that name no entity, what one wants to be told."""
    user_id = authority.person(caller)

    async def work(records: Records) -> UserView:
        user = await records.users.get(user_id)
        own = await rights.caller_for(records, user)
        if ask.default_entity is not None:
            user.settle_in(ask.default_entity, own.roles)
        if ask.name is not None:
            user.name = display_name(ask.name) or user.username
        if ask.language is not None:
            user.language = Language(ask.language)
        user.be_told(ask.notifications or {})
        await records.users.save(user)
        await records.tell([news.principal_changed(user.id)])
        changed = ask.model_dump(exclude_none=True)
        await records.audit.append(
            trail.deed(caller, "user.update", user.username, team=user.username, after=changed)
        )
        teams = {team: role for team, role in own.roles.items() if team != user.username}
        return views.of_user(user, teams, whole=True)

    return await store.change(work)


@serve(router, DEACTIVATE_USER)
async def deactivate_user(ask: DeactivateUser, caller: TheCaller, store: TheStore) -> UserView:
    """Shut an account, or open it again; its keys then count again, its sessions do not."""
    authority.instance_admin(caller)

    async def work(records: Records) -> User:
        user = await records.users.named(ask.username)
        if ask.active:
            user.reactivate()
        else:
            await keep_an_administrator(records, user)
            await leaving.end_sessions(records, user)
            user.deactivate(clock.now())
        await records.users.save(user)
        await records.tell([news.principal_changed(user.id)])
        action = "user.reactivate" if ask.active else "user.deactivate"
        await records.audit.append(trail.deed(caller, action, user.username))
        return user

    return views.of_user(await store.change(work), {}, whole=True)


@serve(router, APPOINT_ADMINISTRATOR)
async def appoint_administrator(
    ask: AppointAdministrator, caller: TheCaller, store: TheStore
) -> UserView:
    """Make somebody an administrator of the instance, or no longer one."""
    authority.instance_admin(caller)

    async def work(records: Records) -> User:
        user = await records.users.named(ask.username)
        if user.kind is Kind.SERVICE:
            raise Conflict("A service account cannot administrate the instance.")
        if not ask.admin:
            await keep_an_administrator(records, user)
        before, user.admin = user.admin, ask.admin
        await records.users.save(user)
        await records.tell([news.principal_changed(user.id)])
        await records.audit.append(
            trail.deed(
                caller,
                "user.appoint",
                user.username,
                before={"admin": before},
                after={"admin": user.admin},
            )
        )
        return user

    return views.of_user(await store.change(work), {}, whole=True)

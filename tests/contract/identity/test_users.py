"""Accounts, spoken to through subjects."""

from __future__ import annotations

import asyncio

import pytest

from shared.contracts.identity import (
    APPOINT_ADMINISTRATOR,
    CREATE_USER,
    DELETE_USER,
    GET_CONTACTS,
    GET_TEAM,
    GET_USER,
    SEARCH_USERS,
    UPDATE_USER,
    AppointAdministrator,
    CreateUser,
    DeleteUser,
    GetContacts,
    GetTeam,
    GetUser,
    SearchUsers,
    UpdateUser,
)
from shared.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from tests.contract.identity.world import World

ADOPTED = "local-0123456789abcdef0123456789abcdef01234567"


class TestMaking:
    async def test_only_an_instance_administrator_may(self, world: World) -> None:
        with pytest.raises(Unauthenticated):
            await world.call(CREATE_USER, CreateUser(email="x@example.com"))
        with pytest.raises(Forbidden):
            await world.call(CREATE_USER, CreateUser(email="x@example.com"), await world.person())

    async def test_a_name_is_made_from_the_mailbox_where_none_is_given(self, world: World) -> None:
        stem, admin = world.name("zoe"), await world.admin()
        asks = [CreateUser(email=f"{stem}@{n}.example.com") for n in range(5)]
        made = await asyncio.gather(*(world.call(CREATE_USER, ask, admin) for ask in asks))
        assert sorted(one.user.username for one in made) == [
            stem,
            *(f"{stem}-{n}" for n in range(2, 6)),
        ]

    async def test_a_mailbox_is_unique_whatever_its_case(self, world: World) -> None:
        alice = await world.person()
        ask = CreateUser(username=world.name("other"), email=(alice.email or "").upper())
        with pytest.raises(Conflict) as refused:
            await world.call(CREATE_USER, ask, await world.admin())
        assert refused.value.field == "email"

    async def test_a_key_from_elsewhere_is_adopted_once(self, world: World) -> None:
        key, admin = ADOPTED + world.name(""), await world.admin()
        ask = CreateUser(username=world.name("mover"), email="m1@example.com", api_key=key)
        assert (await world.call(CREATE_USER, ask, admin)).api_key == key
        assert (await world.with_key(key)).username == ask.username
        again = CreateUser(username=world.name("mover"), email="m2@example.com", api_key=key)
        with pytest.raises(Conflict):
            await world.call(CREATE_USER, again, admin)

    @pytest.mark.parametrize("key", ["short", "x" * 39, "x" * 39 + "!", "a-" + "b" * 39])
    async def test_a_weak_key_is_not_adopted(self, world: World, key: str) -> None:
        ask = CreateUser(email="weak@example.com", api_key=key)
        with pytest.raises(Invalid) as refused:
            await world.call(CREATE_USER, ask, await world.admin())
        assert refused.value.field == "api_key"


class TestSeeing:
    async def test_strangers_do_not_know_of_each_other(self, world: World) -> None:
        alice, mallory = await world.person(), await world.person("mallory")
        with pytest.raises(NotFound):
            await world.call(GET_USER, GetUser(username=alice.username), mallory)
        found = await world.call(SEARCH_USERS, SearchUsers(query=alice.username), mallory)
        assert found.items == []

    async def test_fellows_see_each_other_and_the_teams_that_they_share(self, world: World) -> None:
        alice, bob = await world.person(), await world.person("bob")
        team = await world.team(alice, (bob, "member"))
        await world.team(alice)
        seen = await world.call(GET_USER, GetUser(username=alice.username), bob)
        assert [(one.name, one.role) for one in seen.teams] == [(team, "admin")]
        assert (seen.email, seen.default_entity) == (alice.email, None)
        found = await world.call(SEARCH_USERS, SearchUsers(query=alice.email or ""), bob)
        assert [one.username for one in found.items] == [alice.username]

    async def test_oneself_is_seen_whole(self, world: World) -> None:
        alice = await world.person()
        seen = await world.call(GET_USER, GetUser(), alice)
        assert (seen.default_entity, seen.language) == (alice.username, "en")

    async def test_an_administrator_pages_through_everybody(self, world: World) -> None:
        people = {(await world.person(f"paged{n}")).username for n in range(3)}
        admin, found, cursor = await world.admin(), set(), None
        while True:
            ask = SearchUsers(query="PAGED", limit=2, cursor=cursor)
            page = await world.call(SEARCH_USERS, ask, admin)
            found |= {user.username for user in page.items}
            cursor = page.next
            if cursor is None:
                break
        assert found == people

    async def test_a_query_is_text_and_not_a_pattern(self, world: World) -> None:
        found = await world.call(SEARCH_USERS, SearchUsers(query=".*"), await world.admin())
        assert found.items == []


class TestSettling:
    async def test_the_default_entity_is_a_space_of_ones_own(self, world: World) -> None:
        alice, bob = await world.person(), await world.person("bob")
        team = await world.team(alice)
        await world.call(UPDATE_USER, UpdateUser(default_entity=team), alice)
        assert (await world.again(alice)).default_entity == team
        with pytest.raises(Invalid):
            await world.call(UPDATE_USER, UpdateUser(default_entity=team), bob)

    async def test_what_is_not_named_stays(self, world: World) -> None:
        alice = await world.person()
        ask = UpdateUser(name="Al\u202eice\r\n", language="fr", notifications={"invitations": True})
        await world.call(UPDATE_USER, ask, alice)
        seen = await world.call(UPDATE_USER, UpdateUser(notifications={"crashes": False}), alice)
        assert (seen.name, seen.language) == ("Al ice", "fr")
        assert seen.notifications == {"invitations": True, "crashes": False}

    async def test_services_learn_where_to_write(self, world: World) -> None:
        alice = await world.person()
        ask = GetContacts(usernames=[alice.username, "ghost"])
        found = await world.call(GET_CONTACTS, ask)
        assert [(one.username, one.email) for one in found.items] == [(alice.username, alice.email)]


class TestAdministrators:
    async def test_the_last_one_cannot_go(self, world: World) -> None:
        admin = await world.admin()
        with pytest.raises(Conflict):
            await world.call(DELETE_USER, DeleteUser(username="admin"), admin)
        ask = AppointAdministrator(username="admin", admin=False)
        with pytest.raises(Conflict):
            await world.call(APPOINT_ADMINISTRATOR, ask, admin)

    async def test_two_who_dismiss_each_other_at_once_leave_one(self, world: World) -> None:
        admin = await world.admin()
        for _ in range(3):
            alice = await world.person()
            ask = AppointAdministrator(username=alice.username, admin=True)
            await world.call(APPOINT_ADMINISTRATOR, ask, admin)
            alice = (await world.again(alice)).model_copy(update={"agent": alice.agent})
            assert alice.admin
            answers = await asyncio.gather(
                world.call(DELETE_USER, DeleteUser(username=alice.username), admin),
                world.call(
                    APPOINT_ADMINISTRATOR,
                    AppointAdministrator(username="admin", admin=False),
                    alice,
                ),
                return_exceptions=True,
            )
            assert sum(isinstance(answer, Conflict) for answer in answers) >= 1
            if not (await world.admin()).admin:
                ask = AppointAdministrator(username="admin", admin=True)
                await world.call(APPOINT_ADMINISTRATOR, ask, alice)
                await world.call(DELETE_USER, DeleteUser(username=alice.username), admin)


class TestDeleting:
    async def test_name_and_teams_are_left_but_the_mailbox_is_free(self, world: World) -> None:
        alice, bob, admin = await world.person(), await world.person("bob"), await world.admin()
        team = await world.team(alice, (bob, "admin"))
        await world.call(DELETE_USER, DeleteUser(username=alice.username), admin)
        seen = await world.call(GET_TEAM, GetTeam(name=team), bob)
        assert [member.username for member in seen.members] == [bob.username]
        ask = CreateUser(username=alice.username, email="free@example.com")
        with pytest.raises(Conflict):
            await world.call(CREATE_USER, ask, admin)
        ask = CreateUser(username=world.name("heir"), email=alice.email or "")
        await world.call(CREATE_USER, ask, admin)

    async def test_even_a_teams_last_admin_can_be_deleted(self, world: World) -> None:
        alice, bob, admin = await world.person(), await world.person("bob"), await world.admin()
        team = await world.team(alice, (bob, "member"))
        await world.call(DELETE_USER, DeleteUser(username=alice.username), admin)
        assert (await world.again(bob)).roles[team] == "member"

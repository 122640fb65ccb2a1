"""Service accounts: one team, own keys, attribution without authority."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shared.contracts.identity import (
    CREATE_API_KEY,
    CREATE_SERVICE_ACCOUNT,
    CREATE_TEAM,
    DELETE_SERVICE_ACCOUNT,
    DELETE_TEAM,
    GET_TEAM,
    INVITE,
    LIST_API_KEYS,
    LIST_SERVICE_ACCOUNTS,
    REMOVE_MEMBER,
    CreateApiKey,
    CreatedServiceAccount,
    CreateServiceAccount,
    CreateTeam,
    DeleteServiceAccount,
    DeleteTeam,
    GetTeam,
    Invite,
    ListApiKeys,
    ListServiceAccounts,
    RemoveMember,
)
from shared.errors import Forbidden, NotFound, Unauthenticated
from tests.contract.identity.world import World


async def made(world: World, team: str, admin: object, **more: object) -> CreatedServiceAccount:
    ask = CreateServiceAccount.model_validate({"team": team, "name": "CI bot", **more})
    return await world.call(CREATE_SERVICE_ACCOUNT, ask, admin)  # type: ignore[arg-type]


class TestMaking:
    async def test_only_a_team_admin_may(self, world: World) -> None:
        alice, bob, mallory = [await world.person(n) for n in ("a", "b", "m")]
        team = await world.team(alice, (bob, "member"))
        for caller in (bob, mallory):
            with pytest.raises(Forbidden):
                await made(world, team, caller)

    async def test_it_belongs_to_one_team_and_has_no_mailbox(self, world: World) -> None:
        alice = await world.person()
        team = await world.team(alice)
        bot = await made(world, team, alice)
        caller = await world.with_key(bot.api_key)
        assert (caller.kind, caller.email, caller.default_entity) == ("service", None, team)
        assert (caller.roles, caller.organizations) == ({team: "service"}, {})
        seen = await world.call(GET_TEAM, GetTeam(name=team), alice)
        assert (seen.members[-1].username, seen.members[-1].kind) == (bot.username, "service")

    async def test_its_key_ends_after_a_year_unless_told_otherwise(self, world: World) -> None:
        alice = await world.person()
        team = await world.team(alice)
        bot = await made(world, team, alice)
        assert bot.key.expires_at
        life = bot.key.expires_at - datetime.now(UTC)
        assert timedelta(days=364) < life < timedelta(days=366)

    async def test_a_team_admin_makes_it_narrower_keys(self, world: World) -> None:
        alice, bob = await world.person(), await world.person("bob")
        team = await world.team(alice, (bob, "member"))
        bot = await made(world, team, alice)
        ask = CreateApiKey(username=bot.username, scope="write_runs")
        key = await world.call(CREATE_API_KEY, ask, alice)
        assert (await world.with_key(key.key or "")).scope == "write_runs"
        with pytest.raises(Forbidden):
            await world.call(CREATE_API_KEY, ask, bob)
        listed = await world.call(LIST_SERVICE_ACCOUNTS, ListServiceAccounts(team=team), bob)
        assert [len(account.keys) for account in listed.items] == [2]


class TestActing:
    async def test_for_a_member_of_the_team(self, world: World) -> None:
        alice = await world.person()
        team = await world.team(alice)
        bot = await made(world, team, alice)
        by_name = await world.with_key(bot.api_key, acting_username=alice.username)
        by_mail = await world.with_key(
            bot.api_key, acting_username="", acting_email=alice.email or ""
        )
        assert by_name.acting_for == by_mail.acting_for == alice.username
        assert by_name.roles == {team: "service"}

    async def test_for_strangers_former_members_and_nobody_it_says_why_not(
        self, world: World
    ) -> None:
        alice, bob, mallory = [await world.person(n) for n in ("a", "b", "m")]
        team = await world.team(alice, (bob, "member"))
        bot = await made(world, team, alice)
        await world.call(REMOVE_MEMBER, RemoveMember(team=team, username=bob.username), alice)
        for name in (bob.username, mallory.username, "ghost", "admin", bot.username):
            caller = await world.with_key(bot.api_key, acting_username=name)
            assert caller.acting_for is None
            assert caller.acting_note
            assert name in caller.acting_note
            assert (caller.admin, caller.roles) == (False, {team: "service"})


class TestLimits:
    async def test_it_founds_no_team_invites_nobody_and_makes_no_key(self, world: World) -> None:
        alice = await world.person()
        team = await world.team(alice)
        caller = await world.with_key((await made(world, team, alice)).api_key)
        for ask in (
            world.call(CREATE_TEAM, CreateTeam(name=world.name("t")), caller),
            world.call(INVITE, Invite(team=team, email="x@example.com"), caller),
            world.call(CREATE_API_KEY, CreateApiKey(), caller),
            made(world, team, caller),
        ):
            with pytest.raises(Forbidden):
                await ask

    async def test_it_sees_no_mailboxes(self, world: World) -> None:
        alice = await world.person()
        team = await world.team(alice)
        caller = await world.with_key((await made(world, team, alice)).api_key)
        seen = await world.call(GET_TEAM, GetTeam(name=team), caller)
        assert {member.email for member in seen.members} == {None}

    async def test_outsiders_do_not_know_of_it(self, world: World) -> None:
        alice, mallory = await world.person(), await world.person("mallory")
        bot = await made(world, await world.team(alice), alice)
        with pytest.raises(NotFound):
            await world.call(LIST_API_KEYS, ListApiKeys(username=bot.username), mallory)


class TestEnding:
    @pytest.mark.parametrize("how", ["account", "seat", "team"])
    async def test_its_keys_stop_to_count(self, world: World, how: str) -> None:
        alice = await world.person()
        team = await world.team(alice)
        bot = await made(world, team, alice)
        if how == "account":
            ask = DeleteServiceAccount(team=team, username=bot.username)
            await world.call(DELETE_SERVICE_ACCOUNT, ask, alice)
        elif how == "seat":
            await world.call(REMOVE_MEMBER, RemoveMember(team=team, id=bot.id), alice)
        else:
            await world.call(DELETE_TEAM, DeleteTeam(name=team, confirm=team), alice)
        with pytest.raises(Unauthenticated):
            await world.with_key(bot.api_key)

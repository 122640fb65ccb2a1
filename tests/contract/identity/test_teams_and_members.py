"""Teams and their members, spoken to through subjects."""

from __future__ import annotations

import asyncio

import pytest

from shared.contracts.identity import (
    CHANGE_MEMBER,
    CREATE_TEAM,
    CREATE_USER,
    DELETE_TEAM,
    GET_ENTITY,
    GET_TEAM,
    LEAVE_TEAM,
    LIST_RECOMMENDED_TEAMS,
    LIST_TEAMS,
    PREVIEW_TEAM_DELETION,
    REMOVE_MEMBER,
    SET_TEAM_PRIVACY,
    UPDATE_TEAM,
    ChangeMember,
    CreateTeam,
    CreateUser,
    DeleteTeam,
    GetEntity,
    GetTeam,
    LeaveTeam,
    ListRecommendedTeams,
    ListTeams,
    PreviewTeamDeletion,
    RemoveMember,
    SetTeamPrivacy,
    UpdateTeam,
)
from shared.errors import Conflict, CordeeError, Forbidden, Invalid, NotFound, Unauthenticated
from tests.contract.identity.world import World


class TestFounding:
    async def test_nobody_founds_no_team(self, world: World) -> None:
        with pytest.raises(Unauthenticated):
            await world.call(CREATE_TEAM, CreateTeam(name=world.name("t")))

    @pytest.mark.parametrize("name", ["", "a b", "a/b", "é", "api", "Graphql", "x" * 129, "--"])
    async def test_a_bad_name_is_refused_by_field(self, world: World, name: str) -> None:
        with pytest.raises(Invalid) as refused:
            await world.call(CREATE_TEAM, CreateTeam(name=name), await world.person())
        assert refused.value.field == "name"

    async def test_a_name_is_unique_among_users_and_teams_whatever_its_case(
        self, world: World
    ) -> None:
        alice = await world.person()
        with pytest.raises(Conflict):
            await world.call(CREATE_TEAM, CreateTeam(name=alice.username.upper()), alice)
        team = await world.team(alice)
        ask = CreateUser(username=team.upper(), email=f"{team}@example.com")
        with pytest.raises(Conflict):
            await world.call(CREATE_USER, ask, await world.admin())

    async def test_of_many_who_want_one_name_at_once_one_gets_it(self, world: World) -> None:
        people = [await world.person(f"p{n}") for n in range(6)]
        ask = CreateTeam(name=world.name("wanted"))
        answers = await asyncio.gather(
            *(world.call(CREATE_TEAM, ask, person) for person in people), return_exceptions=True
        )
        assert sum(not isinstance(answer, BaseException) for answer in answers) == 1
        assert all(isinstance(a, Conflict) for a in answers if isinstance(a, BaseException))

    async def test_the_creator_is_its_admin(self, world: World) -> None:
        alice = await world.person()
        team = await world.team(alice)
        assert (await world.again(alice)).roles == {alice.username: "owner", team: "admin"}
        seen = await world.call(GET_TEAM, GetTeam(name=team), alice)
        assert [(m.username, m.email, m.role) for m in seen.members] == [
            (alice.username, alice.email, "admin")
        ]
        assert seen.organization == "default"

    async def test_only_an_administrator_names_another_admin(self, world: World) -> None:
        alice, bob = await world.person(), await world.person("bob")
        ask = CreateTeam(name=world.name("t"), admin_username=bob.username)
        with pytest.raises(Forbidden):
            await world.call(CREATE_TEAM, ask, alice)
        await world.call(CREATE_TEAM, ask, await world.admin())
        assert (await world.again(bob)).roles[ask.name] == "admin"


class TestSeeing:
    async def test_a_hidden_team_and_an_absent_one_are_the_same(self, world: World) -> None:
        alice, mallory = await world.person(), await world.person("mallory")
        team = await world.team(alice)
        await world.call(SET_TEAM_PRIVACY, SetTeamPrivacy(name=team, hidden=True), alice)
        with pytest.raises(NotFound) as hidden:
            await world.call(GET_TEAM, GetTeam(name=team), mallory)
        with pytest.raises(NotFound) as absent:
            await world.call(GET_TEAM, GetTeam(name="no-such-team"), mallory)
        assert hidden.value.message.replace(team, "X") == absent.value.message.replace(
            "no-such-team", "X"
        )
        assert (await world.call(GET_TEAM, GetTeam(name=team), alice)).privacy.hidden

    async def test_outsiders_see_no_members(self, world: World) -> None:
        alice, mallory = await world.person(), await world.person("mallory")
        seen = await world.call(GET_TEAM, GetTeam(name=await world.team(alice)), mallory)
        assert (seen.members, seen.role, seen.created_by) == ([], None, None)

    async def test_a_list_has_ones_own_teams_and_everything_only_for_administrators(
        self, world: World
    ) -> None:
        alice = await world.person()
        names = sorted([await world.team(alice), await world.team(alice)])
        listed = await world.call(LIST_TEAMS, ListTeams(), alice)
        assert [card.name for card in listed.items] == names
        with pytest.raises(Forbidden):
            await world.call(LIST_TEAMS, ListTeams(everybody=True), alice)
        admin, found, cursor = await world.admin(), [], None
        while True:
            page = await world.call(
                LIST_TEAMS, ListTeams(everybody=True, limit=2, cursor=cursor), admin
            )
            found += [card.name for card in page.items]
            cursor = page.next
            if cursor is None:
                break
        assert set(names) <= set(found)
        assert len(found) == len(set(found))

    async def test_services_learn_what_a_name_stands_for(self, world: World) -> None:
        alice = await world.person()
        team = await world.team(alice)
        seen = await world.call(GET_ENTITY, GetEntity(name=team))
        assert (seen.kind, seen.privacy and seen.privacy.public_links_allowed) == ("team", True)
        assert (await world.call(GET_ENTITY, GetEntity(name=alice.username))).kind == "user"
        assert (await world.call(GET_ENTITY, GetEntity(name="default"))).kind == "organization"
        with pytest.raises(NotFound):
            await world.call(GET_ENTITY, GetEntity(name="ghost"))

    async def test_a_team_may_show_itself_to_colleagues_only(self, world: World) -> None:
        alice, bob = await world.person(), await world.person("bob")
        team = await world.team(alice)

        async def recommended() -> list[str]:
            found = await world.call(LIST_RECOMMENDED_TEAMS, ListRecommendedTeams(), bob)
            return [card.name for card in found.items]

        assert team not in await recommended()
        await world.call(SET_TEAM_PRIVACY, SetTeamPrivacy(name=team, recommend_domain=True), alice)
        assert team in await recommended()


class TestSettling:
    async def test_members_settle_nothing(self, world: World) -> None:
        alice, bob = await world.person(), await world.person("bob")
        team = await world.team(alice, (bob, "member"))
        with pytest.raises(Forbidden):
            await world.call(SET_TEAM_PRIVACY, SetTeamPrivacy(name=team, hidden=True), bob)
        with pytest.raises(Forbidden):
            await world.call(UPDATE_TEAM, UpdateTeam(name=team, description="ours"), bob)

    async def test_switches_that_are_not_named_stay(self, world: World) -> None:
        alice = await world.person()
        team = await world.team(alice)
        await world.call(SET_TEAM_PRIVACY, SetTeamPrivacy(name=team, hidden=True), alice)
        ask = SetTeamPrivacy(name=team, public_links_allowed=False)
        seen = await world.call(SET_TEAM_PRIVACY, ask, alice)
        assert (seen.privacy.hidden, seen.privacy.public_links_allowed) == (True, False)


class TestMembers:
    async def test_the_last_admin_can_neither_leave_nor_be_demoted_nor_removed(
        self, world: World
    ) -> None:
        alice, bob = await world.person(), await world.person("bob")
        team = await world.team(alice, (bob, "member"))
        demoted = ChangeMember(team=team, username=alice.username, role="member")
        for ask in (
            world.call(LEAVE_TEAM, LeaveTeam(team=team), alice),
            world.call(CHANGE_MEMBER, demoted, alice),
            world.call(REMOVE_MEMBER, RemoveMember(team=team, username=alice.username), alice),
        ):
            with pytest.raises(Conflict, match="last admin"):
                await ask

    async def test_two_admins_who_leave_at_once_leave_one_behind(self, world: World) -> None:
        for _ in range(5):
            alice, bob = await world.person(), await world.person("bob")
            team = await world.team(alice, (bob, "admin"))
            answers = await asyncio.gather(
                world.call(LEAVE_TEAM, LeaveTeam(team=team), alice),
                world.call(LEAVE_TEAM, LeaveTeam(team=team), bob),
                return_exceptions=True,
            )
            assert sum(isinstance(answer, Conflict) for answer in answers) == 1

    async def test_adminship_can_be_handed_over(self, world: World) -> None:
        alice, bob = await world.person(), await world.person("bob")
        team = await world.team(alice, (bob, "viewer"))
        promoted = ChangeMember(team=team, username=bob.username, role="admin")
        assert (await world.call(CHANGE_MEMBER, promoted, alice)).role == "admin"
        await world.call(LEAVE_TEAM, LeaveTeam(team=team), alice)
        assert team not in (await world.again(alice)).roles

    async def test_a_member_removes_nobody_but_may_go(self, world: World) -> None:
        alice, bob = await world.person(), await world.person("bob")
        team = await world.team(alice, (bob, "member"))
        with pytest.raises(Forbidden):
            await world.call(REMOVE_MEMBER, RemoveMember(team=team, username=alice.username), bob)
        await world.call(REMOVE_MEMBER, RemoveMember(team=team, username=bob.username), bob)

    async def test_a_removed_member_has_no_role_and_their_own_space_again(
        self, world: World
    ) -> None:
        alice, bob = await world.person(), await world.person("bob")
        team = await world.team(alice, (bob, "member"))
        assert (await world.again(bob)).default_entity == team
        await world.call(REMOVE_MEMBER, RemoveMember(team=team, id=bob.principal_id), alice)
        gone = await world.again(bob)
        assert (gone.roles, gone.default_entity) == ({bob.username: "owner"}, bob.username)

    async def test_an_elevated_administrator_may_act_as_admin(self, world: World) -> None:
        alice, admin = await world.person(), await world.admin()
        team = await world.team(alice)
        ask = SetTeamPrivacy(name=team, hidden=True)
        with pytest.raises(CordeeError):
            await world.call(SET_TEAM_PRIVACY, ask, admin)
        elevated = admin.model_copy(update={"elevated": True})
        assert (await world.call(SET_TEAM_PRIVACY, ask, elevated)).privacy.hidden


class TestDeleting:
    async def test_it_asks_for_the_name(self, world: World) -> None:
        alice = await world.person()
        team = await world.team(alice)
        with pytest.raises(Invalid) as refused:
            await world.call(DELETE_TEAM, DeleteTeam(name=team, confirm="yes"), alice)
        assert refused.value.field == "confirm"

    async def test_it_says_what_goes_and_the_name_is_never_given_again(self, world: World) -> None:
        alice, bob = await world.person(), await world.person("bob")
        team = await world.team(alice, (bob, "member"))
        preview = await world.call(PREVIEW_TEAM_DELETION, PreviewTeamDeletion(name=team), alice)
        gone = await world.call(DELETE_TEAM, DeleteTeam(name=team, confirm=team), alice)
        assert gone == preview
        assert gone.members == 2
        assert (await world.again(bob)).default_entity == bob.username
        with pytest.raises(NotFound):
            await world.call(GET_TEAM, GetTeam(name=team), alice)
        with pytest.raises(Conflict):
            await world.call(CREATE_TEAM, CreateTeam(name=team), alice)

"""Organizations, spoken to through subjects."""

from __future__ import annotations

import pytest

from shared.contracts.identity import (
    CREATE_ORGANIZATION,
    CREATE_TEAM,
    DELETE_ORGANIZATION,
    GET_ORGANIZATION,
    GET_TEAM,
    LIST_ORGANIZATIONS,
    REMOVE_ORGANIZATION_MEMBER,
    SET_ORGANIZATION_MEMBER,
    CreateOrganization,
    CreateTeam,
    DeleteOrganization,
    GetOrganization,
    GetTeam,
    ListOrganizations,
    RemoveOrganizationMember,
    SetOrganizationMember,
)
from shared.errors import Conflict, Forbidden, NotFound
from tests.contract.identity.world import World


async def test_a_fresh_instance_has_one_that_everybody_belongs_to(world: World) -> None:
    found = await world.call(LIST_ORGANIZATIONS, ListOrganizations(), await world.person())
    assert [(one.name, one.everybody) for one in found.items] == [("default", True)]


async def test_only_an_instance_administrator_makes_one(world: World) -> None:
    alice = await world.person()
    ask = CreateOrganization(name=world.name("org"), owner=alice.username)
    with pytest.raises(Forbidden):
        await world.call(CREATE_ORGANIZATION, ask, alice)


async def test_its_owner_adds_people_and_teams(world: World) -> None:
    alice, bob = await world.person(), await world.person("bob")
    org, team = world.name("org"), world.name("team")
    made = CreateOrganization(name=org, owner=alice.username)
    await world.call(CREATE_ORGANIZATION, made, await world.admin())
    ask = CreateTeam(name=team, organization=org)
    with pytest.raises(NotFound):
        await world.call(CREATE_TEAM, ask, bob)
    await world.call(CREATE_TEAM, ask, alice)
    added = SetOrganizationMember(organization=org, username=bob.username, role="viewer")
    await world.call(SET_ORGANIZATION_MEMBER, added, alice)
    seen = await world.call(GET_ORGANIZATION, GetOrganization(name=org), bob)
    assert [(member.username, member.role) for member in seen.members] == [
        (alice.username, "admin"),
        (bob.username, "viewer"),
    ]
    assert seen.teams == [team]
    assert (await world.again(bob)).organizations == {"default": "member", org: "viewer"}
    removed = RemoveOrganizationMember(organization=org, username=bob.username)
    await world.call(REMOVE_ORGANIZATION_MEMBER, removed, alice)
    with pytest.raises(NotFound):
        await world.call(GET_ORGANIZATION, GetOrganization(name=org), bob)


async def test_its_last_administrator_stays(world: World) -> None:
    alice, org = await world.person(), world.name("org")
    made = CreateOrganization(name=org, owner=alice.username)
    await world.call(CREATE_ORGANIZATION, made, await world.admin())
    ask = RemoveOrganizationMember(organization=org, username=alice.username)
    with pytest.raises(Conflict):
        await world.call(REMOVE_ORGANIZATION_MEMBER, ask, alice)


async def test_a_team_makes_its_people_members(world: World) -> None:
    alice, bob = await world.person(), await world.person("bob")
    org, team = world.name("org"), world.name("team")
    made = CreateOrganization(name=org, owner=alice.username)
    await world.call(CREATE_ORGANIZATION, made, await world.admin())
    ask = CreateTeam(name=team, organization=org, admin_username=bob.username)
    await world.call(CREATE_TEAM, ask, await world.admin())
    assert (await world.again(bob)).organizations[org] == "member"


async def test_when_it_is_deleted_its_teams_go_on_under_the_default_one(world: World) -> None:
    alice, admin = await world.person(), await world.admin()
    org, team = world.name("org"), world.name("team")
    await world.call(CREATE_ORGANIZATION, CreateOrganization(name=org, owner=alice.username), admin)
    await world.call(CREATE_TEAM, CreateTeam(name=team, organization=org), alice)
    await world.call(DELETE_ORGANIZATION, DeleteOrganization(name=org), admin)
    assert (await world.call(GET_TEAM, GetTeam(name=team), alice)).organization == "default"
    with pytest.raises(Conflict):
        await world.call(DELETE_ORGANIZATION, DeleteOrganization(name="default"), admin)

"""Who may do what: the whole table, and what narrows or widens it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from shared.permissions import SCOPES, TABLE, Action, Role, Visibility, may, render, role_in, sees


@dataclass(frozen=True)
class Somebody:
    principal_id: str | None = "p1"
    username: str = "ada"
    admin: bool = False
    elevated: bool = False
    roles: Mapping[str, str] = field(default_factory=dict)
    scope: str = "full"
    organizations: Mapping[str, str] = field(default_factory=dict)
    link: object | None = None


@dataclass(frozen=True)
class Somewhere:
    visibility: str = "team"
    entity: str = "team"
    members: Mapping[str, str] = field(default_factory=dict)
    teams: Mapping[str, str] = field(default_factory=dict)


NOBODY = Somebody(principal_id=None, username="")
STRANGER = Somebody(roles={"other": "admin"})
EVERY = [
    (action, visibility)
    for action in Action
    if action is not Action.READ_SHARED  # which is for links alone
    for visibility in Visibility
]
VISITOR = Somebody(principal_id=None, username="", link="a share link")


def with_role(role: str, **more: object) -> Somebody:
    return Somebody(roles={"team": role}, **more)  # type: ignore[arg-type]


def allowed(who: Somebody, members: Mapping[str, str] | None = None) -> set[str]:
    """`action visibility` of all that is allowed."""
    return {
        f"{action} {visibility}"
        for action, visibility in EVERY
        if may(who, action, Somewhere(visibility, members=members or {}))
    }


class TestOrganizations:
    """Registries are projects of an organization."""

    def test_its_admins_manage_and_its_members_look(self) -> None:
        admin = Somebody(organizations={"team": "admin"})
        member = Somebody(organizations={"team": "member"})
        assert may(admin, Action.MANAGE, Somewhere("restricted"))
        assert may(member, Action.READ, Somewhere("team"))
        assert not may(member, Action.LOG, Somewhere("team"))
        assert not sees(member, Somewhere("restricted"))
        assert not sees(Somebody(organizations={"other": "admin"}), Somewhere("team"))

    @pytest.mark.parametrize("visibility", ["team", "restricted"])
    def test_whom_a_registry_names_writes(self, visibility: str) -> None:
        member = Somebody(organizations={"team": "member"})
        place = Somewhere(visibility, members={"ada": "member"})
        assert may(member, Action.LOG, place)
        assert not may(member, Action.MANAGE, place)
        viewer = Somewhere(visibility, members={"ada": "viewer"})
        assert may(member, Action.READ, viewer)
        assert not may(member, Action.LOG, viewer)

    @pytest.mark.parametrize("visibility", ["team", "restricted"])
    def test_whoever_is_of_a_team_that_a_registry_names(self, visibility: str) -> None:
        climber = Somebody(organizations={"team": "member"}, roles={"peaks": "viewer"})
        other = Somebody(organizations={"team": "member"}, roles={"valley": "admin"})
        place = Somewhere(visibility, teams={"peaks": "member"})
        assert may(climber, Action.LOG, place)
        assert not may(climber, Action.MANAGE, place)
        assert not may(other, Action.LOG, place)
        assert sees(other, place) is (visibility == "team")
        assert not sees(Somebody(roles={"peaks": "admin"}), place)

    @pytest.mark.parametrize("visibility", ["team", "restricted"])
    def test_the_most_that_somebody_is_called_counts(self, visibility: str) -> None:
        member = Somebody(organizations={"team": "viewer"}, roles={"peaks": "member"})
        called = Somewhere(visibility, members={"ada": "viewer"}, teams={"peaks": "admin"})
        assert may(member, Action.MANAGE, called)
        assert not may(Somebody(roles={"peaks": "member"}), Action.READ, called)


class TestMay:
    def test_a_visitor_reads_what_is_for_everybody_and_no_more(self) -> None:
        assert allowed(NOBODY) == {"read open", "read public"}

    def test_somebody_from_elsewhere_may_log_to_an_open_project(self) -> None:
        assert allowed(STRANGER) == {"read open", "read public", "log open"}

    def test_a_viewer_reads_the_team_and_logs_to_the_open(self) -> None:
        assert allowed(with_role("viewer")) == {
            *("read open", "read public", "read team", "log open"),
            *("comment open", "comment public", "comment team"),
        }

    @pytest.mark.parametrize("role", ["member", "service"])
    def test_a_member_does_everything_but_manage(self, role: str) -> None:
        found = allowed(with_role(role))
        assert {pair.split()[1] for pair in found} == {"open", "public", "team"}
        assert {pair.split()[0] for pair in found} == {action for action, _ in EVERY} - {"manage"}

    def test_an_administrator_of_the_team_does_everything_but_what_is_private(self) -> None:
        everything = {f"{action} {visibility}" for action, visibility in EVERY}
        private = {pair for pair in everything if pair.endswith("private")}
        assert allowed(with_role("admin")) == everything - private | {"manage private"}

    def test_an_owner_does_everything(self) -> None:
        assert len(allowed(with_role("owner"))) == len(EVERY)

    def test_an_instance_administrator_is_nobody_special_until_elevated(self) -> None:
        assert allowed(Somebody(admin=True)) == allowed(STRANGER)
        assert allowed(Somebody(elevated=True)) == allowed(STRANGER)
        assert len(allowed(Somebody(admin=True, elevated=True))) == len(EVERY)

    def test_every_cell_is_as_the_table_says(self) -> None:
        for role in Role:
            who = {
                Role.ANONYMOUS: NOBODY,
                Role.SIGNED_IN: STRANGER,
                Role.LINK: VISITOR,
            }.get(role, with_role(role))
            if role is not Role.NAMED:
                for action, row in TABLE.items():
                    for visibility in Visibility:
                        expected = role in row[visibility]
                        assert may(who, action, Somewhere(visibility)) is expected


class TestRestricted:
    @pytest.mark.parametrize("role", ["member", "service", "viewer"])
    def test_who_is_not_named_may_nothing(self, role: str) -> None:
        for members in ({}, {"bob": "member"}):
            found = allowed(with_role(role), members)
            assert not any(pair.endswith("restricted") for pair in found)

    def test_a_name_from_another_team_opens_nothing(self) -> None:
        found = allowed(STRANGER, {"ada": "member"})
        assert not any(pair.endswith("restricted") for pair in found)

    @pytest.mark.parametrize("role", ["member", "service", "viewer"])
    def test_a_named_member_works_there(self, role: str) -> None:
        found = allowed(with_role(role), {"ada": "member"})
        assert {pair.split()[0] for pair in found if pair.endswith("restricted")} == {
            *("read", "log", "edit", "delete", "move_in", "comment", "share"),
        }

    @pytest.mark.parametrize("role", ["member", "service", "viewer"])
    def test_a_named_viewer_reads_there(self, role: str) -> None:
        found = allowed(with_role(role), {"ada": "viewer"})
        assert {pair for pair in found if pair.endswith("restricted")} == {"read restricted"}

    def test_being_named_changes_nothing_elsewhere(self) -> None:
        members = {"ada": "viewer"}
        assert role_in(with_role("member"), Somewhere("team", members=members)) is Role.MEMBER


class TestLinks:
    def test_a_link_opens_what_it_shows_and_nothing_that_is_for_everybody(self) -> None:
        assert allowed(VISITOR) == set()
        for visibility in Visibility:
            assert may(VISITOR, Action.READ_SHARED, Somewhere(visibility))

    def test_a_link_takes_away_what_its_bearer_may_otherwise(self) -> None:
        assert allowed(with_role("owner", admin=True, elevated=True, link="a share link")) == set()

    def test_nobody_reads_by_a_link_that_they_did_not_bring(self) -> None:
        for who in (NOBODY, STRANGER, with_role("owner"), Somebody(admin=True, elevated=True)):
            assert not may(who, Action.READ_SHARED, Somewhere())


class TestScopes:
    @pytest.mark.parametrize("role", ["owner", "admin", "member", "viewer"])
    @pytest.mark.parametrize("scope", [*SCOPES, "unheard of", ""])
    def test_a_scope_never_adds_a_right(self, role: str, scope: str) -> None:
        assert allowed(with_role(role, scope=scope)) <= allowed(with_role(role))

    def test_an_unknown_scope_allows_nothing(self) -> None:
        assert allowed(with_role("owner", scope="unheard of")) == set()

    def test_a_reading_key_reads_and_a_writing_key_logs(self) -> None:
        for scope, action in (("read", "read"), ("write_runs", "log")):
            found = allowed(with_role("owner", scope=scope))
            assert {pair.split()[0] for pair in found} == {action}

    def test_an_elevated_administrator_is_narrowed_too(self) -> None:
        found = allowed(Somebody(admin=True, elevated=True, scope="read"))
        assert {pair.split()[0] for pair in found} == {"read"}

    def test_what_is_there_does_not_depend_on_the_key(self) -> None:
        for scope in SCOPES:
            assert sees(with_role("member", scope=scope), Somewhere())
            assert not sees(Somebody(scope=scope), Somewhere())


def test_the_page_is_current() -> None:
    page = Path(__file__).parents[3] / "docs/permissions.md"
    assert page.read_text(encoding="utf-8") == render()

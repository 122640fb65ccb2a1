"""A team's rules about its people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain.team import TeamCreation, may_create, role_named
from services.identity.domain.user import new_service_account
from shared.errors import Conflict, CordeeError, Forbidden, Invalid, NotFound, Unauthenticated
from shared.permissions import Role
from tests.unit.identity.builders import NOBODY, NOON, a_team, a_user, who


class TestShowing:
    def test_a_hidden_team_is_not_found_by_outsiders(self) -> None:
        team = a_team()
        team.privacy.hidden = True
        for outsider in (NOBODY, who("bob"), who("root", admin=True)):
            with pytest.raises(NotFound):
                team.show_to(outsider)

    def test_an_administrator_who_raises_their_hand_sees_it(self) -> None:
        team = a_team()
        team.privacy.hidden = True
        assert team.show_to(who("root", admin=True, elevated=True)) is Role.ADMIN

    def test_raising_ones_hand_is_nothing_without_the_right(self) -> None:
        assert a_team().show_to(who("bob", elevated=True)) is None

    def test_an_open_team_is_shown_to_everybody(self) -> None:
        assert a_team().show_to(NOBODY) is None

    def test_a_key_that_only_writes_runs_reads_no_team(self) -> None:
        with pytest.raises(Forbidden):
            a_team().show_to(who("alice", scope="write_runs"))


class TestDeciding:
    @pytest.mark.parametrize("role", ["member", "viewer"])
    def test_only_admins_decide(self, role: str) -> None:
        team = a_team(alice="admin", bob=role)
        with pytest.raises(Forbidden):
            team.must_be_admin(who("bob"))
        assert team.must_be_admin(who("alice")) == "alice-id"

    def test_an_admin_with_a_narrow_key_does_not(self) -> None:
        with pytest.raises(Forbidden):
            a_team().must_be_admin(who("alice", scope="read"))

    def test_nobody_is_asked_to_sign_in(self) -> None:
        with pytest.raises(Unauthenticated):
            a_team().must_be_admin(NOBODY)

    @pytest.mark.parametrize(
        ("own", "let", "wanted", "may"),
        [
            ("admin", False, "admin", True),
            ("member", False, "viewer", False),
            ("member", True, "member", True),
            ("member", True, "admin", False),
            ("viewer", True, "viewer", False),
        ],
    )
    def test_who_may_invite_as_what(self, own: str, let: bool, wanted: str, may: bool) -> None:
        team = a_team(alice="admin", bob=own)
        team.privacy.members_may_invite = let
        if may:
            assert team.must_be_inviter(who("bob"), Role(wanted)) == "bob-id"
        else:
            with pytest.raises(Forbidden):
                team.must_be_inviter(who("bob"), Role(wanted))

    def test_who_may_found(self) -> None:
        assert may_create(who("bob"), TeamCreation.ANYONE) == "bob-id"
        with pytest.raises(Forbidden):
            may_create(who("bob"), TeamCreation.ADMINISTRATORS)
        with pytest.raises(Forbidden):
            may_create(who("bot", kind="service"), TeamCreation.ANYONE)


class TestMembers:
    def test_nobody_joins_twice(self) -> None:
        with pytest.raises(Conflict):
            a_team().join(a_user("alice"), Role.MEMBER, NOON)

    def test_the_last_admin_stays(self) -> None:
        team = a_team(alice="admin", bob="member")
        with pytest.raises(Conflict, match="make somebody else an admin"):
            team.change_role("alice", Role.VIEWER)
        with pytest.raises(Conflict):
            team.remove(team.member(username="ALICE"))

    def test_a_service_account_keeps_its_role(self) -> None:
        team = a_team()
        team.join(
            new_service_account("bot-id", "acme-bot", "acme", "bot", NOON), Role.SERVICE, NOON
        )
        with pytest.raises(Conflict):
            team.change_role("acme-bot", Role.ADMIN)

    def test_a_deleted_account_is_forgotten_even_as_last_admin(self) -> None:
        team = a_team(alice="admin", bob="member")
        team.forget("alice-id")
        assert [member.username for member in team.members] == ["bob"]

    @pytest.mark.parametrize("name", ["owner", "service", "Admin", ""])
    def test_only_three_roles_are_given(self, name: str) -> None:
        with pytest.raises(Invalid):
            role_named(name)

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["admin", "member", "viewer", "leave"]),
                st.sampled_from(["alice", "bob", "carol", "dan"]),
            ),
            max_size=30,
        )
    )
    def test_whatever_is_tried_an_admin_remains(self, tries: list[tuple[str, str]]) -> None:
        team = a_team(alice="admin", bob="member", carol="viewer")
        for what, whom in tries:
            try:
                if what == "leave":
                    team.remove(team.member(username=whom))
                else:
                    team.change_role(whom, Role(what))
            except CordeeError:
                continue
            assert team.admins


class TestDeleting:
    @pytest.mark.parametrize("confirm", ["", "ACME", "acme ", "yes"])
    def test_it_takes_the_exact_name(self, confirm: str) -> None:
        with pytest.raises(Invalid):
            a_team().delete(confirm, NOON)

    def test_everybody_leaves(self) -> None:
        team = a_team()
        team.delete("acme", NOON)
        assert (team.members, team.deleted_at) == ([], NOON)

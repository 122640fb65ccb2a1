"""Accounts and organizations: what they may become."""

from __future__ import annotations

import pytest

from services.identity.domain import authority, membership
from services.identity.domain.membership import Membership
from services.identity.domain.organization import Organization
from services.identity.domain.user import SsoIdentity, new_service_account
from shared.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from shared.permissions import Role
from tests.unit.identity.builders import NOBODY, NOON, a_user, who


class TestAuthority:
    def test_each_gate_keeps_out_whom_it_should(self) -> None:
        narrow, bot, plain = (
            who("a", scope="read"),
            who("b", kind="service"),
            who("c"),
        )
        for gate in (authority.known, authority.person, authority.reader, authority.instance_admin):
            with pytest.raises(Unauthenticated):
                gate(NOBODY)
        for outsider in (narrow, bot):
            with pytest.raises(Forbidden):
                authority.person(outsider)
        with pytest.raises(Forbidden):
            authority.instance_admin(plain)
        with pytest.raises(Forbidden):
            authority.reader(who("d", scope="write_runs"))
        assert authority.reader(narrow) == "a-id"


class TestAccounts:
    def test_deleting_forgets_all_but_the_name(self) -> None:
        user = a_user("alice")
        user.password_hash, user.admin = "hash", True
        user.delete(NOON)
        assert user.username == "alice"
        assert user.email is None
        assert user.password_hash is None
        assert not user.admin
        assert not user.active
        with pytest.raises(Conflict):
            user.delete(NOON)

    def test_sso_is_linked_only_where_the_mailbox_was_proven_here_too(self) -> None:
        user, identity = a_user(), SsoIdentity("https://id", "1")
        with pytest.raises(Conflict):
            user.link_sso(identity)
        user.prove_mailbox("alice@example.com")
        user.link_sso(identity)
        user.link_sso(identity)
        assert user.sso == [identity]

    def test_runs_go_only_to_ones_own_spaces(self) -> None:
        user = a_user()
        with pytest.raises(Invalid):
            user.settle_in("acme", {"alice"})
        user.settle_in("acme", {"alice", "acme"})
        user.leave("other")
        assert user.default_entity == "acme"
        user.leave("acme")
        assert user.default_entity == "alice"

    def test_news_are_merged_and_bounded(self) -> None:
        user = a_user()
        user.be_told({"a": True})
        user.be_told({"b": False})
        assert user.notifications == {"a": True, "b": False}
        with pytest.raises(Invalid):
            user.be_told({f"kind{n}": True for n in range(200)})


class TestRoles:
    def test_a_person_owns_their_space(self) -> None:
        roles = membership.roles(a_user(), [Membership("acme", "default", Role.VIEWER)])
        assert roles == {"alice": "owner", "acme": "viewer"}

    def test_a_service_account_has_its_team_and_nothing_else(self) -> None:
        bot = new_service_account("bot-id", "acme-bot", "acme", "bot", NOON)
        seats = [Membership("acme", "org", Role.SERVICE)]
        everybody = Organization("o", "default", NOON, everybody=True)
        assert membership.roles(bot, seats) == {"acme": "service"}
        assert membership.organization_roles(bot, seats, [everybody]) == {}

    def test_an_organization_named_by_a_team_makes_a_member_and_by_itself_more(self) -> None:
        alice = a_user()
        org = Organization("o", "org", NOON)
        org.set_member(alice, Role.ADMIN)
        seats = [Membership("t1", "org", Role.MEMBER), Membership("t2", "other", Role.VIEWER)]
        assert membership.organization_roles(alice, seats, [org]) == {
            "org": "admin",
            "other": "member",
        }


class TestOrganizations:
    def test_outsiders_do_not_find_it(self) -> None:
        org = Organization("o", "org", NOON)
        for outsider in (who("bob"), who("bot", kind="service")):
            with pytest.raises(NotFound):
                org.show_to(outsider)
        org.show_to(who("root", admin=True))

    def test_its_last_administrator_stays(self) -> None:
        org, alice = Organization("o", "org", NOON), a_user("alice")
        org.set_member(alice, Role.ADMIN)
        with pytest.raises(Conflict):
            org.set_member(alice, Role.MEMBER)
        with pytest.raises(Conflict):
            org.remove(alice)
        org.set_member(a_user("bob"), Role.ADMIN)
        org.remove(alice)

    def test_the_one_of_everybody_is_never_deleted(self) -> None:
        with pytest.raises(Conflict):
            Organization("o", "default", NOON, everybody=True).delete(NOON)

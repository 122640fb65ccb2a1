"""An invitation: one mailbox, once, seven days."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.identity.domain import invitation as invitations
from services.identity.domain.invitation import Invitation, Outcome
from services.identity.domain.user import User, new_service_account
from shared.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from shared.permissions import Role
from tests.unit.identity.builders import NOON, a_user

WEEK = timedelta(days=7)


def an_invitation(user: User | None = None, email: str | None = None) -> Invitation:
    return invitations.made("id", "acme", Role.MEMBER, "digest", "alice", NOON, user, email)


class TestAccepting:
    def test_the_mailbox_must_be_the_one(self) -> None:
        sent = an_invitation(email="bob@example.com")
        with pytest.raises(Forbidden):
            sent.accept(a_user("mallory"), NOON, with_token=True)
        with pytest.raises(NotFound):
            sent.accept(a_user("mallory"), NOON, with_token=False)
        sent.accept(a_user("bob", "BOB@Example.com"), NOON, with_token=True)

    def test_without_the_token_the_mailbox_must_be_proven(self) -> None:
        bob = a_user("bob")
        with pytest.raises(NotFound):
            an_invitation(email="bob@example.com").accept(bob, NOON, with_token=False)
        bob.email_verified = True
        an_invitation(email="bob@example.com").accept(bob, NOON, with_token=False)

    def test_by_user_name_no_mailbox_matters(self) -> None:
        bob = a_user("bob")
        sent = an_invitation(bob)
        bob.email = "elsewhere@example.com"
        sent.accept(bob, NOON, with_token=False)
        assert sent.outcome is Outcome.ACCEPTED

    def test_seven_days_and_not_a_moment_more(self) -> None:
        bob = a_user("bob")
        last = an_invitation(bob)
        last.accept(bob, NOON + WEEK - timedelta(milliseconds=1), with_token=True)
        with pytest.raises(Gone):
            an_invitation(bob).accept(bob, NOON + WEEK, with_token=True)

    def test_once(self) -> None:
        bob = a_user("bob")
        sent = an_invitation(bob)
        sent.accept(bob, NOON, with_token=True)
        with pytest.raises(Conflict):
            sent.accept(bob, NOON, with_token=True)

    def test_not_after_it_was_withdrawn(self) -> None:
        bob = a_user("bob")
        sent = an_invitation(bob)
        sent.end(Outcome.REVOKED, NOON)
        with pytest.raises(Gone):
            sent.accept(bob, NOON, with_token=True)


class TestMaking:
    def test_renewing_gives_seven_new_days(self) -> None:
        sent = an_invitation(a_user("bob"))
        sent.renew("other", NOON + WEEK)
        assert sent.digest == "other"
        assert sent.open_at(NOON + WEEK + WEEK - timedelta(seconds=1))

    def test_only_people_are_invited(self) -> None:
        bot = new_service_account("bot-id", "acme-bot", "acme", "bot", NOON)
        with pytest.raises(Invalid):
            an_invitation(bot)

    @pytest.mark.parametrize(("email", "username"), [(None, None), ("", ""), ("a@b.c", "bob")])
    def test_to_exactly_one(self, email: str | None, username: str | None) -> None:
        with pytest.raises(Invalid):
            invitations.check_address(email, username)

    def test_it_waits_under_a_mailbox_only_once_that_is_proven(self) -> None:
        bob = a_user("bob", "Bob@example.com")
        assert invitations.waiting_for(bob) == ["bob-id"]
        bob.email_verified = True
        assert invitations.waiting_for(bob) == ["bob-id", "bob@example.com"]

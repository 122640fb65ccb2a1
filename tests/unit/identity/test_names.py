"""Names, mailboxes and passwords: what may be taken."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain import email, names, password
from services.identity.domain.user import display_name
from shared.errors import Invalid


class TestNames:
    @pytest.mark.parametrize("name", ["a", "Alice", "a-b_c", "0", "x" * 128, "wandb-team"])
    def test_what_is_safe_in_a_url_may_be_taken(self, name: str) -> None:
        assert names.check(name) == name

    @pytest.mark.parametrize(
        "name", ["", "x" * 129, "a b", "a/b", "a.b", "é", "a\n", "-", "_-_", "%2e", "..", "a\x00"]
    )
    def test_what_is_not_is_refused(self, name: str) -> None:
        with pytest.raises(Invalid):
            names.check(name)

    @pytest.mark.parametrize("name", ["api", "GraphQL", "admin", "settings", "login", "default"])
    def test_what_stands_for_a_page_or_somebody_else_is_refused(self, name: str) -> None:
        with pytest.raises(Invalid, match="reserved"):
            names.check(name)

    def test_the_operator_may_call_the_first_account_admin_but_not_graphql(self) -> None:
        assert names.check("admin", by_operator=True) == "admin"
        with pytest.raises(Invalid):
            names.check("graphql", by_operator=True)

    def test_every_reserved_name_is_written_as_it_is_compared(self) -> None:
        assert all(name == names.key_of(name) for name in names.RESERVED)

    @pytest.mark.parametrize(
        ("text", "first"),
        [
            ("Zoé.Dupont+x@example.com", "zoe-dupont-x"),
            ("admin@example.com", "admin-2"),
            ("日本@example.com", "user-2"),
            ("---@example.com", "user-2"),
        ],
    )
    def test_one_is_made_from_a_mailbox(self, text: str, first: str) -> None:
        assert next(names.derived_from(text)) == first

    @given(st.text(max_size=300))
    def test_whatever_is_made_may_be_taken(self, text: str) -> None:
        for name in islice(names.derived_from(text), 3):
            assert names.check(name) == name


class TestMailboxes:
    @pytest.mark.parametrize(
        "address", ["a@b.c", "first.last+tag@example.co.uk", "root@localhost", " x@y.z "]
    )
    def test_an_address_is_taken(self, address: str) -> None:
        assert email.check(address) == address.strip()

    @pytest.mark.parametrize(
        "address",
        [
            "",
            "a",
            "a@",
            "@b",
            "a@b@c",
            "a b@c.d",
            "a@b..c",
            "a@-b.c",
            "a@b.c\r\nBcc: x@y.z",
            "a@b.c,d@e.f",
            '"a b"@c.d',
            "a@b.c>",
            "é@b.c",
            "a" * 65 + "@b.c",
            ".a@b.c",
            "a.@b.c",
        ],
    )
    def test_what_no_mail_reaches_is_refused(self, address: str) -> None:
        with pytest.raises(Invalid):
            email.check(address)


class TestPasswords:
    @pytest.mark.parametrize("text", ["seven blue mountains", "Tr0ub4dor&3xyz", "été à la mer"])
    def test_length_is_what_counts(self, text: str) -> None:
        assert password.check(text) == text

    @pytest.mark.parametrize(
        "text", ["", "eleven char", "aaaaaaaaaaaa", "abababababab", "abcdefghijkl", "x" * 1025]
    )
    def test_what_is_easy_to_guess_is_refused(self, text: str) -> None:
        with pytest.raises(Invalid) as refused:
            password.check(text)
        assert refused.value.field == "password"

    def test_ones_own_name_is_refused(self) -> None:
        with pytest.raises(Invalid):
            password.check("alice.liddell", about=("alice.liddell@example.com",))

    def test_an_administrator_may_give_a_shorter_one(self) -> None:
        assert password.check("hunter-2x", shortest=password.SHORTEST_GIVEN)


class TestDisplayNames:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("  Zoé   Dupont ", "Zoé Dupont"),
            ("Eve\r\nBcc: x@y.z", "Eve Bcc: x@y.z"),
            ("a\x00b\u202ec\u2066d\u2028e\ufefff", "a b c d e f"),
            ("", ""),
        ],
    )
    def test_are_one_honest_line(self, text: str, shown: str) -> None:
        assert display_name(text) == shown

    def test_have_an_end(self) -> None:
        with pytest.raises(Invalid):
            display_name("x" * 201)

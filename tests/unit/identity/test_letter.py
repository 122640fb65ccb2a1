"""Letters: both languages, both forms, nothing that a name could smuggle in."""

from __future__ import annotations

import pytest

from services.identity.domain import letter
from services.identity.domain.letter import Letter
from services.identity.domain.policy import Policy, SignUpMode
from services.identity.domain.user import Language
from shared.errors import Forbidden
from tests.unit.identity.builders import NOON

LINK = "https://cordee.example/invitation?token=abc&x=1"


def all_letters(language: Language) -> list[Letter]:
    to = "bob@example.com"
    return [
        letter.invitation(
            to, language, LINK, inviter="Alice", team="acme", role="member", until=NOON
        ),
        letter.sign_up(to, language, LINK, until=NOON),
        letter.known_already(to, language, LINK, username="bob"),
        letter.password_reset(to, language, LINK, username="bob", until=NOON),
        letter.confirm_mailbox(to, language, LINK, username="bob", until=NOON),
    ]


@pytest.mark.parametrize("language", Language)
def test_every_letter_has_its_link_in_both_forms(language: Language) -> None:
    for written in all_letters(language):
        assert LINK in written.text
        assert LINK.replace("&", "&amp;") in written.html
        assert f'lang="{language}"' in written.html
        assert "{" not in written.subject + written.text


def test_the_languages_differ() -> None:
    pairs = zip(all_letters(Language.ENGLISH), all_letters(Language.FRENCH), strict=True)
    assert all(one.subject != other.subject for one, other in pairs)


@pytest.mark.parametrize("name", ["Eve\r\nBcc: x@y.z", "<b>Eve</b>", "{team}", "{0.__class__}"])
def test_a_name_stays_a_name(name: str) -> None:
    for language in Language:
        written = letter.invitation(
            "b@c.d", language, LINK, inviter=name, team="acme", role="admin", until=NOON
        )
        assert "\n" not in written.subject
        assert "<b>" not in written.html


class TestPolicy:
    def test_who_may_sign_up(self) -> None:
        invited = Policy("https://c.example", mail=True)
        domain = Policy("", mail=True, signup=SignUpMode.DOMAIN, signup_domains=frozenset({"a.b"}))
        with pytest.raises(Forbidden):
            invited.must_admit("x@a.b")
        domain.must_admit("x@A.B")
        for outsider in ("x@b", "x@evil-a.b", "x@sub.a.b", "x@a.b.evil"):
            with pytest.raises(Forbidden):
                domain.must_admit(outsider)
        Policy("", mail=False, signup=SignUpMode.OPEN).must_admit("x@anywhere")

    def test_a_link_is_absolute_and_quoted(self) -> None:
        policy = Policy("https://c.example/base/", mail=True)
        assert policy.link("reset", "a b/c") == "https://c.example/base/reset?token=a%20b/c"

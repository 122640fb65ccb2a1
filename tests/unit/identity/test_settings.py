"""Settings that make a start impossible, and what is said of them."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from services.identity.settings import IdentitySettings

WHOLE = {
    "CORDEE_KEY_PEPPER": "x" * 32,
    "CORDEE_ADMIN_USERNAME": "admin",
    "CORDEE_ADMIN_EMAIL": "admin@example.com",
    "CORDEE_ADMIN_PASSWORD": "correct-horse-battery",
    "CORDEE_ADMIN_API_KEY": "0123456789abcdef0123456789abcdef01234567",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in WHOLE.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_what_is_whole_is_taken(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("CORDEE_SIGNUP", "domain")
    environment.setenv("CORDEE_SIGNUP_DOMAINS", "Example.com, b.org,")
    environment.setenv("CORDEE_SMTP_URL", "smtps://me:pass@mail.example.com")
    environment.setenv("CORDEE_MAIL_FROM", "Cordée <cordee@example.com>")
    environment.setenv("CORDEE_EGRESS_ALLOW", "127.0.0.1, 10.0.0.0/8")
    found = IdentitySettings()
    assert found.signup_domains == {"example.com", "b.org"}
    assert found.egress_allow == ("127.0.0.1/32", "10.0.0.0/8")
    assert found.policy().mail


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ADMIN_API_KEY", "x" * 39, "the key is weak"),
        ("ADMIN_API_KEY", "cordee-" + "x" * 39, "the key is weak"),
        ("ADMIN_EMAIL", "", "set all of CORDEE_ADMIN_USERNAME"),
        ("ADMIN_USERNAME", "graphql", "CORDEE_ADMIN_USERNAME"),
        ("ADMIN_USERNAME", "a b", "CORDEE_ADMIN_USERNAME"),
        ("ADMIN_EMAIL", "nobody", "CORDEE_ADMIN_EMAIL"),
        ("ADMIN_PASSWORD", "short", "CORDEE_ADMIN_PASSWORD"),
        ("SIGNUP", "everybody", "signup"),
        ("SIGNUP", "domain", "CORDEE_SIGNUP_DOMAINS"),
        ("TEAM_CREATION", "nobody", "team_creation"),
        ("SMTP_URL", "http://localhost", "smtp://host:port"),
        ("OIDC_ISSUER", "https://id.example.com", "CORDEE_OIDC_CLIENT_ID"),
        ("EGRESS_ALLOW", "here", "egress_allow"),
        ("KEY_PEPPER", "short", "pepper"),
    ],
)
def test_what_is_wrong_is_said(
    environment: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    environment.setenv(f"CORDEE_{name}", value)
    with pytest.raises(ValidationError) as refused:
        IdentitySettings()
    assert said in str(refused.value)


def test_signing_up_by_domain_needs_a_way_to_prove_the_mailbox(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("CORDEE_SIGNUP", "domain")
    environment.setenv("CORDEE_SIGNUP_DOMAINS", "example.com")
    with pytest.raises(ValidationError, match="prove a mailbox"):
        IdentitySettings()


@pytest.mark.parametrize(
    ("public_url", "sender"),
    [
        ("https://cordee.example.com/base", "Cordée <cordee@cordee.example.com>"),
        ("http://127.0.0.1:8080", "Cordée <cordee@localhost>"),
        ("http://[fd00::a]:8080", "Cordée <cordee@localhost>"),
    ],
)
def test_mail_comes_from_the_host_that_people_visit(
    environment: pytest.MonkeyPatch, public_url: str, sender: str
) -> None:
    environment.setenv("CORDEE_SMTP_URL", "smtp://localhost")
    environment.setenv("CORDEE_PUBLIC_URL", public_url)
    assert IdentitySettings().sender == sender

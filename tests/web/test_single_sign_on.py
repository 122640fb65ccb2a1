"""Somebody signs in with the company's account, in a real browser."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.cordee import Cordee
from tests.servers import ROOT, free_port, wait_for
from tests.web.conftest import ANewPage

PROVIDER = ROOT / "tests/contract/identity/oidc_provider.py"


@pytest.fixture(scope="module")
def cordee() -> Iterator[Cordee]:
    """One that knows a provider: Authlib's own server, in a process of its own."""
    provider, port = f"http://127.0.0.1:{free_port()}", free_port()
    settings = {
        "CORDEE_OIDC_ISSUER": provider,
        "CORDEE_OIDC_CLIENT_ID": "cordee",
        "CORDEE_OIDC_CLIENT_SECRET": "the-client-secret",
        "CORDEE_OIDC_NAME": "The Company",
        "CORDEE_SIGNUP": "domain",
        "CORDEE_SIGNUP_DOMAINS": "example.com",
        "CORDEE_EGRESS_ALLOW": "127.0.0.0/8",
    }
    with Cordee(env=settings, port=port) as running:
        back = f"{running.url}/api/v1/sso/callback"
        process = subprocess.Popen(
            [sys.executable, str(PROVIDER), provider.rpartition(":")[2], back],
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

        def answers() -> bool:
            try:
                return httpx.get(f"{provider}/.well-known/openid-configuration").is_success
            except httpx.HTTPError:
                return False

        wait_for("the provider answers", answers, 30)
        yield running
        process.kill()
        process.wait()


def who(page: Page, cordee: Cordee) -> str | None:
    """Whom the server takes this browser for."""
    answer = page.request.get(f"{cordee.url}/api/v1/users/me")
    return str(answer.json()["username"]) if answer.ok else None


def test_there_by_the_button_and_back_signed_in(cordee: Cordee, a_page: ANewPage) -> None:
    page = a_page()
    page.goto(f"{cordee.url}/login")
    page.get_by_role("link", name="The Company").click()
    page.get_by_label("User name").fill("zoe")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{cordee.url}/**")
    assert who(page, cordee) == "zoe"
    cookie = next(c for c in page.context.cookies() if c["name"] == "cordee")
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")


def test_whose_mailbox_is_not_proven_is_told_so(cordee: Cordee, a_page: ANewPage) -> None:
    page = a_page()
    page.goto(f"{cordee.url}/login")
    page.get_by_role("link", name="The Company").click()
    page.get_by_label("User name").fill("unproven-zed")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/login?sso=*")
    expect(page.get_by_role("alert")).to_be_visible()
    assert who(page, cordee) is None

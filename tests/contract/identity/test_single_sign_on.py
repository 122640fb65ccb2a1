"""Single sign-on with a real OpenID provider in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from shared.contracts.identity import (
    BEGIN_SSO,
    DEACTIVATE_USER,
    FINISH_SSO,
    GET_SIGN_IN_OPTIONS,
    INVITE,
    RESOLVE_SESSION,
    BeginSso,
    DeactivateUser,
    FinishSso,
    GetSignInOptions,
    Invite,
    NewSession,
    ResolveSession,
)
from shared.errors import CordeeError, Forbidden, NotFound, Unauthenticated
from tests.contract.identity.world import World
from tests.servers import free_port, wait_for

PROVIDER = Path(__file__).with_name("oidc_provider.py")
PORT = free_port()
CLIENT_ID, CLIENT_SECRET = "cordee", "the-client-secret"
REDIRECT_URI = "http://cordee.example/sso"
SETTINGS = {
    "CORDEE_OIDC_ISSUER": f"http://127.0.0.1:{PORT}",
    "CORDEE_OIDC_CLIENT_ID": CLIENT_ID,
    "CORDEE_OIDC_CLIENT_SECRET": CLIENT_SECRET,
    "CORDEE_OIDC_NAME": "The Company",
    "CORDEE_SIGNUP": "domain",
    "CORDEE_SIGNUP_DOMAINS": "example.com",
}


@pytest.fixture(scope="module", autouse=True)
def provider() -> Iterator[None]:
    """Authlib's own server."""
    quiet = {**os.environ, "PYTHONWARNINGS": "ignore"}
    running = subprocess.Popen(
        [sys.executable, str(PROVIDER), str(PORT)],
        env=quiet,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def answers() -> bool:
        try:
            url = f"http://127.0.0.1:{PORT}/.well-known/openid-configuration"
            return httpx.get(url).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    wait_for("the provider answers", answers, 30)
    yield
    running.kill()
    running.wait()


async def code_for(world: World, name: str, return_to: str | None = None) -> FinishSso:
    """Begin, sign in at the provider as somebody, and be sent back."""
    ask = BeginSso(redirect_uri=REDIRECT_URI, return_to=return_to)
    begun = await world.call(BEGIN_SSO, ask)
    async with httpx.AsyncClient() as browser:
        answer = await browser.get(f"{begun.url}&as_user={name}")
    back = parse_qs(urlsplit(answer.headers["location"]).query)
    assert back["state"] == [begun.state]
    return FinishSso(state=begun.state, code=back["code"][0], redirect_uri=REDIRECT_URI)


async def signed_in(world: World, name: str) -> NewSession:
    return await world.call(FINISH_SSO, await code_for(world, name))


async def test_the_page_offers_it(world: World) -> None:
    assert (await world.call(GET_SIGN_IN_OPTIONS, GetSignInOptions())).sso == "The Company"


async def test_a_newcomer_of_the_right_domain_gets_an_account(world: World) -> None:
    name = world.name("zoe")
    begun = await signed_in(world, name)
    assert (begun.user.username, begun.user.email_verified) == (name, True)
    ask = ResolveSession(digest=world.digest(begun.token))
    assert (await world.call(RESOLVE_SESSION, ask)).username == name
    assert (await signed_in(world, name)).user.id == begun.user.id


async def test_a_proven_mailbox_finds_the_account_that_has_it(world: World) -> None:
    alice = await world.person()
    assert (await signed_in(world, alice.username)).user.id == alice.principal_id


async def test_an_unproven_mailbox_finds_nothing(world: World) -> None:
    victim = await world.person("unproven")
    back = await code_for(world, victim.username)
    with pytest.raises(Forbidden):
        await world.call(FINISH_SSO, back)


async def test_state_and_code_count_once(world: World) -> None:
    back = await code_for(world, world.name("once"))
    await world.call(FINISH_SSO, back)
    with pytest.raises(NotFound):
        await world.call(FINISH_SSO, back)
    other = await code_for(world, world.name("twice"))
    with pytest.raises(Unauthenticated):
        await world.call(FINISH_SSO, other.model_copy(update={"code": back.code}))


async def test_a_code_of_another_browser_does_not_fit(world: World) -> None:
    mine, theirs = await code_for(world, "mine"), await code_for(world, "theirs")
    with pytest.raises(Unauthenticated):
        await world.call(FINISH_SSO, mine.model_copy(update={"code": theirs.code}))


async def test_an_invented_state_does_not_count(world: World) -> None:
    back = await code_for(world, "anybody")
    with pytest.raises(NotFound):
        await world.call(FINISH_SSO, back.model_copy(update={"state": "x" * 43}))


async def test_a_shut_account_stays_shut(world: World) -> None:
    begun = await signed_in(world, world.name("shut"))
    ask = DeactivateUser(username=begun.user.username)
    await world.call(DEACTIVATE_USER, ask, await world.admin())
    with pytest.raises(CordeeError):
        await signed_in(world, begun.user.username)


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("/acme/p?x=1", "/acme/p?x=1"),
        ("https://evil.example", None),
        ("//evil.example", None),
        ("/\\evil.example", None),
        (None, None),
    ],
)
async def test_it_returns_to_pages_of_ours_only(
    world: World, wanted: str | None, given: str | None
) -> None:
    back = await code_for(world, world.name("back"), wanted)
    assert (await world.call(FINISH_SSO, back)).return_to == given


async def test_an_invitation_waits_for_whom_sso_proves(world: World) -> None:
    alice, name = await world.person(), world.name("guest")
    team = await world.team(alice)
    await world.call(INVITE, Invite(team=team, email=f"{name}@example.com"), alice)
    assert (await signed_in(world, name)).user.email == f"{name}@example.com"

"""CI jobs that trade their provider's token for a key, with a real issuer on this machine."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from shared.contracts.identity import (
    CREATE_SERVICE_ACCOUNT,
    DELETE_SERVICE_ACCOUNT,
    EXCHANGE_TOKEN,
    LIST_PROVIDERS,
    REGISTER_PROVIDER,
    REMOVE_PROVIDER,
    Caller,
    CreateServiceAccount,
    DeleteServiceAccount,
    ExchangeToken,
    ListProviders,
    ProviderView,
    RegisterProvider,
    RemoveProvider,
)
from shared.errors import Conflict, CordeeError, Forbidden, Invalid, NotFound, Unauthenticated
from tests.contract.identity.world import World
from tests.servers import free_port

PORT = free_port()
ISSUER = f"http://127.0.0.1:{PORT}"
SETTINGS = {"CORDEE_EGRESS_ALLOW": "127.0.0.1/32"}
KEYS = [RSAKey.generate_key(2048, {"kid": "one"})]


class Issuer(BaseHTTPRequestHandler):
    """Publishes what `KEYS` holds."""

    def do_GET(self) -> None:
        found: dict[str, Any] = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"}
        if self.path == "/keys":
            found = {"keys": [key.as_dict(private=False) for key in KEYS]}
        body = json.dumps(found).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quietly."""


@pytest.fixture(scope="module", autouse=True)
def issuer() -> Iterator[None]:
    server = ThreadingHTTPServer(("127.0.0.1", PORT), Issuer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield
    server.shutdown()
    server.server_close()


def token(audience: str, subject: str = "repo:acme/vision:ref:refs/heads/main", **more: Any) -> str:
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": audience,
        "sub": subject,
        "iat": now,
        "exp": now + 300,
        "actor": "octocat",
        "sha": "c0ffee",
        "repository": "acme/vision",
        "ref": "refs/pull/42/merge",
        **more,
    }
    return jwt.encode({"alg": "RS256", "kid": "one"}, claims, KEYS[0])


async def registered(
    world: World, admin: Caller, team: str, subject: str = "repo:acme/vision:**"
) -> ProviderView:
    """A provider on a new service account; its audience is the team's name."""
    ask = CreateServiceAccount(team=team, name="ci")
    bot = await world.call(CREATE_SERVICE_ACCOUNT, ask, admin)
    return await world.call(
        REGISTER_PROVIDER,
        RegisterProvider(
            team=team, username=bot.username, issuer=ISSUER, audience=team, subject=subject
        ),
        admin,
    )


class TestRegistering:
    async def test_only_a_team_admin_may(self, world: World) -> None:
        alice, bob = await world.person(), await world.person("bob")
        team = await world.team(alice, (bob, "member"))
        provider = await registered(world, alice, team)
        ask = RegisterProvider.model_validate(provider.model_dump())
        with pytest.raises(Forbidden):
            await world.call(REGISTER_PROVIDER, ask, bob)
        with pytest.raises(Forbidden):
            await world.call(LIST_PROVIDERS, ListProviders(team=team), bob)

    @pytest.mark.parametrize("subject", ["*", "**", "", ":*", "x" * 501])
    async def test_a_pattern_that_says_nothing_is_refused(self, world: World, subject: str) -> None:
        alice = await world.person()
        team = await world.team(alice)
        with pytest.raises(Invalid) as refused:
            await registered(world, alice, team, subject)
        assert refused.value.field == "subject"

    async def test_nobody_takes_anothers_tokens(self, world: World) -> None:
        alice, mallory = await world.person(), await world.person("mallory")
        team, other = await world.team(alice), await world.team(mallory)
        provider = await registered(world, alice, team)
        bot = await world.call(
            CREATE_SERVICE_ACCOUNT, CreateServiceAccount(team=other, name="ci"), mallory
        )
        ask = RegisterProvider(
            team=other,
            username=bot.username,
            issuer=provider.issuer,
            audience=provider.audience,
            subject=provider.subject,
        )
        with pytest.raises(Conflict):
            await world.call(REGISTER_PROVIDER, ask, mallory)
        wide = ask.model_copy(update={"subject": "repo:**"})
        await world.call(REGISTER_PROVIDER, wide, mallory)
        exchanged = await world.call(EXCHANGE_TOKEN, ExchangeToken(token=token(team)))
        assert exchanged.team == team


class TestExchanging:
    async def test_gives_a_key_for_an_hour_that_knows_the_job(self, world: World) -> None:
        alice = await world.person()
        team = await world.team(alice)
        provider = await registered(world, alice, team)
        exchanged = await world.call(EXCHANGE_TOKEN, ExchangeToken(token=token(team)))
        life = exchanged.expires_at.timestamp() - time.time()
        assert 3_500 < life <= 3_600
        caller = await world.with_key(exchanged.api_key)
        assert (caller.username, caller.kind) == (provider.username, "service")
        assert caller.roles == {team: "service"}
        assert caller.ci == exchanged.claims
        assert {
            "actor": "octocat",
            "commit": "c0ffee",
            "pull_request": "42",
            "repository": "acme/vision",
        }.items() <= caller.ci.items()

    async def test_refuses_what_does_not_fit(self, world: World) -> None:
        alice = await world.person()
        team = await world.team(alice)
        await registered(world, alice, team)
        stranger = RSAKey.generate_key(2048, {"kid": "one"})
        forged = jwt.encode({"alg": "RS256", "kid": "one"}, {"iss": ISSUER, "aud": team}, stranger)
        for bad in (
            token("another-audience"),
            token(team, "repo:acme/other:ref:refs/heads/main"),
            token(team, "repo:acme/vision-evil:ref:x"),
            token(team, exp=int(time.time()) - 600),
            token(team, nbf=int(time.time()) + 600),
            token(team, iss="https://token.example.com"),
            token(team, sub=None),
            forged,
            "rubbish",
            "",
        ):
            with pytest.raises(Unauthenticated):
                await world.call(EXCHANGE_TOKEN, ExchangeToken(token=bad))

    async def test_a_token_serves_several_steps_of_a_job(self, world: World) -> None:
        alice = await world.person()
        team = await world.team(alice)
        await registered(world, alice, team)
        ask = ExchangeToken(token=token(team))
        exchanged = [await world.call(EXCHANGE_TOKEN, ask) for _ in range(3)]
        assert len({one.api_key for one in exchanged}) == 3

    @pytest.mark.parametrize("how", ["provider", "account"])
    async def test_ends_with_provider_and_account(self, world: World, how: str) -> None:
        alice = await world.person()
        team = await world.team(alice)
        provider = await registered(world, alice, team)
        exchanged = await world.call(EXCHANGE_TOKEN, ExchangeToken(token=token(team)))
        if how == "provider":
            await world.call(REMOVE_PROVIDER, RemoveProvider(team=team, id=provider.id), alice)
        else:
            gone = DeleteServiceAccount(team=team, username=provider.username)
            await world.call(DELETE_SERVICE_ACCOUNT, gone, alice)
            with pytest.raises(Unauthenticated):
                await world.with_key(exchanged.api_key)
        with pytest.raises(Unauthenticated):
            await world.call(EXCHANGE_TOKEN, ExchangeToken(token=token(team)))

    async def test_another_teams_provider_is_not_found(self, world: World) -> None:
        alice, mallory = await world.person(), await world.person("mallory")
        team, other = await world.team(alice), await world.team(mallory)
        provider = await registered(world, alice, team)
        ask = RemoveProvider(team=other, id=provider.id)
        with pytest.raises(NotFound):
            await world.call(REMOVE_PROVIDER, ask, mallory)


@pytest.mark.parametrize(
    "issuer_url",
    [
        "http://127.0.0.2:{port}",
        "http://[::1]:{port}",
        "http://169.254.169.254",
        "https://localhost:{port}",
        "http://example.com",
        "https://no-such-name.invalid",
    ],
)
async def test_nothing_is_fetched_from_where_we_may_not_go(world: World, issuer_url: str) -> None:
    alice = await world.person()
    team = await world.team(alice)
    bot = await world.call(
        CREATE_SERVICE_ACCOUNT, CreateServiceAccount(team=team, name="ci"), alice
    )
    url = issuer_url.format(port=PORT)
    ask = RegisterProvider(
        team=team, username=bot.username, issuer=url, audience=team, subject="repo:acme"
    )
    await world.call(REGISTER_PROVIDER, ask, alice)
    with pytest.raises(CordeeError) as refused:
        await world.call(EXCHANGE_TOKEN, ExchangeToken(token=token(team, iss=url, sub="repo:acme")))
    assert refused.value.code in ("forbidden", "unavailable")

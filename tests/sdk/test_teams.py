"""Teams as the unmodified SDK makes, joins and uses them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.contract.gateway.issuer import Issuer
from tests.cordee import Cordee
from tests.sdk.conftest import RunScript
from tests.sdk.machine import Machine, User

pytestmark = pytest.mark.sdk

FOUND_A_TEAM = """
    import json, sys, wandb

    name, chief, hand = sys.argv[1:]
    api = wandb.Api()
    users = [api.create_user(f"{who}@example.com") for who in (chief, hand)]
    team = api.create_team(name)
    invited = [team.invite(chief, admin=True), team.invite(f"{hand}@example.com")]
    account = team.create_service_account("nightly build")
    again, members = team.invite(chief), api.team(name).members
    print(json.dumps({
        "users": [user.username for user in users],
        "invited": [*invited, again],
        "service": [account.username, account.account_type, account.api_key],
        "members": [[m.username, m.account_type, m.pending, m.api_key] for m in members],
    }))
"""
LOG = """
    import json, sys, wandb

    with wandb.init(**json.loads(sys.argv[1])) as run:
        run.log({"loss": 0.5})
    print(json.dumps(run.path))
"""
READ = """
    import json, sys, wandb

    try:
        run = wandb.Api().run(sys.argv[1])
        print(json.dumps([run.user.username, run.summary["loss"], len(list(run.scan_history()))]))
    except Exception as error:
        print(json.dumps(f"{type(error).__name__}: {error}"))
"""
LIST_AND_REMOVE = """
    import json, sys, wandb

    name, unwanted = sys.argv[1:]
    team = wandb.Api().team(name)
    before = {m.username: m.account_type for m in team.members}
    done = [m.delete() for m in team.members if m.username == unwanted]
    team.load(force=True)
    print(json.dumps([before, done, {m.username: m.account_type for m in team.members}]))
"""
OVERREACH = """
    import json, sys, wandb

    own, others, run = sys.argv[1:]
    api, found = wandb.Api(), []
    for attempt in (
        lambda: api.run(run),
        lambda: api.create_team("taken-by-ci"),
        lambda: api.team(others),
        lambda: api.create_user("by-ci@example.com"),
        lambda: wandb.init(project=run.split("/")[1], entity=others, settings={"init_timeout": 20}),
    ):
        try:
            found.append(repr(attempt()))
        except Exception as error:
            found.append(type(error).__name__)
    found.append(api.team(own).invite("somebody@example.com"))
    found.append(api.team(own).create_service_account("another"))
    print(json.dumps(found))
"""


class Town:
    """A Cordée, its administrator, and what is done there without the SDK."""

    def __init__(self, cordee: Cordee) -> None:
        self.url = cordee.url
        self.admin = User("admin", "admin@example.com", cordee.admin_key)

    def ask(self, user: User, method: str, path: str, **body: Any) -> Any:
        """Over REST; it must work."""
        auth = httpx.BasicAuth("api", user.api_key)
        url = f"{self.url}/api/v1/{path}"
        answer = httpx.request(method, url, json=body or None, auth=auth, timeout=20)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def known(self, username: str) -> User:
        """Somebody who has an account, with a key."""
        key = self.ask(self.admin, "POST", f"users/{username}/api-keys", name="test")["key"]
        return User(username, f"{username}@example.com", key)

    def join(self, user: User) -> None:
        """Accept the one invitation that waits."""
        [waiting] = self.ask(user, "GET", "users/me/invitations")["items"]
        self.ask(user, "POST", f"invitations/{waiting['id']}/accept")

    def team(self, admin: User, name: str, *members: User) -> str:
        """A team with members."""
        self.ask(admin, "POST", "teams", name=name)
        for member in members:
            path = f"teams/{name}/invitations"
            self.ask(admin, "POST", path, username=member.username, role="member")
            self.join(member)
        return name

    def service(self, admin: User, team: str) -> User:
        """A new service account of a team."""
        made = self.ask(admin, "POST", f"teams/{team}/service-accounts", name="ci")
        return User(made["username"], "", made["api_key"])


@pytest.fixture(scope="package")
def town(cordee: Cordee) -> Town:
    return Town(cordee)


def test_a_team_is_founded_filled_and_thinned_out_with_the_sdk_alone(
    run_script: RunScript, town: Town
) -> None:
    told = run_script(FOUND_A_TEAM, "climbers", "chief", "hand", user=town.admin).told
    username, kind, key = told["service"]
    assert told["users"] == ["chief", "hand"]
    assert told["invited"] == [True, True, False]
    assert (username, kind) == ("climbers-nightly-build", "SERVICE")
    assert town.ask(User(username, "", key), "GET", "users/me")["username"] == username
    assert told["members"] == [
        ["admin", "ADMIN", False, None],
        [None, "MEMBER", True, None],
        ["chief", "ADMIN", True, None],
        [username, "SERVICE", False, None],
    ]

    chief, hand = town.known("chief"), town.known("hand")
    town.join(chief)
    town.join(hand)
    path = run_script(LOG, '{"project": "summit"}', user=hand).told
    assert path.startswith("climbers/summit/")
    assert run_script(READ, path, user=hand).told == ["hand", 0.5, 1]

    before, done, after = run_script(LIST_AND_REMOVE, "climbers", "hand", user=chief).told
    assert before == {"admin": "ADMIN", "chief": "ADMIN", "hand": "MEMBER", username: "SERVICE"}
    assert done == [True]
    assert after == {"admin": "ADMIN", "chief": "ADMIN", username: "SERVICE"}
    assert run_script(READ, path, user=chief).told == ["hand", 0.5, 1]
    assert "Could not find run" in run_script(READ, path, user=hand).told


def test_ci_logs_for_a_member_into_its_team_and_reaches_nothing_else(
    run_script: RunScript, town: Town, a_user: Callable[[], User]
) -> None:
    alice, bob, stranger = a_user(), a_user(), a_user()
    team, other = f"{alice.username}-vision", f"{stranger.username}-sound"
    town.team(alice, team, bob)
    town.team(stranger, other)
    secret = run_script(LOG, f'{{"project": "p", "entity": "{other}"}}', user=stranger).told
    ci = town.service(alice, team)

    def log(who: str) -> str:
        env = {"CI": "true", "GITHUB_ACTIONS": "true", "WANDB_USERNAME": who}
        path: str = run_script(LOG, '{"project": "p"}', user=ci, **env).told
        assert path.startswith(f"{team}/p/")
        return path

    for_bob = log(bob.username)
    assert run_script(READ, for_bob, user=alice).told == [bob.username, 0.5, 1]
    assert run_script(READ, for_bob, user=ci).told == [bob.username, 0.5, 1]
    for_nobody = log(stranger.username)
    assert run_script(READ, for_nobody, user=alice).told == [ci.username, 0.5, 1]
    seen = town.ask(alice, "GET", f"runs/{for_nobody}")
    assert stranger.username in seen["attribution_note"]

    run, founding, looking, making, logging, inviting, multiplying = run_script(
        OVERREACH, team, other, secret, user=ci, WANDB_USERNAME=alice.username
    ).told
    assert run == "CommError"
    assert (founding, making, logging) == (
        "WandbApiFailedError",
        "WandbApiFailedError",
        "CommError",
    )
    assert "Member" not in looking
    assert (inviting, multiplying) == (False, None)
    assert [m["username"] for m in town.ask(stranger, "GET", f"teams/{other}")["members"]] == [
        stranger.username
    ]


def test_accepting_an_invitation_decides_where_the_next_run_goes(
    run_script: RunScript, town: Town, a_user: Callable[[], User]
) -> None:
    alice, bob = a_user(), a_user()
    look = "import json, wandb; print(json.dumps(wandb.Api().viewer.entity))"
    assert run_script(look, user=bob).told == bob.username
    assert run_script(LOG, '{"project": "p"}', user=bob).told.startswith(f"{bob.username}/p/")

    team = town.team(alice, f"{alice.username}-team", bob)
    assert run_script(look, user=bob).told == team
    assert run_script(LOG, '{"project": "p"}', user=bob).told.startswith(f"{team}/p/")
    own = f'{{"project": "p", "entity": "{bob.username}"}}'
    assert run_script(LOG, own, user=bob).told.startswith(f"{bob.username}/p/")
    path = run_script(LOG, '{"project": "p"}', user=bob, WANDB_ENTITY=bob.username).told
    assert path.startswith(f"{bob.username}/p/")

    town.ask(bob, "PATCH", "users/me", default_entity=bob.username)
    assert run_script(LOG, '{"project": "p"}', user=bob).told.startswith(f"{bob.username}/p/")


class TestKeylessCi:
    """`WANDB_IDENTITY_TOKEN_FILE`; the instance may ask an issuer on this machine."""

    @pytest.fixture(scope="class")
    def issuer(self) -> Iterator[Issuer]:
        with Issuer() as running:
            yield running

    def test_a_jobs_own_token_logs_as_the_service_account(
        self, town: Town, issuer: Issuer, a_user: Callable[[], User]
    ) -> None:
        chief = a_user()
        team = town.team(chief, "keyless")
        ci = town.service(chief, team)
        provider = {"issuer": issuer.url, "audience": "cordee", "subject": "repo:org/app:**"}
        path = f"teams/{team}/oidc-providers"
        town.ask(chief, "POST", path, username=ci.username, **provider)

        with Machine(town.url) as machine:
            file = machine.home / "token"
            file.write_text(issuer.token(aud="cordee", sub="repo:org/app:ref:refs/heads/main"))
            given = {"WANDB_IDENTITY_TOKEN_FILE": str(file)}
            path = machine.run(LOG, '{"project": "p"}', **given).told
            assert machine.run(READ, path, **given).told == [ci.username, 0.5, 1]

        with Machine(town.url) as machine:
            file = machine.home / "token"
            file.write_text(issuer.token(aud="cordee", sub="repo:org/other:ref:refs/heads/main"))
            ran = machine.run(READ, path, WANDB_IDENTITY_TOKEN_FILE=str(file))
            assert "No service account is registered for this token." in ran.told

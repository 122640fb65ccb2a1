"""Service accounts over REST, and the keys that CI jobs get for their own tokens."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.contract.gateway.edge import SECOND, Edge
from tests.contract.gateway.issuer import Issuer
from tests.servers import wait_for

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class TestServiceAccounts:
    def test_the_key_is_shown_once(self, edge: Edge) -> None:
        alice = edge.person()
        team = edge.team(alice)
        path = f"/api/v1/teams/{team}/service-accounts"
        made = alice.post(path, name="nightly", scope="write_runs")
        assert set(made) == {"username", "name", "api_key", "key"}
        [listed] = alice.get(path)["items"]
        assert (listed["username"], listed["name"]) == (made["username"], "nightly")
        assert [key["scope"] for key in listed["keys"]] == ["write_runs"]
        assert made["api_key"] not in json.dumps(listed)

    def test_is_listed_apart_from_people_by_its_kind(self, edge: Edge) -> None:
        alice = edge.person()
        team = edge.team(alice)
        username, _ = edge.service(alice, team)
        kinds = {m["username"]: m["kind"] for m in alice.get(f"/api/v1/teams/{team}")["members"]}
        assert kinds == {alice.username: "user", username: "service"}

    def test_says_on_whose_behalf_it_works(self, edge: Edge) -> None:
        alice, bob, carol = (edge.person(stem) for stem in ("alice", "bob", "carol"))
        team = edge.team(alice, (bob, "member"))
        username, key = edge.service(alice, team)

        def me(**named: str) -> dict[str, object]:
            headers = {f"X-WANDB-{name.replace('_', '-')}": who for name, who in named.items()}
            found: dict[str, object] = edge.with_key(key, **headers).get("/api/v1/users/me").json()
            assert (found["username"], found["kind"]) == (username, "service")
            assert (found["default_entity"], found["email"]) == (team, None)
            return found

        assert me()["on_behalf_of"] is None
        assert me(USERNAME="")["on_behalf_of"] is None
        assert me(USERNAME=bob.username)["on_behalf_of"] == bob.username
        assert me(USER_EMAIL=bob.email)["on_behalf_of"] == bob.username
        assert me(USERNAME=alice.username, USER_EMAIL=bob.email)["on_behalf_of"] == alice.username
        for stranger in (carol.username, edge.name("ghost"), "admin"):
            found = me(USERNAME=stranger)
            assert found["on_behalf_of"] is None
            assert stranger in str(found["attribution_note"])

    def test_a_person_cannot_work_on_somebodys_behalf(self, edge: Edge) -> None:
        alice, bob = edge.person("alice"), edge.person("bob")
        edge.team(alice, (bob, "member"))
        me = bob.http.get("/api/v1/users/me", headers={"X-WANDB-USERNAME": alice.username}).json()
        assert (me["username"], me["on_behalf_of"]) == (bob.username, None)

    def test_may_not_do_what_takes_a_person(self, edge: Edge) -> None:
        alice = edge.person()
        team = edge.team(alice)
        _, key = edge.service(alice, team)
        ci = edge.with_key(key, **{"X-WANDB-USERNAME": alice.username})
        attempts = [
            ci.post("/api/v1/teams", json={"name": edge.name("x")}),
            ci.post(f"/api/v1/teams/{team}/invitations", json={"email": "x@example.com"}),
            ci.post(f"/api/v1/teams/{team}/service-accounts", json={"name": "x"}),
            ci.post("/api/v1/users/me/api-keys", json={"name": "x"}),
            ci.get(f"/api/v1/teams/{team}/audit"),
        ]
        assert {attempt.status_code for attempt in attempts} == {403}

    def test_further_keys_are_a_team_admins_to_make(self, edge: Edge) -> None:
        alice, bob = edge.person("alice"), edge.person("bob")
        team = edge.team(alice, (bob, "member"))
        username, _ = edge.service(alice, team)
        path = f"/api/v1/users/{username}/api-keys"
        made = alice.post(path, name="second", scope="read", expires_at="2099-01-01")
        assert (made["scope"], made["expires_at"]) == ("read", "2099-01-01T00:00:00.000Z")
        assert bob.http.post(path, json={"name": "x"}).status_code == 403

    def test_deleted_its_keys_are_refused_within_a_second(self, edge: Edge) -> None:
        alice = edge.person()
        team = edge.team(alice)
        username, key = edge.service(alice, team)
        assert not edge.refuses(key)
        path = f"/api/v1/teams/{team}/service-accounts/{username}"
        assert alice.http.delete(path).status_code == 204
        wait_for("refused", lambda: edge.refuses(key), SECOND)


class TestKeylessCi:
    def exchange(self, edge: Edge, token: str, grant: str = GRANT) -> httpx.Response:
        return edge.visitor().post("/oidc/token", data={"grant_type": grant, "assertion": token})

    def test_a_jobs_own_token_buys_a_key_for_an_hour(self, edge: Edge, issuer: Issuer) -> None:
        alice, audience = edge.person(), edge.name("audience")
        team = edge.team(alice)
        username, _ = edge.service(alice, team)
        path = f"/api/v1/teams/{team}/oidc-providers"
        provider = {"issuer": issuer.url, "audience": audience, "subject": "repo:org/app:**"}
        made = alice.post(path, username=username, **provider)
        assert alice.get(path)["items"] == [made]

        token = issuer.token(aud=audience, sub="repo:org/app:ref:refs/heads/main", actor="octo")
        given = self.exchange(edge, token)
        body = given.json()
        assert (given.status_code, body["token_type"]) == (200, "Bearer")
        assert 3500 < body["expires_in"] <= 3600
        ci = edge.visitor(Authorization=f"Bearer {body['access_token']}")
        me = ci.get("/api/v1/users/me").json()
        assert (me["username"], me["default_entity"]) == (username, team)

        other = issuer.token(aud=audience, sub="repo:org/other:ref:refs/heads/main")
        assert self.exchange(edge, other).json()["error"] == "invalid_grant"
        assert alice.http.delete(f"{path}/{made['id']}").status_code == 204
        assert self.exchange(edge, token).json()["error"] == "invalid_grant"

    @pytest.mark.parametrize(
        ("token", "grant", "error"),
        [
            ("a.b.c", GRANT, "invalid_grant"),
            ("", GRANT, "invalid_request"),
            ("x" * 20_000, GRANT, "invalid_request"),
            ("a.b.c", "password", "unsupported_grant_type"),
        ],
    )
    def test_a_refusal_is_worded_as_oauth_has_it(
        self, edge: Edge, token: str, grant: str, error: str
    ) -> None:
        answer = self.exchange(edge, token, grant)
        assert (answer.status_code, answer.json()["error"]) == (400, error)
        assert answer.headers["cache-control"] == "no-store"

    def test_what_is_no_form_is_refused(self, edge: Edge) -> None:
        for body in (b"", b"\xff\xfe", b'{"grant_type": "x"}', b"&" * 5000):
            answer = edge.visitor().post("/oidc/token", content=body)
            assert answer.json()["error"] == "unsupported_grant_type"

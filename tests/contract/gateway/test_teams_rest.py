"""Teams, their people, service accounts and logs over REST, as `contract.md` promises them."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.contract.gateway.edge import Edge, Person, detail
from tests.contract.gateway.issuer import Issuer
from tests.servers import wait_for

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def refused(edge: Edge, key: str) -> bool:
    return edge.with_key(key).get("/api/v1/users/me").status_code == 401


class TestAccounts:
    def test_a_stranger_is_asked_to_sign_in(self, edge: Edge) -> None:
        for path in ("users/me", "users", "teams", "teams/x", "organizations", "audit", "sessions"):
            answer = edge.visitor().get(f"/api/v1/{path}")
            assert (answer.status_code, answer.json()["title"]) == (401, "Not signed in")

    def test_only_administrators_make_accounts(self, edge: Edge) -> None:
        name = edge.name("x")
        body = {"username": name, "email": f"{name}@example.com"}
        assert edge.person().http.post("/api/v1/users", json=body).status_code == 403

    def test_a_taken_name_is_a_conflict(self, edge: Edge) -> None:
        alice = edge.person()
        body = {"username": alice.username.upper(), "email": "other@example.com"}
        assert edge.admin.http.post("/api/v1/users", json=body).status_code == 409

    def test_a_key_from_elsewhere_is_adopted(self, edge: Edge) -> None:
        key = "local-" + edge.name("x").ljust(40, "y")
        alice = edge.person(api_key=key)
        assert edge.with_key(key).get("/api/v1/users/me").json()["username"] == alice.username

    def test_who_am_i(self, edge: Edge) -> None:
        alice = edge.person()
        me = alice.get("/api/v1/users/me")
        contract = {key: me[key] for key in ("username", "email", "admin", "default_entity")}
        assert contract == {
            "username": alice.username,
            "email": alice.email,
            "admin": False,
            "default_entity": alice.username,
        }
        assert (me["teams"], me["kind"], me["on_behalf_of"]) == ([], "user", None)
        assert datetime.fromisoformat(me["created_at"]).tzinfo is not None
        assert me["created_at"].endswith("Z")

    def test_settings_of_ones_own(self, edge: Edge) -> None:
        alice = edge.person()
        team = edge.team(alice)
        wishes = {"name": "Alice A.", "language": "fr", "default_entity": team}
        answer = alice.http.patch("/api/v1/users/me", json=wishes)
        assert wishes.items() <= answer.json().items()
        for news in ({"alerts": True}, {"weekly": False}):
            answer = alice.http.patch("/api/v1/users/me", json={"notifications": news})
        assert answer.json()["notifications"] == {"alerts": True, "weekly": False}

    @pytest.mark.parametrize(
        ("field", "value"),
        [("language", "de"), ("default_entity", "elsewhere"), ("admin", True), ("name", "x" * 999)],
    )
    def test_a_setting_that_cannot_be_is_named(self, edge: Edge, field: str, value: object) -> None:
        answer = edge.person().http.patch("/api/v1/users/me", json={field: value})
        assert (answer.status_code, answer.json()["field"]) == (422, field)

    def test_administrators_find_everybody_page_by_page(self, edge: Edge) -> None:
        stem = edge.name("found")
        names = sorted(edge.person(stem).username for _ in range(5))
        query: dict[str, str | int] = {"query": stem, "limit": 2}
        found = []
        while True:
            page = edge.admin.get("/api/v1/users", params=query)
            found += [user["username"] for user in page["items"]]
            if page["next"] is None:
                break
            query["cursor"] = page["next"]
        assert found == names

    def test_others_find_their_fellows_only(self, edge: Edge) -> None:
        alice, bob, carol = (edge.person(stem) for stem in ("alice", "bob", "carol"))
        edge.team(alice, (bob, "member"))
        found = bob.get("/api/v1/users")["items"]
        assert {user["username"] for user in found} == {alice.username, bob.username}
        assert bob.http.get(f"/api/v1/users/{alice.username}").status_code == 200
        hidden = bob.http.get(f"/api/v1/users/{carol.username}")
        assert detail(hidden) == (404, f"There is no user {carol.username!r}.")

    def test_a_shut_account_is_refused_until_it_is_opened_again(self, edge: Edge) -> None:
        alice, path = edge.person(), "/api/v1/users/me"
        account = f"/api/v1/users/{alice.username}"
        assert alice.http.post(f"{account}:deactivate").status_code == 403
        shut = edge.admin.post(f"{account}:deactivate")
        assert shut["deactivated_at"].endswith("Z")
        wait_for("refused", lambda: alice.http.get(path).status_code == 401, 1.5)
        assert edge.admin.post(f"{account}:reactivate")["deactivated_at"] is None
        wait_for("heard again", lambda: alice.http.get(path).status_code == 200, 1.5)

    def test_an_administrator_is_appointed_and_dismissed(self, edge: Edge) -> None:
        alice = edge.person()
        account = f"/api/v1/users/{alice.username}"
        for admin in (True, False):
            answer = edge.admin.http.patch(account, json={"admin": admin})
            assert answer.json()["admin"] is admin

    def test_a_deleted_account_is_gone(self, edge: Edge) -> None:
        alice = edge.person()
        assert edge.admin.http.delete(f"/api/v1/users/{alice.username}").status_code == 204
        gone = lambda: alice.http.get("/api/v1/users/me").status_code == 401  # noqa: E731
        wait_for("refused", gone, 1.5)


class TestKeys:
    def test_a_key_is_shown_once(self, edge: Edge) -> None:
        alice = edge.person()
        path = f"/api/v1/users/{alice.username}/api-keys"
        made = alice.post(path, name="laptop", expires_at="2099-01-01T00:00:00Z")
        assert (made["name"], made["expires_at"]) == ("laptop", "2099-01-01T00:00:00.000Z")
        assert set(made) >= {"id", "name", "key", "created_at", "expires_at", "last_used_at"}
        listed = alice.get(path)["items"]
        assert made["key"] not in json.dumps(listed)
        assert [item["id"] for item in listed][-1] == made["id"]

    def test_a_revoked_key_is_refused_within_a_second(self, edge: Edge) -> None:
        alice = edge.person()
        made = alice.post("/api/v1/users/me/api-keys")
        assert not refused(edge, made["key"])
        assert alice.http.delete(f"/api/v1/users/me/api-keys/{made['id']}").status_code == 204
        wait_for("refused", lambda: refused(edge, made["key"]), 1.0)

    def test_a_rotated_key_counts_for_a_while(self, edge: Edge) -> None:
        alice = edge.person()
        path = "/api/v1/users/me/api-keys"
        old = alice.post(path, name="ci")
        new = alice.post(f"{path}/{old['id']}:rotate", overlap_s=1000)
        assert new["name"] == "ci"
        assert not refused(edge, old["key"])
        assert not refused(edge, new["key"])
        last = alice.post(f"{path}/{new['id']}:rotate", overlap_s=0)
        wait_for("refused", lambda: refused(edge, new["key"]), 1.0)
        assert not refused(edge, last["key"])

    def test_strangers_keys_are_out_of_reach(self, edge: Edge) -> None:
        alice, bob = edge.person("alice"), edge.person("bob")
        path = f"/api/v1/users/{alice.username}/api-keys"
        key_id = alice.post(path)["id"]
        answers = [
            bob.http.get(path),
            bob.http.post(path, json={"name": "x"}),
            bob.http.post(f"{path}/{key_id}:rotate", json={}),
            bob.http.delete(f"{path}/{key_id}"),
            bob.http.delete(f"/api/v1/users/me/api-keys/{key_id}"),
        ]
        assert {answer.status_code for answer in answers} == {404}

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("scope", "everything"),
            ("expires_at", "2001-01-01T00:00:00Z"),
            ("expires_at", "soon"),
            ("name", "x" * 300),
            ("nmae", "x"),
        ],
    )
    def test_what_is_wrong_is_named(self, edge: Edge, field: str, value: str) -> None:
        answer = edge.person().http.post("/api/v1/users/me/api-keys", json={field: value})
        assert (answer.status_code, answer.json()["field"]) == (422, field)


class TestTeams:
    def test_the_founder_is_its_admin_at_once(self, edge: Edge) -> None:
        alice, name = edge.person(), edge.name("team")
        alice.get("/api/v1/users/me")
        made = alice.post("/api/v1/teams", name=name)
        assert [(m["username"], m["role"], m["kind"]) for m in made["members"]] == [
            (alice.username, "admin", "user")
        ]
        assert alice.get(f"/api/v1/teams/{name}") == made
        assert alice.get("/api/v1/teams")["items"][0]["name"] == name
        assert alice.get("/api/v1/users/me")["teams"] == [{"name": name, "role": "admin"}]

    @pytest.mark.parametrize("name", ["", "a b", "a/b", "api", "é", "x" * 129])
    def test_a_bad_name_is_named(self, edge: Edge, name: str) -> None:
        answer = edge.person().http.post("/api/v1/teams", json={"name": name})
        assert (answer.status_code, answer.json()["field"]) == (422, "name")

    def test_a_taken_name_is_a_conflict(self, edge: Edge) -> None:
        team = edge.team(edge.person())
        answer = edge.person().http.post("/api/v1/teams", json={"name": team})
        assert answer.status_code == 409

    def test_an_unknown_field_is_refused_by_name(self, edge: Edge) -> None:
        body = {"name": edge.name("team"), "descripton": "typo"}
        answer = edge.person().http.post("/api/v1/teams", json=body)
        assert (answer.status_code, answer.json()["field"]) == (422, "descripton")

    def test_a_hidden_team_looks_like_an_absent_one(self, edge: Edge) -> None:
        alice, bob = edge.person("alice"), edge.person("bob")
        team = edge.team(alice)
        switched = alice.http.patch(f"/api/v1/teams/{team}/privacy", json={"hidden": True})
        assert switched.json()["hidden"] is True
        ghost = "x".join([team[:5], team[6:]])
        path = "/api/v1/teams/{}"
        asked = [
            ("GET", path, None),
            ("PATCH", path, {"description": "x"}),
            ("PATCH", f"{path}/privacy", {"hidden": False}),
            ("DELETE", path, {"name": team}),
            ("GET", f"{path}/deletion", None),
            ("POST", f"{path}:leave", None),
            ("PATCH", f"{path}/members/{alice.username}", {"role": "viewer"}),
            ("DELETE", f"{path}/members/{alice.username}", None),
            ("GET", f"{path}/invitations", None),
            ("POST", f"{path}/invitations", {"username": bob.username}),
            ("GET", f"{path}/service-accounts", None),
            ("POST", f"{path}/service-accounts", {"name": "ci"}),
            ("GET", f"{path}/oidc-providers", None),
            ("GET", f"{path}/audit", None),
            ("GET", f"{path}/audit/export", None),
        ]
        for method, route, body in asked:
            hidden, absent = (
                bob.http.request(method, route.format(name), json=body) for name in (team, ghost)
            )
            assert detail(hidden) == (404, f"There is no team {team!r}."), (method, route)
            assert hidden.status_code == absent.status_code
            assert len(hidden.content) == len(absent.content)
            assert (
                hidden.text.replace(team, ghost).partition("request_id")[0]
                == (absent.text.partition("request_id")[0])
            )

    def test_outsiders_of_a_visible_team_see_no_members(self, edge: Edge) -> None:
        team = edge.team(edge.person())
        seen = edge.person("bob").get(f"/api/v1/teams/{team}")
        assert (seen["members"], seen["role"], seen["created_by"]) == ([], None, None)

    def test_the_profile_is_for_admins_to_change(self, edge: Edge) -> None:
        alice, bob = edge.person("alice"), edge.person("bob")
        team = edge.team(alice, (bob, "member"))
        change = {"description": "We see."}
        assert bob.http.patch(f"/api/v1/teams/{team}", json=change).status_code == 403
        assert alice.http.patch(f"/api/v1/teams/{team}", json=change).json()["description"] == (
            "We see."
        )

    def test_roles_change_but_the_last_admin_stays(self, edge: Edge) -> None:
        alice, bob = edge.person("alice"), edge.person("bob")
        team = edge.team(alice, (bob, "viewer"))
        members = f"/api/v1/teams/{team}/members"
        changed = alice.http.patch(f"{members}/{bob.username}", json={"role": "member"})
        assert (changed.status_code, changed.json()["role"]) == (200, "member")
        for attempt in (
            alice.http.patch(f"{members}/{alice.username}", json={"role": "viewer"}),
            alice.http.delete(f"{members}/{alice.username}"),
            alice.http.post(f"/api/v1/teams/{team}:leave"),
        ):
            assert attempt.status_code == 409
        alice.http.patch(f"{members}/{bob.username}", json={"role": "admin"})
        assert alice.http.post(f"/api/v1/teams/{team}:leave").status_code == 204
        assert alice.get("/api/v1/users/me")["teams"] == []

    def test_a_removed_member_is_out_within_a_second(self, edge: Edge) -> None:
        alice, bob = edge.person("alice"), edge.person("bob")
        team = edge.team(alice, (bob, "member"))
        alice.http.patch(f"/api/v1/teams/{team}/privacy", json={"hidden": True})
        assert bob.get(f"/api/v1/teams/{team}")["role"] == "member"
        removal = alice.http.delete(f"/api/v1/teams/{team}/members/{bob.username}")
        assert removal.status_code == 204
        out = lambda: bob.http.get(f"/api/v1/teams/{team}").status_code == 404  # noqa: E731
        wait_for("out", out, 1.0)

    def test_deleting_asks_for_the_name_and_says_what_goes(self, edge: Edge) -> None:
        alice, bob = edge.person("alice"), edge.person("bob")
        team = edge.team(alice, (bob, "member"))
        username, key = edge.service(alice, team)
        path = f"/api/v1/teams/{team}"
        goes = {"members": 2, "service_accounts": [username], "api_keys": 1, "invitations": 0}
        assert alice.get(f"{path}/deletion") == goes
        assert alice.http.request("DELETE", path, json={"name": "other"}).status_code == 422
        assert alice.http.request("DELETE", path).status_code == 422
        assert alice.http.request("DELETE", path, json={"name": team}).json() == goes
        assert alice.http.get(path).status_code == 404
        wait_for("refused", lambda: refused(edge, key), 1.0)
        assert alice.http.post("/api/v1/teams", json={"name": team}).status_code == 409


class TestInvitations:
    def test_to_a_mailbox_with_a_token_to_hand_over(self, edge: Edge) -> None:
        alice, bob = edge.person("alice"), edge.person("bob")
        team = edge.team(alice)
        path = f"/api/v1/teams/{team}/invitations"
        made = alice.post(path, email=bob.email, role="viewer")
        assert (made["email"], made["role"]) == (bob.email, "viewer")
        until = datetime.fromisoformat(made["expires_at"])
        assert timedelta(days=6.9) < until - datetime.now(UTC) < timedelta(days=7.1)
        [listed] = alice.get(path)["items"]
        assert listed == {key: value for key, value in made.items() if key != "token"}
        offered = edge.visitor().get(f"/api/v1/invitations/{made['token']}").json()
        assert offered == {
            "team": team,
            "role": "viewer",
            "invited_by": alice.username,
            "email": bob.email,
            "expires_at": made["expires_at"],
        }
        joined = bob.post(f"/api/v1/invitations/{made['token']}/accept")
        assert joined == {"team": team, "role": "viewer"}
        assert alice.get(path)["items"] == []

    def test_by_id_and_the_team_is_the_default_at_once(self, edge: Edge) -> None:
        alice, bob = edge.person("alice"), edge.person("bob")
        team = edge.team(alice)
        alice.post(f"/api/v1/teams/{team}/invitations", username=bob.username, role="member")
        [waiting] = bob.get("/api/v1/users/me/invitations")["items"]
        assert (waiting["team"], waiting["role"], waiting["invited_by"]) == (
            team,
            "member",
            alice.username,
        )
        bob.post(f"/api/v1/invitations/{waiting['id']}/accept")
        asked = {"query": "{ viewer { entity teams { edges { node { name } } } } }"}
        viewer = bob.post("/graphql", **asked)["data"]["viewer"]
        assert viewer == {"entity": team, "teams": {"edges": [{"node": {"name": team}}]}}
        assert bob.http.post(f"/api/v1/invitations/{waiting['id']}/accept").status_code == 409

    def test_somebody_elses_is_not_there(self, edge: Edge) -> None:
        alice, bob, carol = (edge.person(stem) for stem in ("alice", "bob", "carol"))
        team = edge.team(alice)
        made = alice.post(f"/api/v1/teams/{team}/invitations", username=bob.username)
        by_id = carol.http.post(f"/api/v1/invitations/{made['id']}/accept")
        by_token = carol.http.post(f"/api/v1/invitations/{made['token']}/accept")
        assert (by_id.status_code, by_token.status_code) == (404, 403)
        assert edge.visitor().get(f"/api/v1/invitations/{made['id']}").status_code == 404

    def test_sent_again_the_old_token_is_void(self, edge: Edge) -> None:
        alice, bob = edge.person("alice"), edge.person("bob")
        path = f"/api/v1/teams/{edge.team(alice)}/invitations"
        made = alice.post(path, email=bob.email)
        again = alice.post(f"{path}/{made['id']}:resend")
        assert again["token"] != made["token"]
        assert edge.visitor().get(f"/api/v1/invitations/{made['token']}").status_code == 404
        assert edge.visitor().get(f"/api/v1/invitations/{again['token']}").status_code == 200

    def test_taken_back_it_no_longer_works(self, edge: Edge) -> None:
        alice, bob = edge.person("alice"), edge.person("bob")
        path = f"/api/v1/teams/{edge.team(alice)}/invitations"
        made = alice.post(path, email=bob.email)
        assert alice.http.delete(f"{path}/{made['id']}").status_code == 204
        answer = bob.http.post(f"/api/v1/invitations/{made['token']}/accept")
        assert answer.status_code == 410

    def test_declined_it_is_over(self, edge: Edge) -> None:
        alice, bob = edge.person("alice"), edge.person("bob")
        team = edge.team(alice)
        made = alice.post(f"/api/v1/teams/{team}/invitations", username=bob.username)
        bob.post(f"/api/v1/invitations/{made['id']}/decline")
        assert bob.get("/api/v1/users/me/invitations")["items"] == []
        assert bob.get("/api/v1/users/me")["teams"] == []

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "email"),
            ({"email": "no mailbox"}, "email"),
            ({"email": "a@example.com", "role": "owner"}, "role"),
            ({"mail": "a@example.com"}, "mail"),
        ],
    )
    def test_what_is_wrong_is_named(self, edge: Edge, body: dict[str, str], field: str) -> None:
        alice = edge.person()
        answer = alice.http.post(f"/api/v1/teams/{edge.team(alice)}/invitations", json=body)
        assert (answer.status_code, answer.json()["field"]) == (422, field)


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
        assert not refused(edge, key)
        path = f"/api/v1/teams/{team}/service-accounts/{username}"
        assert alice.http.delete(path).status_code == 204
        wait_for("refused", lambda: refused(edge, key), 1.0)


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


class TestOrganizations:
    def test_founded_by_an_administrator_and_run_by_its_owner(self, edge: Edge) -> None:
        alice, bob, name = edge.person("alice"), edge.person("bob"), edge.name("org")
        body = {"name": name, "owner": alice.username}
        assert alice.http.post("/api/v1/organizations", json=body).status_code == 403
        made = edge.admin.post("/api/v1/organizations", **body)
        assert made["members"] == [{"username": alice.username, "role": "admin"}]
        path = f"/api/v1/organizations/{name}"
        assert bob.http.get(path).status_code == 404
        with_bob = alice.post(f"{path}/members", username=bob.username, role="member")
        assert with_bob["members"][1] == {"username": bob.username, "role": "member"}
        team = edge.name("team")
        created = edge.admin.post(f"{path}/teams", name=team, admin_username=bob.username)
        assert created["organization"] == name
        assert bob.get(path)["teams"] == [team]
        assert bob.get(f"/api/v1/teams/{team}")["role"] == "admin"
        assert alice.http.delete(f"{path}/members/{bob.username}").status_code == 204
        assert edge.admin.http.delete(path).status_code == 204
        assert bob.get(f"/api/v1/teams/{team}")["organization"] == "default"

    def test_everybody_is_in_the_first_one(self, edge: Edge) -> None:
        [only] = edge.person().get("/api/v1/organizations")["items"]
        assert (only["name"], only["everybody"]) == ("default", True)


class TestAudit:
    @pytest.fixture(scope="class")
    def alice(self, edge: Edge) -> Person:
        return edge.person("alice")

    @pytest.fixture(scope="class")
    def team(self, edge: Edge, alice: Person) -> str:
        """Where a few things happened, some by a program whose name is a formula."""
        team = edge.team(alice, (edge.person("bob"), "member"))
        for description in ("one", "two", "three"):
            alice.http.patch(
                f"/api/v1/teams/{team}",
                json={"description": description},
                headers={"User-Agent": '=HYPERLINK("https://evil.example")'},
            )
        return team

    def test_is_for_admins(self, edge: Edge, alice: Person) -> None:
        bob = edge.person("bob")
        team = edge.team(alice, (bob, "member"))
        for path in (f"teams/{team}/audit", f"teams/{team}/audit/export", "audit", "audit/export"):
            assert bob.http.get(f"/api/v1/{path}").status_code == 403

    def test_says_who_did_what_with_which_key(self, alice: Person, team: str) -> None:
        first = alice.get(f"/api/v1/teams/{team}/audit")["items"][-1]
        assert (first["action"], first["actor"], first["object"]) == (
            "team.create",
            alice.username,
            team,
        )
        assert first["key_id"]
        assert first["address"] == "127.0.0.1"
        assert first["at"].endswith("Z")

    def test_pages_join_without_a_seam(self, alice: Person, team: str) -> None:
        path, query = f"/api/v1/teams/{team}/audit", {"limit": "2"}
        whole = alice.get(path)["items"]
        found = []
        while True:
            page = alice.get(path, params=query)
            found += page["items"]
            if page["next"] is None:
                break
            query["cursor"] = page["next"]
        assert found == whole

    def test_is_narrowed_by_actor_action_and_time(self, alice: Person, team: str) -> None:
        path = f"/api/v1/teams/{team}/audit"

        def count(**query: str) -> int:
            return len(alice.get(path, params=query)["items"])

        assert count(action="team.update") == 3
        assert count(action="team.*") == 4
        assert count(actor="nobody") == 0
        assert count(since="2099-01-01T00:00:00Z") == 0
        assert count(until="2001-01-01T00:00:00Z") == 0
        assert alice.http.get(path, params={"since": "yesterday"}).json()["field"] == "since"
        assert alice.http.get(path, params={"limit": 0}).json()["field"] == "limit"

    def test_comes_whole_line_by_line(self, alice: Person, team: str) -> None:
        path = f"/api/v1/teams/{team}/audit"
        answer = alice.http.get(f"{path}/export")
        assert answer.headers["content-type"] == "application/x-ndjson"
        lines = [json.loads(line) for line in answer.text.splitlines()]
        assert lines == alice.get(path)["items"]

    def test_comes_as_a_table_in_which_nothing_is_a_formula(self, alice: Person, team: str) -> None:
        answer = alice.http.get(f"/api/v1/teams/{team}/audit/export", params={"format": "csv"})
        assert "attachment" in answer.headers["content-disposition"]
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        kept = alice.get(f"/api/v1/teams/{team}/audit")["items"]
        assert [row["hash"] for row in rows] == [entry["hash"] for entry in kept]
        assert rows[0]["agent"] == "'" + kept[0]["agent"]
        assert json.loads(rows[0]["after"]) == {"description": "three"}
        assert not [cell for row in rows for cell in row.values() if cell[:1] in "=+-@" and cell]

    def test_ones_own(self, alice: Person) -> None:
        own = alice.get("/api/v1/users/me/audit")["items"]
        assert {entry["team"] for entry in own} <= {alice.username}

    def test_the_instances(self, edge: Edge) -> None:
        name = edge.person().username
        entries = edge.admin.get("/api/v1/audit", params={"action": "user.create"})["items"]
        assert entries[0]["object"] == name

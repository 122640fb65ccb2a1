"""Accounts and API keys over REST, as `contract.md` promises them."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from tests.contract.gateway.edge import SECOND, Edge, detail
from tests.servers import wait_for


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
        wait_for("refused", lambda: alice.http.get(path).status_code == 401, SECOND)
        assert edge.admin.post(f"{account}:reactivate")["deactivated_at"] is None
        wait_for("heard again", lambda: alice.http.get(path).status_code == 200, SECOND)

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
        wait_for("refused", gone, SECOND)


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
        assert not edge.refuses(made["key"])
        assert alice.http.delete(f"/api/v1/users/me/api-keys/{made['id']}").status_code == 204
        wait_for("refused", lambda: edge.refuses(made["key"]), SECOND)

    def test_a_rotated_key_counts_for_a_while(self, edge: Edge) -> None:
        alice = edge.person()
        path = "/api/v1/users/me/api-keys"
        old = alice.post(path, name="ci")
        new = alice.post(f"{path}/{old['id']}:rotate", overlap_s=1000)
        assert new["name"] == "ci"
        assert not edge.refuses(old["key"])
        assert not edge.refuses(new["key"])
        last = alice.post(f"{path}/{new['id']}:rotate", overlap_s=0)
        wait_for("refused", lambda: edge.refuses(new["key"]), SECOND)
        assert not edge.refuses(last["key"])

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

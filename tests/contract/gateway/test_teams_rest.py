"""Teams and organizations over REST, as `contract.md` promises them."""

from __future__ import annotations

import pytest

from tests.contract.gateway.edge import SECOND, Edge, detail
from tests.servers import wait_for


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
            assert detail(hidden) == (404, "There is no team of that name."), (method, route)
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
        wait_for("out", out, SECOND)

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
        wait_for("refused", lambda: edge.refuses(key), SECOND)
        assert alice.http.post("/api/v1/teams", json={"name": team}).status_code == 409


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

"""The audit log over REST: in pages, narrowed, and whole."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tests.contract.gateway.edge import Edge, Person


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

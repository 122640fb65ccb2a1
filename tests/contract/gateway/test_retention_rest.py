"""Retention and legal hold over REST: who says it, what is written down, what a hold refuses."""

from __future__ import annotations

from tests.contract.gateway.edge import Edge, Person
from tests.handmade_artifacts import Hand

PAST = {"created_at": "2024-01-01T00:00:00Z", "ended_at": "2024-01-01T01:00:00Z"}
RUN = {"name": "r1", "source": "https://elsewhere.example.org/r1", "state": "failed", **PAST}
DELETE = """mutation($id: ID!) { deleteArtifact(input: {artifactID: $id, deleteAliases: true}) {
  artifact { id } } }"""


def a_project(edge: Edge, admin: Person) -> str:
    """With one imported run, sealed; the path of the project below /api/v1."""
    team = edge.team(admin)
    admin.post(f"/api/v1/projects/{team}/old/runs:import", **RUN)
    admin.post(f"/api/v1/runs/{team}/old/r1:seal", history=0, summary='{"loss": 1}')
    return team


class TestRetention:
    def test_a_project_takes_what_its_team_says_and_it_is_written_down(self, edge: Edge) -> None:
        alice = edge.person("alice")
        team = a_project(edge, alice)
        rule = {"runs_days": 30, "thin_days": 7, "thin_rows": 500}
        assert alice.http.put(f"/api/v1/teams/{team}/retention", json=rule).is_success
        own = {"runs_days": 60}
        answer = alice.http.put(f"/api/v1/projects/{team}/old/retention", json=own).json()
        assert answer["own"]["thin_rows"] is None
        assert answer["effective"] == {**rule, "runs_days": 60, "console_days": None}
        # An imported run is as old as its import: else it would go the moment that it came.
        path = f"/api/v1/projects/{team}/old/retention:apply"
        assert alice.post(path, dry_run=False)["runs"] == []
        actions = [one["action"] for one in alice.get(f"/api/v1/teams/{team}/audit")["items"]]
        assert actions[:4] == ["retention.apply", "retention.set", "retention.set", "run.import"]

    def test_what_makes_no_sense_is_refused_by_its_field(self, edge: Edge) -> None:
        alice = edge.person("alice")
        team = a_project(edge, alice)
        for rule, field in (
            ({"runs_days": 0}, "runs_days"),
            ({"thin_days": 3}, "thin_rows"),
            ({"thin_days": 3, "thin_rows": 5}, "thin_rows"),
        ):
            answer = alice.http.put(f"/api/v1/teams/{team}/retention", json=rule)
            assert (answer.status_code, answer.json()["field"]) == (422, field)

    def test_a_hold_refuses_to_delete_for_good(self, edge: Edge) -> None:
        alice = edge.person("alice")
        team = a_project(edge, alice)
        hand = Hand(alice.http, team, "old", "r1")
        version = hand.log("data", {"x.txt": b"x"})
        held = alice.http.put(f"/api/v1/teams/{team}/retention/hold", json={"reason": "case 7"})
        assert held.json()["hold"]["by"] == alice.username
        refused = hand.ask(DELETE, id=version)
        assert "is on legal hold: case 7" in refused.text
        assert alice.post(f"/api/v1/projects/{team}/old/retention:apply", dry_run=False)["held"]
        alice.http.put(f"/api/v1/teams/{team}/retention/hold", json={"reason": None})
        assert "errors" not in hand.ask(DELETE, id=version).json()


class TestImports:
    def test_an_import_says_what_is_wrong_with_it(self, edge: Edge) -> None:
        alice = edge.person("alice")
        team = a_project(edge, alice)
        path = f"/api/v1/projects/{team}/old/runs:import"
        for change, status, field in (
            ({"name": "a/b"}, 422, "name"),
            ({"state": "running"}, 422, "state"),
            ({"created_at": "2999-01-01T00:00:00Z"}, 422, "created_at"),
            ({"ended_at": "2023-01-01T00:00:00Z"}, 422, "ended_at"),
            ({"config": "[1]"}, 422, "config"),
            ({"source": "https://another.example.org/r1"}, 409, "name"),
        ):
            answer = alice.http.post(path, json={**RUN, "name": "r2", **change} if
                                     status == 422 else {**RUN, **change})  # fmt: skip
            assert (answer.status_code, answer.json()["field"]) == (status, field), answer.text

    def test_it_is_sealed_when_every_line_is_here_and_runs_get_their_authors_back(
        self, edge: Edge
    ) -> None:
        alice, bob = edge.person("alice"), edge.person("bob")
        team = edge.team(alice, (bob, "member"))
        run = {**RUN, "username": bob.username, "exit_code": 3}
        assert bob.http.post(f"/api/v1/projects/{team}/p/runs:import", json=run).is_error
        made = alice.post(f"/api/v1/projects/{team}/p/runs:import", **run)
        assert (made["sealed"], made["username"]) == (False, bob.username)
        lines = ['{"_step":0,"loss":1}', '{"_step":1,"loss":NaN}']
        files = {"wandb-history.jsonl": {"offset": 0, "content": lines}}
        alice.post(f"/files/{team}/p/r1/file_stream", files=files)
        early = alice.http.post(f"/api/v1/runs/{team}/p/r1:seal", json={"history": 99})
        assert early.status_code == 503
        assert early.headers["retry-after"] == "1"
        alice.post(f"/files/{team}/p/r1/file_stream", complete=True, exitcode=0)
        assert alice.post(f"/api/v1/runs/{team}/p/r1:seal", history=2)["sealed"]
        found = alice.get(f"/api/v1/runs/{team}/p/r1")
        assert (found["state"], found["exit_code"]) == ("failed", 3)
        assert found["created_at"] == PAST["created_at"]
        assert found["heartbeat_at"] == PAST["ended_at"]
        assert bob.get(f"/api/v1/runs/{team}/p/r1/history?keys=loss")["rows"] == [
            [0, 1],
            [1, "NaN"],
        ]

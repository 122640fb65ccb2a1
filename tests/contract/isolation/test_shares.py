"""A share link opens what it shows, as long as it counts, and nothing beside it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.contract.isolation.judging import REFUSALS
from tests.contract.isolation.world import PLACES, World, mark
from tests.handmade_runs import log_a_run
from tests.plain_http import TLS

SECRET = "MARKED-besides"
WITHIN_S = 5.0


@dataclass(frozen=True)
class Rope:
    """A project of the team with three runs, one report, and links to them."""

    world: World
    project: str
    runs: dict[str, str]
    report: str

    @property
    def path(self) -> str:
        return f"/api/v1/projects/peaks/{self.project}"

    def link(self, who: str = "mo", **wish: Any) -> dict[str, Any]:
        made: dict[str, Any] = self.world.must("POST", f"{self.path}/shares", who, wish)
        return made


def visit(world: World, token: str, path: str = "", **headers: str) -> httpx.Response:
    return httpx.get(
        f"{world.url}/api/v1/shared{path}",
        headers={"X-Cordee-Share": token, **headers},
        timeout=30,
        verify=TLS,
    )


def soon(holds: Callable[[], bool]) -> bool:
    """Whether it does within a few seconds."""
    until = time.monotonic() + WITHIN_S
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture(scope="module")
def rope(world: World) -> Rope:
    project = "rope"
    runs = {
        name: log_a_run(world.url, world.headers("mo"), "peaks", project, name, SECRET)
        for name in ("r1", "r2", "r3")
    }
    blocks = [
        {"kind": "markdown", "text": "# A look\n\nat peaks."},
        {"kind": "charts", "charts": [{"metrics": ["loss"]}], "runs": ["r1", "r2"]},
    ]
    written = {"title": "A look", "blocks": blocks}
    report = world.must("POST", f"/api/v1/projects/peaks/{project}/reports", "mo", written)
    world.must("POST", f"/api/v1/reports/{report['id']}/comments", "mo", {"text": SECRET})
    return Rope(world, project, runs, report["id"])


class TestWhatALinkOpens:
    @pytest.mark.parametrize("place", PLACES)
    def test_its_run_and_no_run_of_any_other_place(self, world: World, place: str) -> None:
        token, own = world.ids[place]["link"], _own_id(world, place)
        shown = visit(world, token).json()
        assert (shown["kind"], [run["id"] for run in shown["runs"]]) == ("run", [own])
        for what in ("", "/keys", f"/curves?key={mark(place)}", f"/history?keys={mark(place)}"):
            answer = visit(world, token, f"/runs/{own}{what}")
            assert answer.status_code == 200, answer.text
            assert mark(place) in answer.text
            for other in PLACES:
                if other != place:
                    refused = visit(world, token, f"/runs/{_own_id(world, other)}{what}")
                    assert refused.status_code == 404
                    assert mark(other) not in refused.text

    def test_no_other_run_of_its_project_and_nothing_that_leads_there(self, rope: Rope) -> None:
        token = rope.link(runs=["r1"])["token"]
        run = visit(rope.world, token, f"/runs/{rope.runs['r1']}").json()
        assert (run["name"], run["entity"], run["config"]["lr"]) == ("r1", "peaks", 0.1)
        assert run["duplicate_of"] is run["sweep"] is run["forked_from"] is None
        for what in ("", "/keys", "/curves?key=loss", "/history?keys=loss"):
            assert visit(rope.world, token, f"/runs/{rope.runs['r2']}{what}").status_code == 404
            assert visit(rope.world, token, f"/runs/r1{what}").status_code == 404

    def test_a_comparison_shows_its_runs_and_no_third(self, rope: Rope) -> None:
        token = rope.link(runs=["r1", "r2"])["token"]
        shown = visit(rope.world, token).json()
        assert shown["kind"] == "comparison"
        statuses = {
            name: visit(rope.world, token, f"/runs/{run}/curves?key=loss").status_code
            for name, run in rope.runs.items()
        }
        assert statuses == {"r1": 200, "r2": 200, "r3": 404}

    def test_a_report_shows_its_text_and_the_lines_of_its_charts(self, rope: Rope) -> None:
        token = rope.link(report=rope.report)["token"]
        answer = visit(rope.world, token)
        shown = answer.json()
        assert shown["report"]["blocks"][0]["text"] == "# A look\n\nat peaks."
        drawn = shown["report"]["blocks"][1]["runs"]
        assert drawn == [rope.runs["r1"], rope.runs["r2"]] == [run["id"] for run in shown["runs"]]
        assert SECRET not in answer.text
        path = f"/runs/{rope.runs['r1']}"
        assert visit(rope.world, token, f"{path}/curves?key=loss").json()["curves"]["loss"]["y"]
        for refused in (
            path,
            f"{path}/keys",
            f"{path}/history?keys=loss",
            f"{path}/curves?key=other",
            f"{path}/curves?key=loss&key=other",
            f"{path}/curves?key=loss&x=other",
            f"/runs/{rope.runs['r3']}/curves?key=loss",
        ):
            assert visit(rope.world, token, refused).status_code == 404, refused

    def test_a_report_shows_what_is_in_it_by_now(self, rope: Rope) -> None:
        written = {"title": "Changing", "blocks": [{"kind": "markdown", "text": "before"}]}
        report = rope.world.must("POST", f"{rope.path}/reports", "mo", written)
        token = rope.link(report=report["id"])["token"]
        chart = {"kind": "charts", "charts": [{"metrics": ["other"]}], "runs": ["r3"]}
        change = {"blocks": [chart], "unchanged_since": report["updated_at"]}
        curve = f"/runs/{rope.runs['r3']}/curves?key=other"
        assert visit(rope.world, token, curve).status_code == 404
        rope.world.must("PATCH", f"/api/v1/reports/{report['id']}", "mo", change)
        assert visit(rope.world, token, curve).status_code == 200
        rope.world.must("DELETE", f"/api/v1/reports/{report['id']}", "mo")
        assert visit(rope.world, token).status_code == 404
        assert visit(rope.world, token, curve).status_code == 404

    def test_an_anonymous_one_tells_no_names(self, rope: Rope) -> None:
        for wish in ({"runs": ["r1"]}, {"runs": ["r1", "r3"]}):
            token = rope.link(anonymous=True, **wish)["token"]
            told = visit(rope.world, token).text
            told += visit(rope.world, token, f"/runs/{rope.runs['r1']}").text
            assert '"lr":0.1' in told
            for name in ("peaks", rope.project, '"mo"', "machine-7", "example.org"):
                assert name not in told, name


class TestWhoeverBringsALink:
    def test_is_nobody_else_whatever_key_comes_along(self, rope: Rope) -> None:
        token = rope.link(runs=["r1"])["token"]
        keys = rope.world.headers("root+")
        other = visit(rope.world, token, f"/runs/{rope.runs['r2']}", **keys)
        assert other.status_code == 404

    def test_brings_it_in_its_header_and_nowhere_else(self, rope: Rope) -> None:
        token = rope.link(runs=["r1"])["token"]
        for headers in ({}, {"Authorization": f"Bearer {token}"}, rope.world.headers("ada")):
            answer = httpx.get(f"{rope.world.url}/api/v1/shared", headers=headers)
            assert answer.status_code == 401
        run = f"{rope.world.url}/api/v1/runs/peaks/{rope.project}/r1"
        as_key = httpx.get(run, headers={"Authorization": f"Bearer {token}"})
        assert as_key.status_code == 401

    def test_does_not_follow_a_stream(self, rope: Rope) -> None:
        token = rope.link(runs=["r1"])["token"]
        path = f"/runs/{rope.runs['r1']}/history?keys=loss"
        answer = visit(rope.world, token, path, Accept="text/event-stream")
        assert answer.headers["content-type"] == "application/json"

    def test_finds_nothing_by_a_made_up_token(self, rope: Rope) -> None:
        for token in (b"share-" + b"x" * 43, b"x", b"share-" + b"x" * 300, b"\xe9" * 44, b""):
            answer = httpx.get(
                f"{rope.world.url}/api/v1/shared", headers=[(b"X-Cordee-Share", token)]
            )
            assert answer.status_code == 401, token


class TestAnEnd:
    def test_revoked_links_are_refused_within_a_second_or_so(self, rope: Rope) -> None:
        made = rope.link(runs=["r1"])
        path = f"/runs/{rope.runs['r1']}"
        assert visit(rope.world, made["token"], path).status_code == 200
        listed = rope.world.must("GET", f"{rope.path}/shares?run=r1", "mo")["items"]
        assert made["id"] in {one["id"] for one in listed}
        assert made["token"] not in str(listed)
        rope.world.must("DELETE", f"/api/v1/shares/{made['id']}", "ada")
        assert soon(lambda: visit(rope.world, made["token"], path).status_code == 401)
        listed = rope.world.must("GET", f"{rope.path}/shares?run=r1", "mo")["items"]
        assert made["id"] not in {one["id"] for one in listed}

    def test_links_expire(self, rope: Rope) -> None:
        end = datetime.now(UTC) + timedelta(seconds=2)
        made = rope.link(runs=["r1"], expires_at=end.isoformat())
        assert visit(rope.world, made["token"]).status_code == 200
        assert soon(lambda: visit(rope.world, made["token"]).status_code == 401)

    def test_while_the_team_allows_none_no_link_is_made_or_counts(self, rope: Rope) -> None:
        token, switch = rope.link(runs=["r1"])["token"], "/api/v1/teams/peaks/privacy"
        rope.world.must("PATCH", switch, "ada", {"public_links_allowed": False})
        try:
            assert soon(lambda: visit(rope.world, token).status_code == 401)
            refused = rope.world.ask("POST", f"{rope.path}/shares", "ada", {"runs": ["r1"]})
            assert refused.status_code == 403
            assert rope.world.must("GET", f"{rope.path}/shares", "mo")["allowed"] is False
        finally:
            rope.world.must("PATCH", switch, "ada", {"public_links_allowed": True})
        assert soon(lambda: visit(rope.world, token).status_code == 200)

    def test_a_run_that_was_moved_or_deleted_is_no_longer_shown(self, rope: Rope) -> None:
        world = rope.world
        for name in ("gone", "moved"):
            run = log_a_run(world.url, world.headers("mo"), "peaks", rope.project, name, SECRET)
            token = rope.link(runs=[name])["token"]
            assert visit(world, token, f"/runs/{run}").status_code == 200
            if name == "gone":
                world.must("DELETE", f"/api/v1/runs/peaks/{rope.project}/{name}", "mo")
            else:
                to = {"runs": [name], "to": {"entity": "mo", "project": "diary-two"}}
                world.must("POST", f"{rope.path}/runs:move", "mo", to)
            for path in ("", f"/runs/{run}", f"/runs/{run}/curves?key=loss"):
                assert visit(world, token, path).status_code == 404, (name, path)


class TestMaking:
    @pytest.mark.parametrize(
        ("wish", "field"),
        [
            ({}, "runs"),
            ({"runs": ["r1"], "report": "some"}, "runs"),
            ({"runs": [f"r{n}" for n in range(21)]}, "runs"),
            ({"runs": ["r1"], "expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
            ({"runs": ["r1"], "expires_at": "2199-01-01T00:00:00Z"}, "expires_at"),
            ({"runs": ["r1"], "project": True}, "project"),
        ],
    )
    def test_what_is_wrong_is_named(self, rope: Rope, wish: dict[str, Any], field: str) -> None:
        answer = rope.world.ask("POST", f"{rope.path}/shares", "mo", wish)
        assert answer.status_code == 422
        assert field in answer.json()["field"]

    def test_only_of_what_is_in_the_project(self, rope: Rope) -> None:
        foreign = rope.world.ids["team"]["report"]
        for wish in ({"runs": ["absent"]}, {"report": "absent"}, {"report": foreign}):
            answer = rope.world.ask("POST", f"{rope.path}/shares", "mo", wish)
            assert answer.status_code == 404, wish

    def test_viewers_and_narrow_keys_do_not(self, rope: Rope) -> None:
        narrow = {"name": "narrow", "scope": "read"}
        key = rope.world.must("POST", "/api/v1/users/mo/api-keys", "mo", narrow)["key"]
        answer = httpx.post(
            f"{rope.world.url}{rope.path}/shares",
            json={"runs": ["r1"]},
            headers={"Authorization": f"Bearer {key}"},
        )
        assert answer.status_code == 403
        assert rope.world.ask(
            "POST", f"{rope.path}/shares", "vi", {"runs": ["r1"]}
        ).status_code in (REFUSALS)

    def test_it_is_written_down(self, rope: Rope) -> None:
        made = rope.link(runs=["r1", "r2"])
        rope.world.must("DELETE", f"/api/v1/shares/{made['id']}", "mo")
        entries = rope.world.must("GET", "/api/v1/teams/peaks/audit?action=share.*", "ada")["items"]
        told = {
            one["action"]: (one["actor"], one["object"])
            for one in entries
            if made["id"] in str(one)
        }
        assert set(told) == {"share.create", "share.revoke"}
        assert set(told.values()) == {("mo", f"peaks/{rope.project}")}
        assert made["token"] not in str(entries)


def _own_id(world: World, place: str) -> str:
    entity, project = PLACES[place]
    owner = "mo" if place == "personal" else "ada"
    found: str = world.must("GET", f"/api/v1/runs/{entity}/{project}/r1", owner)["id"]
    return found

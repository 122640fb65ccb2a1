"""Who asks, what counts as a refusal, and whether anything has leaked or changed."""

from __future__ import annotations

import re
from typing import Any

import httpx

from tests.contract.isolation.world import PLACES, READERS, World, mark

REFUSALS = {401, 403, 404, 409, 410, 422}
NOBODYS = ("anonymous", "revoked")
PRINCIPALS = (
    "anonymous", "revoked", "out", "valley_bot", "gone", "vi", "mo", "bot", "ada", "root", "root+",
)  # fmt: skip
STRANGERS = ("anonymous", "revoked", "out", "valley_bot", "gone", "root")


def assert_refused(answer: httpx.Response, who: str, place: str, right: str) -> None:
    """Whoever it is learns nothing of the place, and whoever is nobody is told that."""
    if right == "read list" and answer.status_code == 200:
        assert mark(place) not in answer.text, who
        return
    assert answer.status_code in REFUSALS, (who, place, answer.status_code, answer.text)
    if who in NOBODYS[1:]:
        assert answer.status_code == 401
    if who not in READERS[place]:
        assert mark(place) not in answer.text, who


def assert_untouched(world: World, place: str) -> None:
    """The owner still finds everything as it was."""
    entity, project = PLACES[place]
    owner = "mo" if place == "personal" else "ada"
    run = world.must("GET", f"/api/v1/runs/{entity}/{project}/r1", owner)
    assert run["notes"] == mark(place)
    assert run["history_lines"] == 3
    listed = world.must("GET", f"/api/v1/projects/{entity}/{project}/runs", owner)["items"]
    assert [one["name"] for one in listed] == ["r1"]
    kept = world.graphql(
        owner,
        """query($e: String, $p: String) { project(name: $p, entityName: $e) {
          run(name: "r1") { files { edges { node { name } } } } } }""",
        e=entity,
        p=project,
    )
    assert f"{mark(place)}.txt" in kept.text
    report = world.must("GET", f"/api/v1/reports/{world.ids[place]['report']}", owner)
    assert (report["title"], report["blocks"][0]["text"]) == (mark(place), mark(place))
    said = world.must("GET", f"/api/v1/reports/{world.ids[place]['report']}/comments", owner)
    assert [one["text"] for one in said["items"]] == [mark(place)]
    sweep = world.must("GET", f"/api/v1/projects/{entity}/{project}/sweeps", owner)["items"][0]
    assert (sweep["state"], sweep["display_name"]) == ("RUNNING", mark(place))
    shares = world.must("GET", f"/api/v1/projects/{entity}/{project}/shares", owner)["items"]
    assert world.ids[place]["share"] in {one["id"] for one in shares}
    described = world.must("GET", f"/api/v1/projects/{entity}/{project}", owner)
    assert described["description"] == mark(place)


def members(world: World) -> list[dict[str, Any]]:
    """Of the team, as its admin sees them."""
    found: list[dict[str, Any]] = world.must("GET", "/api/v1/teams/peaks", "ada")["members"]
    return found


def foreign_marks(text: str, who: str) -> list[str]:
    """Marks in a text that the principal must not meet."""
    hidden = [place for place in PLACES if who not in READERS[place]] + ["peaks"]
    return [place for place in hidden if mark(place) in text]


def plain(answer: httpx.Response, name: str) -> str:
    """The body without what must differ."""
    text = re.sub(r'"request_id":"[^"]*"', "", answer.text)
    return text.replace(name, "NAME")

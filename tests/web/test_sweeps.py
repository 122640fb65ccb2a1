"""Sweeps: found in their project, looked into, and steered."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from tests.cordee import Cordee
from tests.web.conftest import ANewPage
from tests.web.people import Person, a_person

CONFIG = """method: random
metric: {name: loss, goal: minimize}
run_cap: 8
parameters:
  lr: {distribution: log_uniform_values, min: 0.001, max: 0.1}
  kind: {values: [small, large]}
"""


@pytest.fixture(scope="module")
def ada(cordee: Cordee) -> Person:
    return a_person(cordee)


def ask(ada: Person, query: str, **variables: Any) -> Any:
    answer = httpx.post(
        f"{ada.cordee.url}/graphql",
        json={"query": query, "variables": variables},
        headers={"Authorization": f"Bearer {ada.key}"},
        timeout=30,
    )
    assert "errors" not in answer.json(), answer.text
    return answer.json()["data"]


TRIES = (
    ("slow", 0.001, "small", 0.9),
    ("good", 0.01, "large", 0.2),
    ("fast", 0.1, "small", 0.5),
    ("new", 0.05, "large", None),
)
"""Name, parameters, and loss: one has none yet."""
Try = tuple[str, float, str, float | None]


def a_sweep(
    ada: Person, team: str, project: str = "wall", tries: Sequence[Try] = TRIES, cap: int = 8
) -> str:
    """Its short name; with a run for each try."""
    made = ask(
        ada,
        """mutation($e: String, $p: String, $c: String) { upsertSweep(input: {entityName: $e,
           projectName: $p, displayName: "search", config: $c}) { sweep { name } } }""",
        e=team,
        p=project,
        c=CONFIG.replace("run_cap: 8", f"run_cap: {cap}"),
    )
    sweep: str = made["upsertSweep"]["sweep"]["name"]
    for name, lr, kind, loss in tries:
        ask(
            ada,
            """mutation($e: String, $p: String, $n: String, $w: String, $c: JSONString,
               $s: JSONString) { upsertBucket(input: {entityName: $e, modelName: $p, name: $n,
               displayName: $n, sweep: $w, config: $c, summaryMetrics: $s}) { bucket { id } } }""",
            e=team,
            p=project,
            n=name,
            w=sweep,
            c=json.dumps({"lr": {"value": lr}, "kind": {"value": kind}}),
            s=json.dumps({} if loss is None else {"loss": loss}),
        )
    return sweep


def test_what_was_tried_stands_beside_what_came_of_it(ada: Person, a_page: ANewPage) -> None:
    team = ada.team()
    sweep = a_sweep(ada, team)
    page = ada.signed_in(a_page())
    page.goto(f"{ada.cordee.url}/{team}/wall/sweeps")
    expect(page.get_by_role("row", name=re.compile("search"))).to_contain_text("4 of 8")
    page.get_by_role("link", name="search").click()
    page.wait_for_url(f"**/{team}/wall/sweeps/{sweep}")
    expect(page.get_by_text("smallest loss")).to_be_visible()
    expect(page.locator(".parallel .way")).to_have_count(3)
    expect(page.locator(".parallel .axis .name")).to_have_text(
        [re.compile("lr"), re.compile("kind"), re.compile("loss")]
    )
    rows = page.locator("tr[data-run]")
    expect(rows).to_have_count(4)
    expect(rows.first).to_contain_text("good ★")

    for press, state in (("Pause", "PAUSED"), ("Resume", "RUNNING")):
        page.get_by_role("button", name=press).click()
        word = {"PAUSED": "paused", "RUNNING": "running"}[state]
        expect(page.locator(".heading .badge")).to_have_text(word)
        assert ada.ask("GET", f"/sweeps/{team}/wall/{sweep}")["state"] == state
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop").click()
    expect(page.locator(".heading .badge")).to_have_text("finished")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the sweep").click()
    expect(page.locator(".heading .badge")).to_have_text("canceled")
    assert ada.ask("GET", f"/sweeps/{team}/wall/{sweep}")["state"] == "CANCELED"
    expect(page.get_by_role("button", name="Resume")).to_have_count(0)
    page.locator(".parallel .way").last.dispatch_event("click")
    page.wait_for_url(f"**/{team}/wall/runs/good")

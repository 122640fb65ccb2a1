"""Sixty texts in the fields of people, teams, sweeps, artifacts, registries and reports, too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.cordee import Cordee
from tests.handmade_artifacts import Hand
from tests.sdk.machine import User
from tests.sdk.wire import Wire
from tests.web.conftest import ANewPage
from tests.web.hostile import MARK, STRINGS, packed
from tests.web.people import Person, a_person
from tests.web.test_hostile_names import READ, WATCH, harmless

PROJECT = "fields"
ORGANIZATION = "ropes"
SHELF = "wandb-registry-shelf"
WHOLE = " ".join(STRINGS)
NAMES = [text for text in STRINGS if not set(text) & set("/:\\") and len(text) <= 100]
"""Those that a collection, a type or an alias may be called."""
SWEEP = """mutation($e: String, $p: String, $c: String, $n: String, $d: String) {
  upsertSweep(input: {entityName: $e, projectName: $p, displayName: $n, description: $d,
  config: $c}) { sweep { name } } }"""
TRIED = """mutation($e: String, $p: String, $n: String, $w: String, $c: JSONString,
  $s: JSONString) { upsertBucket(input: {entityName: $e, modelName: $p, name: $n, displayName: $n,
  sweep: $w, config: $c, summaryMetrics: $s}) { bucket { id } } }"""
AGENT = """mutation($h: String!, $s: String!, $e: String, $p: String) { createAgent(input: {
  host: $h, sweep: $s, entityName: $e, projectName: $p}) { agent { id } } }"""
MODEL = """mutation($e: String, $n: String, $d: String) { upsertModel(input: {
  entityName: $e, name: $n, description: $d, access: "PRIVATE"}) { inserted } }"""
DESCRIBED = """mutation($id: ID!, $d: String) { updateArtifactSequence(
  input: {artifactSequenceID: $id, description: $d}) { artifactCollection { id } } }"""
LINK = "mutation($i: LinkArtifactInput!) { linkArtifact(input: $i) { versionIndex } }"


@pytest.fixture(scope="module")
def ada(cordee: Cordee) -> Person:
    return a_person(cordee)


@pytest.fixture(scope="module")
def hand(ada: Person) -> Iterator[Hand]:
    """Of ada's, in her project."""
    with httpx.Client(base_url=ada.cordee.url, auth=("api", ada.key), timeout=60) as http:
        Wire(ada.cordee.url, User(ada.username, "", ada.key)).a_run(PROJECT, "r1")
        yield Hand(http, ada.username, PROJECT, "r1")


@pytest.fixture
def page(ada: Person, a_page: ANewPage) -> Page:
    page = ada.signed_in(a_page(viewport={"width": 1440, "height": 2400}))
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))
    page.add_init_script(f"({WATCH})()")
    return page


def told(ada: Person, page: Page, *paths: str) -> None:
    """Each page shows some of it, and none of it does anything."""
    silent = []
    for path in paths:
        page.goto(ada.cordee.url + path)
        harmless(page)
        page.locator("main").hover()
        harmless(page)
        if MARK not in page.evaluate(READ):
            silent.append(path)
    assert silent == []


def test_a_person_is_called_so(ada: Person, page: Page) -> None:
    for name in packed(200):
        ada.ask("PATCH", "/users/me", {"name": name})
        told(ada, page, "/settings", "/")


def test_so_are_the_channels_and_the_machines_of_a_team(ada: Person, page: Page) -> None:
    team = ada.team()
    for number, name in enumerate(packed(255)):
        url = f"{ada.cordee.url}/{number}?{quote(name)}"
        channel = {"name": name, "kind": "webhook", "url": url, "template": {"text": WHOLE}}
        made = ada.ask("POST", f"/teams/{team}/channels", channel)
        # Nobody listens there: what became of it is listed with what was answered.
        ada.ask("POST", f"/teams/{team}/channels/{made['id']}:test")
    machines = [
        ada.ask("POST", f"/teams/{team}/service-accounts", {"name": name})["username"]
        for name in packed(128)
    ]
    for name in packed(200):
        ada.ask("POST", f"/users/{machines[0]}/api-keys", {"name": name})
    told(ada, page, f"/teams/{team}/alerts", f"/teams/{team}/service-accounts")
    # A key is called by its name when it is about to be revoked, but for the first, which has none.
    page.get_by_role("listitem").filter(has_text=machines[0]).get_by_label("Revoke").nth(1).click()
    expect(page.get_by_role("dialog")).to_contain_text(MARK)
    harmless(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="New service account").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(STRINGS[12])
    dialog.get_by_role("button", name="Create").click()
    expect(dialog.locator("[data-secret]")).to_be_visible()
    harmless(page)
    page.goto(f"{ada.cordee.url}/teams/{team}/audit")
    harmless(page)


def test_so_is_a_sweep_with_what_it_tries(ada: Person, hand: Hand, page: Page) -> None:
    place = {"e": ada.username, "p": PROJECT}
    metric, parameters = STRINGS[12], {text: {"values": [*STRINGS[:8], 1]} for text in STRINGS[::7]}
    config = {"method": "random", "metric": {"name": metric, "goal": "minimize"}}
    text = json.dumps({**config, "parameters": parameters})
    made = [
        hand.data(SWEEP, c=text, n=name, d=WHOLE, **place)["upsertSweep"]["sweep"]["name"]
        for name in packed(128)
    ]
    for number in range(3):
        tried = {key: {"value": STRINGS[number]} for key in parameters}
        hand.data(
            TRIED, n=f"try-{number}", w=made[0], c=json.dumps(tried),
            s=json.dumps({metric: number}), **place,
        )  # fmt: skip
    hand.data(AGENT, h=STRINGS[0], s=made[0], **place)
    home = f"/{ada.username}/{PROJECT}/sweeps"
    told(ada, page, home, f"{home}/{made[0]}")
    page.locator(".parallel .way").first.dispatch_event("pointerover")
    harmless(page)


def test_so_are_artifacts_and_what_is_linked_to_a_registry(
    ada: Person, hand: Hand, page: Page
) -> None:
    admin = Person(ada.cordee, "admin", ada.cordee.admin_key)
    admin.ask("POST", "/organizations", {"name": ORGANIZATION, "owner": ada.username})
    hand.data(MODEL, e=ORGANIZATION, n=SHELF, d=WHOLE)
    files = {"model.txt": b"x"}
    home, shelf = f"/{ada.username}/{PROJECT}/artifacts", f"/{ORGANIZATION}/{SHELF}"
    pages = [home, f"{shelf}/artifacts", f"{shelf}/about"]
    for number, name in enumerate(NAMES):
        aliases = [{"artifactCollectionName": name, "alias": alias} for alias in NAMES[:12]]
        version = hand.log(
            name, {**files, f"{number}.txt": name.encode()}, kind=NAMES[-1 - number],
            description=WHOLE, metadata=json.dumps({name: WHOLE}), aliases=aliases,
        )  # fmt: skip
        query = "query($id: ID!) { artifact(id: $id) { artifactSequence { id } } }"
        sequence = hand.data(query, id=version)["artifact"]["artifactSequence"]["id"]
        hand.data(DESCRIBED, id=sequence, d=WHOLE)
        linked: dict[str, Any] = {"artifactID": version, "artifactPortfolioName": name}
        hand.data(LINK, i={**linked, "entityName": ORGANIZATION, "projectName": SHELF})
        if number % 6 == 0:
            collection = f"{quote(NAMES[-1 - number], safe='')}/{quote(name, safe='')}"
            pages += [
                f"{at}/{collection}" for at in (home, f"{home.replace(home, shelf)}/artifacts")
            ]
            pages += [f"{home}/{collection}/v0", f"{shelf}/artifacts/{collection}/v0"]
    told(ada, page, *pages)


def test_so_are_reports_and_what_is_said_about_them(ada: Person, hand: Hand, page: Page) -> None:
    home = f"/projects/{ada.username}/{hand.project}"
    chart = {"title": STRINGS[0], "metrics": list(STRINGS[:16]), "x": STRINGS[3]}
    markdown = "\n\n".join(
        f"{text}\n\n# {text}\n\n[{text}]({text})\n\n`{text}`" for text in STRINGS
    )
    blocks = [
        {"kind": "markdown", "text": markdown},
        {"kind": "charts", "charts": [chart], "runs": ["r1", *STRINGS[:4]]},
    ]
    made = [
        ada.ask("POST", f"{home}/reports", {"title": t, "description": WHOLE, "blocks": blocks})
        for t in packed(200)
    ]
    report = made[0]["id"]
    for text in STRINGS[::5]:
        ada.ask("POST", f"/reports/{report}/comments", {"text": text})
    told(
        ada,
        page,
        f"/{ada.username}/{PROJECT}/reports",
        f"/{ada.username}/{PROJECT}/reports/{report}",
    )
    assert page.locator("main a[href^='javascript:' i], main a[href^='data:']").count() == 0

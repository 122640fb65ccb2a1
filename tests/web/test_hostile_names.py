"""No name of anybody is run as a program: sixty texts in every field that takes one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Page

from tests.cordee import Cordee
from tests.handmade_artifacts import Hand
from tests.sdk.machine import User
from tests.sdk.wire import Wire
from tests.web.conftest import ANewPage
from tests.web.hostile import MARK, STRINGS, packed
from tests.web.people import Person, a_person
from tests.web.test_every_page import drawn

PROJECT = "wall"
TABLE = "media/table/t.table.json"
ALERT = """mutation($i: NotifyScriptableRunAlertInput!) {
  notifyScriptableRunAlert(input: $i) { success } }"""
READ = """() => [
  document.querySelector('main').innerText,
  ...[...document.querySelectorAll('main input, main textarea')].map(field => field.value),
].join(' ')"""
"""What can be read on a page."""
WATCH = """() => {
  window.breaches = []
  document.addEventListener('securitypolicyviolation', event =>
    window.breaches.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`))
}"""


@pytest.fixture(scope="module")
def ada(cordee: Cordee) -> Person:
    return a_person(cordee)


@dataclass(frozen=True, slots=True)
class Place:
    """Where it all is, and the runs that carry most of it."""

    team: str
    runs: list[str]


@pytest.fixture(scope="module")
def place(ada: Person) -> Place:
    """Every field that takes a text has all of them, in as few things as that takes."""
    wire = Wire(ada.cordee.url, User(ada.username, "", ada.key))
    home, whole = f"/projects/{ada.username}/{PROJECT}", " ".join(STRINGS)
    names = [f"run-{number}" for number in range(len(STRINGS))]
    # The first two are the newest: what there is to choose from is taken from those.
    for name, text in reversed(list(zip(names, STRINGS, strict=True))):
        wire.a_run(PROJECT, name, displayName=text, group=text, jobType=text, notes=text)
    values: dict[str, Any] = {text: text for text in STRINGS}
    for name in names[:2]:
        wire.a_run(
            PROJECT, name, config={key: {"value": value} for key, value in values.items()},
            summary={**values, "nested": values, "loss": 1}, tags=list(STRINGS), notes=whole,
        )  # fmt: skip
        path = f"{ada.username}/{PROJECT}/{name}"
        picture = {"_type": "images/separated", "filenames": ["no.png"] * len(STRINGS)}
        rows = [
            {"_step": step, "_timestamp": 1.0 + step, "_runtime": step, "loss": 1 / (1 + step)}
            | dict.fromkeys(STRINGS, step)
            | {
                "seen": picture | {"captions": STRINGS},
                "words": {"_type": "table-file", "path": TABLE},
            }
            | {f"{text} seen": picture for text in STRINGS[::20]}
            for step in range(2)
        ]
        wire.log(path, [json.dumps(row) for row in rows])
        wire.stream(path, files={"output.log": {"offset": 0, "content": list(STRINGS)}})
        table = {"columns": STRINGS, "data": [STRINGS, STRINGS[::-1]]}
        assert httpx.put(wire.upload_url(path, TABLE), content=json.dumps(table)).is_success
        for text in STRINGS[::6]:
            assert httpx.put(wire.upload_url(path, f"{text}.txt"), content=whole).is_success
        wire.finish(path)
    for number, title in enumerate(packed(255)):
        alert = {"entityName": ada.username, "projectName": PROJECT, "runName": names[number]}
        wire.data(ALERT, i=alert | {"title": title, "text": whole})
        rule = {
            "name": title,
            "when": {"kind": "threshold", "metric": title, "op": ">", "value": 1},
        }
        ada.ask("POST", f"{home}/rules", rule)
    for text in packed(128):
        ada.ask("POST", f"{home}/views", {"name": text, "search": f"q={quote(text)}"})
    ada.ask("PATCH", home, {"description": whole})
    hand = Hand(
        httpx.Client(base_url=ada.cordee.url, auth=("api", ada.key), timeout=60),
        ada.username, PROJECT, names[0],
    )  # fmt: skip
    files = {f"{text}.txt": b"x" for text in STRINGS[::6]}
    metadata = json.dumps(dict(zip(STRINGS, STRINGS, strict=True)))
    hand.log("weights", files, description=whole, metadata=metadata)
    team = ada.team()
    ada.ask("PATCH", f"/teams/{team}", {"description": whole[:1000]})
    for text in packed(128):
        ada.ask("POST", f"/users/{ada.username}/api-keys", {"name": text})
    return Place(team, names)


def harmless(page: Page) -> None:
    """Nothing ran, and nothing was so much as stopped from running."""
    drawn(page)
    assert page.evaluate("window.stolen") is None, page.url
    assert page.evaluate("window.breaches") == [], page.url


def test_no_name_in_any_field_is_run_as_a_program(
    ada: Person, place: Place, a_page: ANewPage
) -> None:
    page = ada.signed_in(a_page(viewport={"width": 1440, "height": 3000}))
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))
    page.add_init_script(f"({WATCH})()")
    home = f"/{ada.username}/{PROJECT}"
    first, second = place.runs[:2]
    run = f"{home}/runs/{first}"
    by = quote(f"config.{STRINGS[0]}")
    panels = quote(json.dumps([
        ["line", "_step", *STRINGS[:3]], ["bar", f"summary.{STRINGS[12]}"],
        ["scatter", f"config.{STRINGS[0]}", "summary.loss", f"config.{STRINGS[21]}"],
        ["parallel", f"config.{STRINGS[0]}", f"config.{STRINGS[31]}", "summary.loss"],
        ["media", "seen"], ["table", "words"], ["histogram", STRINGS[44]],
    ]))  # fmt: skip
    columns = quote("|".join(["notes", "tags", "group", "job_type", f"config.{STRINGS[12]}"]))
    paths = (
        home, f"{home}?panels={panels}&group={by}", f"{home}/runs?cols={columns}",
        f"{home}/runs?q={quote(STRINGS[12])}&group=group", f"{home}/alerts", f"{home}/about",
        f"{home}/artifacts", run, f"{run}/overview", f"{run}/console", f"{run}/media",
        f"{run}/tables", f"{run}/files", f"{run}/artifacts",
        f"{home}/artifacts/dataset/weights/v0", f"{home}/compare?runs={first},{second}",
        f"/teams/{place.team}", "/settings/keys", "/",
    )  # fmt: skip
    silent = []
    for path in paths:
        page.goto(ada.cordee.url + path)
        harmless(page)
        if not path.endswith("/artifacts") and MARK not in page.evaluate(READ):
            silent.append(path.replace(home, ""))
        # What only shows under the pointer or in the window's own name is text, too.
        page.locator("main").hover()
    assert silent == []


def test_nor_in_what_opens_over_a_page(ada: Person, place: Place, a_page: ANewPage) -> None:
    page = ada.signed_in(a_page(viewport={"width": 1440, "height": 1200}))
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))
    page.add_init_script(f"({WATCH})()")
    page.goto(f"{ada.cordee.url}/{ada.username}/{PROJECT}")
    for name in ("Columns", "Saved views", "Add a panel"):
        page.get_by_role("button", name=name).click()
        harmless(page)
        assert page.get_by_role("dialog").is_visible()
        page.keyboard.press("Escape")
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_role("button", name="Add a condition").click()
    page.get_by_label("Select all loaded runs").check()
    page.get_by_role("button", name="Delete…").click()
    harmless(page)
    page.keyboard.press("Escape")
    page.goto(f"{ada.cordee.url}/{ada.username}/{PROJECT}/alerts")
    page.get_by_role("button", name="New rule").click()
    harmless(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.type("stolen")
    harmless(page)

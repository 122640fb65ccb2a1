"""What the server tells by itself: it is asked little, comes back, and is heard to its end."""

from __future__ import annotations

import copy
import json
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.cordee import Cordee
from tests.sdk.machine import Machine, User
from tests.web.conftest import ANewPage
from tests.web.people import Person, a_person

LAST_WORD = """
import json, os, pathlib, time, wandb
run = wandb.init(entity=os.environ["TEAM"], project="wall", name="live")
run.log({"loss": 1.0})
print(json.dumps(run.id), flush=True)
while not pathlib.Path("go").exists():
    time.sleep(0.02)
run.summary["verdict"] = "sent at the last moment"
run.finish()
"""
SEEN = """state => {
  Object.defineProperty(document, 'visibilityState', { value: state, configurable: true })
  document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
}"""


@pytest.fixture(scope="module")
def ada(cordee: Cordee) -> Person:
    return a_person(cordee)


@pytest.fixture(scope="module")
def team(ada: Person) -> str:
    name = ada.team()
    ada.trains(name, "known", steps=2)
    return name


def lists_of(page: Page, team: str) -> list[str]:
    """Every question for the list of runs from now on."""
    asked: list[str] = []

    def note(request: Request) -> None:
        if urlsplit(request.url).path == f"/api/v1/projects/{team}/wall/runs":
            asked.append(request.url)

    page.on("request", note)
    return asked


def test_runs_outside_the_list_cost_few_questions(ada: Person, team: str, a_page: ANewPage) -> None:
    told = ada.runs(team)[0]
    body = ""
    for _ in range(10):
        for number in range(50):
            run = {**copy.deepcopy(told), "id": f"other-{number}", "state": "running"}
            body += f"event: run\ndata: {json.dumps(run)}\n\n"
    page = ada.signed_in(a_page())
    page.route(
        f"**/projects/{team}/wall/live",
        lambda route: route.fulfill(status=200, content_type="text/event-stream", body=body),
    )
    asked = lists_of(page, team)
    page.goto(f"{ada.cordee.url}/{team}/wall/runs?q=known")
    expect(page.locator("tr[data-run]")).to_have_count(1)
    page.wait_for_timeout(5000)
    assert len(asked) < 15, asked


def test_a_stream_that_was_refused_is_tried_again(ada: Person, a_page: ANewPage) -> None:
    team = ada.team()
    ada.trains(team, "known", steps=2)
    page = ada.signed_in(a_page())
    tries: list[float] = []

    def refuse_twice(route: Route) -> None:
        tries.append(time.monotonic())
        if len(tries) <= 2:
            route.fulfill(status=503, json={"title": "Not available", "detail": "Later."})
        else:
            route.continue_()

    page.route("**/live", refuse_twice)
    page.goto(f"{ada.cordee.url}/{team}/wall/runs")
    expect(page.locator("tr[data-run]")).to_have_count(1)
    ada.trains(team, "new", steps=2)
    expect(page.locator("tr[data-run]")).to_have_count(2)
    assert len(tries) >= 3


def test_a_page_that_nobody_sees_listens_to_nothing(ada: Person, a_page: ANewPage) -> None:
    team = ada.team()
    ada.trains(team, "known", steps=2)
    page = ada.signed_in(a_page())
    with page.expect_response("**/live"):
        page.goto(f"{ada.cordee.url}/{team}/wall/runs")
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/live")):
        page.evaluate(SEEN, "hidden")
    ada.trains(team, "meanwhile", steps=2)
    expect(page.locator("tr[data-run]")).to_have_count(1)
    with page.expect_request("**/live"):
        page.evaluate(SEEN, "visible")
    expect(page.locator("tr[data-run]")).to_have_count(2)


def test_who_watches_a_run_end_sees_its_last_word(ada: Person, a_page: ANewPage) -> None:
    team = ada.team()
    page = ada.signed_in(a_page())
    with Machine(ada.cordee.url, User(ada.username, "", ada.key)) as machine:
        script = machine.start(LAST_WORD, TEAM=team)
        run = script.wait_told()
        streams: list[Route] = []

        def hold_the_first(route: Route) -> None:
            streams.append(route)
            if len(streams) > 1:
                route.continue_()

        page.route("**/history?min_step=*", hold_the_first)
        page.goto(f"{ada.cordee.url}/{team}/wall/runs/{run}/overview")
        expect(page.get_by_text("running", exact=True).first).to_be_visible()
        while not streams:
            page.wait_for_timeout(50)
        (machine.home / "go").touch()
        script.ended()
    # Cut off between the end of the run and the end of what there is to tell of it.
    ended = 'event: run\ndata: {"state": "finished"}\n\n'
    streams[0].fulfill(status=200, content_type="text/event-stream", body=ended)
    expect(page.get_by_text("finished", exact=True).first).to_be_visible()
    expect(page.get_by_role("row", name="verdict sent at the last moment")).to_be_visible()


def test_the_next_page_that_does_not_come_is_asked_for_by_hand(
    ada: Person, team: str, a_page: ANewPage
) -> None:
    page = ada.signed_in(a_page())
    refused: list[str] = []

    def cut(route: Route) -> None:
        query = parse_qs(urlsplit(route.request.url).query)
        if "cursor" in query:
            refused.append(route.request.url)
            route.fulfill(status=429, json={"title": "Too many requests", "detail": "Not now."})
        else:
            answer = route.fetch()
            route.fulfill(response=answer, json={**answer.json(), "next": "beyond"})

    page.route(f"**/projects/{team}/wall/runs?*", cut)
    page.goto(f"{ada.cordee.url}/{team}/wall/runs")
    again = page.get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    page.wait_for_timeout(1500)
    assert len(refused) == 1
    again.click()
    expect(again).to_be_visible()
    assert len(refused) == 2


def test_the_console_asks_only_for_what_is_new(ada: Person, a_page: ANewPage) -> None:
    team = ada.team()
    page = ada.signed_in(a_page())
    asked: list[dict[str, list[str]]] = []

    def note(request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.path.startswith("/api/") and parts.path.endswith("/console"):
            asked.append(parse_qs(parts.query))

    page.on("request", note)
    with Machine(ada.cordee.url, User(ada.username, "", ada.key)) as machine:
        script = machine.start(
            """
            import json, os, pathlib, time, wandb
            run = wandb.init(entity=os.environ["TEAM"], project="wall", name="talks")
            for number in range(300):
                print("line", number)
            print(json.dumps(run.id), flush=True)
            while not pathlib.Path("go").exists():
                time.sleep(0.02)
            print("the last line")
            run.finish()
            """,
            TEAM=team,
        )
        run = script.wait_told()
        page.goto(f"{ada.cordee.url}/{team}/wall/runs/{run}/console")
        expect(page.get_by_role("log").get_by_text("line 299", exact=True)).to_be_visible()
        (machine.home / "go").touch()
        expect(page.get_by_role("log").get_by_text("the last line")).to_be_visible()
        script.ended()
    assert "after" in asked[-1]


def test_a_file_that_cannot_be_read_is_not_shown_as_its_refusal(
    ada: Person, team: str, a_page: ANewPage
) -> None:
    run = ada.runs(team)[0]["name"]
    page = ada.signed_in(a_page())
    old = "This link has expired; ask for a new one."
    page.route(
        "**/files/**", lambda route: route.fulfill(status=403, json={"title": "No", "detail": old})
    )
    page.goto(f"{ada.cordee.url}/{team}/wall/runs/{run}/files")
    page.get_by_role("button", name="config.yaml").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_contain_text(old)
    page.unroute("**/files/**")
    dialog.get_by_role("button", name="Try again").click()
    expect(dialog.get_by_text("depth: 50")).to_be_visible()


def test_tags_typed_quickly_are_all_kept(ada: Person, team: str, a_page: ANewPage) -> None:
    run = ada.runs(team)[0]["name"]
    page = ada.signed_in(a_page())
    page.goto(f"{ada.cordee.url}/{team}/wall/runs/{run}/overview")
    field = page.get_by_label("Add a tag")
    expect(field).to_be_visible()
    ada.ask("PATCH", f"/runs/{team}/wall/{run}", {"tags": ["by-script"]})
    for tag in ("one", "two", "three"):
        field.fill(tag)
        field.press("Enter")
    expect(page.get_by_role("button", name="Remove three")).to_be_visible()
    assert ada.runs(team)[0]["tags"] == ["by-script", "one", "two", "three"]

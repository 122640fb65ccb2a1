"""Reports: written, read, talked about, shared, thrown away and brought back."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.cordee import Cordee
from tests.handmade_runs import log_a_run
from tests.web.conftest import ANewPage
from tests.web.people import Person, a_person

TEXT = """## What we saw

**Bold** words, and a table:

| a | b |
|---|---|
| 1 | 2 |

<img src=x onerror="window.stolen=1"> <script>window.stolen=1</script>
[press me](javascript:window.stolen=1)
"""


@pytest.fixture(scope="module")
def ada(cordee: Cordee) -> Person:
    return a_person(cordee)


@pytest.fixture(scope="module")
def team(ada: Person) -> str:
    team = ada.team()
    headers = {"Authorization": f"Bearer {ada.key}"}
    for name in ("first", "second"):
        log_a_run(ada.cordee.url, headers, team, "wall", name)
    return team


def test_one_is_written_with_live_charts_and_no_html_of_it_runs(
    ada: Person, team: str, a_page: ANewPage
) -> None:
    page = ada.signed_in(a_page())
    page.goto(f"{ada.cordee.url}/{team}/wall/reports")
    page.get_by_role("link", name="New report").click()
    expect(page.get_by_label("Title", exact=True)).to_be_focused()
    page.keyboard.type("A look back")
    page.get_by_role("textbox", name="Text (Markdown)").fill(TEXT)
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("cell", name="2")).to_be_visible()
    page.get_by_role("button", name="Add charts").click()
    page.get_by_role("button", name="These").click()
    page.get_by_label("second").uncheck()
    page.get_by_label("Add a metric").fill("other")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Publish").click()

    expect(page.get_by_role("heading", name="A look back")).to_be_visible()
    expect(page.locator(".markdown strong")).to_have_text("Bold")
    expect(page.locator("section.chart .plot canvas")).to_be_visible()
    expect(page.locator("section.chart .legend")).to_contain_text("other")
    expect(page.get_by_text("<script>")).to_be_visible()
    assert page.evaluate("window.stolen") is None
    assert page.get_by_text("press me").get_attribute("href") in (None, "")
    [kept] = ada.ask("GET", f"/projects/{team}/wall/reports")["items"]
    blocks = ada.ask("GET", f"/reports/{kept['id']}")["blocks"]
    assert [block["kind"] for block in blocks] == ["markdown", "charts"]
    assert (blocks[1]["runs"], blocks[1]["charts"][0]["metrics"]) == (["first"], ["loss", "other"])


def test_it_is_talked_about_changed_thrown_away_and_brought_back(
    ada: Person, team: str, a_page: ANewPage
) -> None:
    written = {"title": "Talk", "blocks": [{"kind": "markdown", "text": "before"}]}
    report = ada.ask("POST", f"/projects/{team}/wall/reports", written)
    page = ada.signed_in(a_page())
    page.goto(f"{ada.cordee.url}/{team}/wall/reports/{report['id']}")
    page.get_by_label("Your comment").fill("Why so?")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator(".said")).to_have_text("Why so?")
    page.get_by_role("button", name="Delete this comment").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("Nobody has said anything yet.")).to_be_visible()

    page.get_by_role("button", name="Edit").click()
    page.get_by_role("textbox", name="Text (Markdown)").fill("after")
    meanwhile = {"title": "Talks", "blocks": [], "unchanged_since": report["updated_at"]}
    ada.ask("PATCH", f"/reports/{report['id']}", meanwhile)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Somebody else changed this report meanwhile.")).to_be_visible()
    page.on("dialog", lambda dialog: dialog.accept())  # the browser asks before the text is lost
    page.reload()
    page.get_by_role("button", name="Edit").click()
    page.get_by_role("button", name="Add text").click()
    page.get_by_role("textbox", name="Text (Markdown)").fill("after")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".markdown")).to_have_text("after")

    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("The report was deleted.")).to_be_visible()
    expect(page.get_by_role("link", name="Talks")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("link", name="Talks").click()
    expect(page.locator(".markdown")).to_have_text("after")


def test_a_report_is_shared_with_its_charts(ada: Person, team: str, a_page: ANewPage) -> None:
    chart = {"kind": "charts", "charts": [{"metrics": ["loss"]}], "runs": ["first", "second"]}
    written = {"title": "Shared", "blocks": [{"kind": "markdown", "text": "for all"}, chart]}
    report = ada.ask("POST", f"/projects/{team}/wall/reports", written)
    page = ada.signed_in(a_page())
    page.goto(f"{ada.cordee.url}/{team}/wall/reports/{report['id']}")
    page.get_by_role("button", name="Share").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Make a link").click()
    visitor = a_page()
    visitor.goto(dialog.locator("[data-secret]").inner_text())
    expect(visitor.get_by_role("heading", name="Shared")).to_be_visible()
    expect(visitor.get_by_text("for all")).to_be_visible()
    expect(visitor.locator(".legend li")).to_have_text(["first", "second"])
    expect(visitor.locator("section.chart .plot canvas")).to_be_visible()
    expect(visitor.get_by_text("Comments")).to_have_count(0)

"""Share links: made by a member, opened by whoever has them, until they are revoked."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.cordee import Cordee
from tests.handmade_runs import log_a_run
from tests.web.conftest import ANewPage
from tests.web.people import Person, a_person


@pytest.fixture(scope="module")
def ada(cordee: Cordee) -> Person:
    return a_person(cordee)


@pytest.fixture(scope="module")
def team(ada: Person) -> str:
    """With two runs and a report in the project `wall`."""
    team = ada.team()
    headers = {"Authorization": f"Bearer {ada.key}"}
    for name in ("first", "second"):
        log_a_run(ada.cordee.url, headers, team, "wall", name, f"notes of {name}")
    return team


def link_from(page: Page, *, anonymous: bool = False) -> str:
    """A new link, made in the dialog that the page's button opens."""
    page.get_by_role("button", name="Share").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("No link shows this yet.")).to_be_visible()
    if anonymous:
        dialog.get_by_label("Anonymous").check()
    dialog.get_by_label("The link works for").select_option("7")
    dialog.get_by_role("button", name="Make a link").click()
    expect(dialog.get_by_role("button", name="Revoke")).to_be_visible()
    return dialog.locator("[data-secret]").inner_text()


def test_a_link_opened_signed_out_shows_the_run_and_nothing_else(
    ada: Person, team: str, a_page: ANewPage
) -> None:
    url = ada.cordee.url
    page = ada.signed_in(a_page())
    page.goto(f"{url}/{team}/wall/runs/first")
    link = link_from(page)

    visitor = a_page()
    asked: list[str] = []
    visitor.on("request", lambda request: asked.append(request.url.removeprefix(url)))
    visitor.goto(link)
    expect(visitor.get_by_role("heading", name="first")).to_be_visible()
    expect(visitor.locator("section[data-metric=loss] .plot canvas")).to_be_visible()
    visitor.get_by_role("link", name="Overview").click()
    expect(visitor.get_by_text("notes of first")).to_be_visible()
    expect(visitor.get_by_text(f"Shared by {ada.username} from {team}/wall")).to_be_visible()
    with visitor.expect_download() as taken:
        visitor.get_by_role("button", name="History as Parquet").click()
    assert taken.value.path().read_bytes()[:4] == b"PAR1"
    questions = {path.split("?")[0] for path in asked if path.startswith("/api/v1/")}
    assert {path for path in questions if "/shared" not in path} == {"/api/v1/sessions/current"}
    visitor.goto(f"{url}/{team}/wall/runs/first")
    expect(visitor.get_by_role("heading", name="Nothing here")).to_be_visible()

    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    last = page.get_by_role("dialog").last
    expect(last.get_by_text("Whoever has it sees nothing any more.")).to_be_visible()
    last.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("No link shows this yet.")).to_be_visible()
    visitor.goto(link)
    expect(visitor.get_by_role("heading", name="This link does not work")).to_be_visible()


def test_a_comparison_without_names(ada: Person, team: str, a_page: ANewPage) -> None:
    page = ada.signed_in(a_page())
    page.goto(f"{ada.cordee.url}/{team}/wall/compare?runs=first,second")
    link = link_from(page, anonymous=True)

    visitor = a_page(locale="fr-FR")
    visitor.goto(link)
    expect(visitor.get_by_role("heading", name="2 runs comparés")).to_be_visible()
    expect(visitor.locator("section[data-metric=loss] .plot canvas")).to_be_visible()
    visitor.get_by_label("Seulement les différences").uncheck()
    expect(visitor.get_by_role("row", name=re.compile("lr"))).to_be_visible()
    visitor.get_by_role("link", name="second").click()
    visitor.get_by_role("link", name="Aperçu").click()
    expect(visitor.get_by_text("notes of second")).to_be_visible()
    for hidden in (team, ada.username, "machine-7"):
        assert hidden not in visitor.locator("body").inner_text(), hidden


def test_a_team_that_allows_no_links_says_so(ada: Person, team: str, a_page: ANewPage) -> None:
    page = ada.signed_in(a_page())
    ada.ask("PATCH", f"/teams/{team}/privacy", {"public_links_allowed": False})
    try:
        page.goto(f"{ada.cordee.url}/{team}/wall/runs/second")
        page.get_by_role("button", name="Share").click()
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_text("The team allows no public links")).to_be_visible()
        expect(dialog.get_by_role("button", name="Make a link")).to_have_count(0)
    finally:
        ada.ask("PATCH", f"/teams/{team}/privacy", {"public_links_allowed": True})

"""Runs are thrown away in one go, as far as that goes, and come back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.cordee import Cordee
from tests.web.conftest import ANewPage
from tests.web.people import Person, a_person


@pytest.fixture(scope="module")
def ada(cordee: Cordee) -> Person:
    return a_person(cordee)


def names(ada: Person, team: str) -> list[str]:
    return sorted(run["display_name"] for run in ada.runs(team))


def throw_all_away(page: Page) -> None:
    page.get_by_label("Select all loaded runs").check()
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()


def test_one_run_that_stays_keeps_no_other(ada: Person, a_page: ANewPage) -> None:
    team = ada.team()
    ada.trains(team, "one", "two", "three", steps=2)
    runs = {run["display_name"]: run["name"] for run in ada.runs(team)}
    page = ada.signed_in(a_page())
    page.goto(f"{ada.cordee.url}/{team}/wall/runs")
    expect(page.locator("tr[data-run]")).to_have_count(3)
    stays = f"**/api/v1/runs/{team}/wall/{runs['three']}"
    page.route(stays, lambda route: route.fulfill(status=409, json={"detail": "Not this one."}))
    # Somebody else was faster with this one.
    ada.ask("DELETE", f"/runs/{team}/wall/{runs['two']}")
    throw_all_away(page)
    expect(page.get_by_role("dialog").get_by_text("Not this one.")).to_be_visible()
    assert names(ada, team) == ["three"]
    expect(page.locator("tr[data-run]")).to_have_count(1)
    page.unroute(stays)
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text("No runs", exact=True)).to_be_visible()
    assert names(ada, team) == []


def test_what_was_thrown_away_comes_back_at_once_or_from_the_trash(
    ada: Person, a_page: ANewPage
) -> None:
    team = ada.team()
    ada.trains(team, "first", "second", steps=2)
    page = ada.signed_in(a_page())
    page.goto(f"{ada.cordee.url}/{team}/wall/runs")
    throw_all_away(page)
    expect(page.get_by_text("2 runs deleted.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("They are back.")).to_be_visible()
    assert names(ada, team) == ["first", "second"]
    expect(page.locator("tr[data-run]")).to_have_count(2)

    page.get_by_label("Select first").check()
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator("tr[data-run]")).to_have_count(1)
    page.get_by_role("link", name="Open the trash").click()
    expect(page.locator("li[data-trashed]")).to_have_count(1)
    page.get_by_role("button", name="Bring back: first").click()
    expect(page.get_by_text("The trash is empty")).to_be_visible()
    page.get_by_role("link", name="Back to the runs").click()
    expect(page.locator("tr[data-run]")).to_have_count(2)


def test_a_run_thrown_away_on_its_own_page_comes_back(ada: Person, a_page: ANewPage) -> None:
    team = ada.team()
    ada.trains(team, "alone", steps=2)
    run = ada.runs(team)[0]["name"]
    page = ada.signed_in(a_page())
    page.goto(f"{ada.cordee.url}/{team}/wall/runs/{run}")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.wait_for_url(f"**/{team}/wall")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("They are back.")).to_be_visible()
    assert names(ada, team) == ["alone"]

"""What one person was shown is not for the next, and a session that ended is noticed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.cordee import Cordee
from tests.web.conftest import ANewPage
from tests.web.people import Person, a_person


@pytest.fixture(scope="module")
def ada(cordee: Cordee) -> Person:
    return a_person(cordee)


@pytest.fixture(scope="module")
def team(ada: Person) -> str:
    name = ada.team()
    ada.trains(name, "secret-plan", steps=2)
    return name


def looks(page: Page) -> None:
    """As when somebody comes back to the tab."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))")


def test_signing_out_leaves_nothing_to_go_back_to(ada: Person, team: str, a_page: ANewPage) -> None:
    page = ada.signed_in(a_page())
    page.goto(f"{ada.cordee.url}/{team}/wall/runs")
    expect(page.get_by_text("secret-plan")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login")
    page.go_back()
    expect(page.get_by_role("heading", name="Nothing here")).to_be_visible()
    expect(page.get_by_text("secret-plan")).to_have_count(0)
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()


def test_signing_out_that_fails_is_said(ada: Person, a_page: ANewPage) -> None:
    page = ada.signed_in(a_page())
    page.goto(f"{ada.cordee.url}/settings")
    page.route("**/api/v1/sessions/current", lambda route: refuse(route, "DELETE"))
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("Not now.")).to_be_visible()
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()


def test_a_session_that_ended_in_another_tab_is_over_in_this_one(
    ada: Person, a_page: ANewPage
) -> None:
    page = ada.signed_in(a_page())
    page.goto(f"{ada.cordee.url}/settings")
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()
    page.context.clear_cookies()
    page.get_by_role("link", name="API keys").click()
    page.wait_for_url("**/login?return_to=%2Fsettings%2Fkeys")


def test_one_failed_question_takes_no_page_away(ada: Person, team: str, a_page: ANewPage) -> None:
    page = ada.signed_in(a_page())
    page.goto(f"{ada.cordee.url}/{team}/wall/runs")
    row = page.get_by_text("secret-plan")
    expect(row).to_be_visible()
    page.route("**/api/v1/sessions/current", lambda route: refuse(route, "GET"))
    with page.expect_response("**/api/v1/sessions/current"):
        looks(page)
    page.wait_for_timeout(500)
    expect(row).to_be_visible()
    expect(page.get_by_text("Not now.")).to_have_count(0)


def test_an_invitation_is_not_called_gone_because_the_server_is_busy(
    ada: Person, a_page: ANewPage
) -> None:
    page = a_page()
    page.route("**/api/v1/invitations/*", lambda route: refuse(route, "GET"))
    page.goto(f"{ada.cordee.url}/invitation?token=some")
    expect(page.get_by_text("Not now.")).to_be_visible()
    page.unroute("**/api/v1/invitations/*")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("no longer counts")).to_be_visible()


def refuse(route: Route, method: str) -> None:
    """Too many requests: nothing that the app would ask again by itself."""
    if route.request.method == method:
        route.fulfill(status=429, json={"title": "Too many requests", "detail": "Not now."})
    else:
        route.continue_()

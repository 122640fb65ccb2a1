"""What cannot be taken back is asked once more; dialogs hold the keyboard and give it back."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.cordee import Cordee
from tests.web.conftest import ANewPage
from tests.web.people import Person, a_person


@pytest.fixture(scope="module")
def ada(cordee: Cordee) -> Person:
    return a_person(cordee)


@pytest.fixture(scope="module")
def admin(cordee: Cordee) -> Person:
    """An administrator with a password."""
    person = a_person(cordee)
    Person(cordee, "admin", cordee.admin_key).ask(
        "PATCH", f"/users/{person.username}", {"admin": True}
    )
    return person


def test_a_project_is_shown_to_more_people_only_after_a_second_thought(
    ada: Person, a_page: ANewPage
) -> None:
    team = ada.team()
    ada.trains(team, "one", steps=2)
    project = f"/projects/{team}/wall"
    before = ada.ask("GET", project)["visibility"]
    page = ada.signed_in(a_page())
    page.goto(f"{ada.cordee.url}/{team}/wall/about")
    page.get_by_role("radio", checked=True).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#visibility-public")).to_be_checked()
    assert ada.ask("GET", project)["visibility"] == before
    visibility = page.locator("form").filter(has=page.locator("#visibility-public"))
    visibility.get_by_role("button", name="Save").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("It becomes public.")).to_be_visible()
    assert ada.ask("GET", project)["visibility"] == before
    dialog.get_by_role("button", name="Show it").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert ada.ask("GET", project)["visibility"] == "public"

    page.locator("#visibility-restricted").check()
    visibility.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Who may enter")).to_be_visible()
    assert ada.ask("GET", project)["visibility"] == "restricted"


def test_nobody_is_appointed_or_shut_out_by_one_click(
    cordee: Cordee, admin: Person, a_page: ANewPage
) -> None:
    grace = a_person(cordee)
    page = admin.signed_in(a_page())
    page.goto(f"{cordee.url}/admin?q={grace.username}")
    line = page.get_by_role("listitem").filter(has_text=f"{grace.username}@")
    line.get_by_role("button", name="Make administrator").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Cancel").click()
    assert grace.ask("GET", "/users/me")["admin"] is False
    line.get_by_role("button", name="Deactivate").click()
    dialog.get_by_role("button", name="Deactivate").click()
    expect(line.get_by_text("deactivated")).to_be_visible()
    line.get_by_role("button", name="Reactivate").click()
    expect(line.get_by_text("deactivated")).to_have_count(0)


def test_a_key_of_ci_is_not_revoked_by_one_click(ada: Person, a_page: ANewPage) -> None:
    team = ada.team()
    key = ada.ask("POST", f"/teams/{team}/service-accounts", {"name": "ci"})["api_key"]
    machine = Person(ada.cordee, f"{team}-ci", key)
    page = ada.signed_in(a_page())
    page.goto(f"{ada.cordee.url}/teams/{team}/service-accounts")
    revoke = page.get_by_role("button", name="Revoke")
    revoke.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(revoke).to_be_focused()
    assert machine.ask("GET", "/users/me")["kind"] == "service"
    revoke.click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("never used")).to_have_count(0)
    expect(revoke).to_have_count(0)


def test_the_palette_takes_letters_at_once_and_gives_the_keyboard_back(
    ada: Person, a_page: ANewPage
) -> None:
    page = ada.signed_in(a_page())
    page.goto(f"{ada.cordee.url}/settings/keys")
    name = page.get_by_label("Name of the key")
    name.focus()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog").get_by_role("combobox")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(name).to_be_focused()
    page.keyboard.press("Control+k")
    page.keyboard.type("appear")
    expect(page.get_by_role("dialog").get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url("**/settings/appearance")


def test_a_dialog_begins_in_its_field(ada: Person, a_page: ANewPage) -> None:
    team = ada.team()
    page = ada.signed_in(a_page())
    page.goto(f"{ada.cordee.url}/teams/{team}/service-accounts")
    page.get_by_role("button", name="New service account").click()
    expect(page.get_by_role("dialog").get_by_label("Name")).to_be_focused()


def test_selecting_a_key_that_is_shown_once_does_not_close_its_dialog(
    ada: Person, a_page: ANewPage
) -> None:
    team = ada.team()
    page = ada.signed_in(a_page())
    page.goto(f"{ada.cordee.url}/teams/{team}/service-accounts")
    page.get_by_role("button", name="New service account").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("ci")
    dialog.get_by_role("button", name="Create").click()
    secret = dialog.locator("[data-secret]")
    box = secret.bounding_box()
    assert box
    page.mouse.move(box["x"] + 4, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(6, 6, steps=8)
    page.mouse.up()
    expect(secret).to_be_visible()
    page.mouse.click(6, 6)
    expect(dialog).to_have_count(0)


def test_tabs_of_a_page_leave_the_page_as_it_is(ada: Person, a_page: ANewPage) -> None:
    team = ada.team()
    ada.trains(team, "one", steps=2)
    page = ada.signed_in(a_page())
    page.goto(f"{ada.cordee.url}/{team}/wall")
    page.get_by_role("heading", name="wall").evaluate("head => { head.dataset.same = 'yes' }")
    page.get_by_role("link", name="About").click()
    expect(page.get_by_role("heading", name="Who this project is for")).to_be_visible()
    expect(page.locator("h1[data-same=yes]")).to_have_count(1)


def test_what_went_wrong_is_said_above_a_dialog(ada: Person, a_page: ANewPage) -> None:
    team = ada.team()
    ada.trains(team, "one", steps=2)
    page = ada.signed_in(a_page())
    page.route("**/moves/*:undo", lambda route: route.fulfill(status=429, json={"detail": "No."}))
    page.goto(f"{ada.cordee.url}/{team}/wall/runs")
    page.get_by_label("Select one").check()
    page.get_by_role("button", name="Move…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Project")).to_be_focused()
    page.keyboard.type("summit")
    dialog.get_by_role("button", name="Preview").click()
    dialog.get_by_role("button", name="Move", exact=True).click()
    expect(dialog.get_by_role("button", name="Undo")).to_be_visible()
    page.locator(".toasts").evaluate(
        """toasts => {
          window.shown = []
          toasts.addEventListener('beforetoggle', event => window.shown.push(event.newState))
        }"""
    )
    dialog.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast.bad")).to_have_text("No.")
    # The last that was shown lies above the others.
    assert page.evaluate("window.shown") == ["closed", "open"]

"""People come in: by invitation, with a key for their machine, in their own language."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.cordee import Cordee
from tests.web.conftest import ANewPage
from tests.web.people import PASSWORD, Person, a_person


@pytest.fixture(scope="module")
def ada(cordee: Cordee) -> Person:
    return a_person(cordee)


def test_a_link_invites_somebody_new_into_a_team(ada: Person, a_page: ANewPage) -> None:
    team = ada.team()
    admin = ada.signed_in(a_page())
    admin.goto(f"{ada.cordee.url}/teams/{team}/members")
    admin.get_by_label("E-mail or user name").fill("grace@example.com")
    admin.get_by_role("button", name="Invite").click()
    link = admin.locator("[data-secret]").inner_text()

    guest = a_page()
    guest.goto(link)
    expect(
        guest.get_by_role("heading", name=f"{ada.username} invites you to {team}")
    ).to_be_visible()
    guest.get_by_role("link", name="Make an account").click()
    expect(guest.get_by_label("E-mail")).to_have_value("grace@example.com")
    guest.get_by_label("User name").fill("grace")
    guest.get_by_label("Password").fill(PASSWORD)
    guest.get_by_role("button", name="Sign up").click()
    guest.wait_for_url(f"**/teams/{team}?welcome=1")
    expect(guest.get_by_text("You are member")).to_be_visible()
    assert {"username": "grace", "role": "member"}.items() <= {
        key: value
        for member in ada.ask("GET", f"/teams/{team}")["members"]
        for key, value in member.items()
        if member["username"] == "grace"
    }.items()


def test_the_authorize_page_shows_a_key_once_and_it_works(ada: Person, a_page: ANewPage) -> None:
    visitor = a_page()
    visitor.goto(f"{ada.cordee.url}/authorize")
    visitor.wait_for_url("**/login?return_to=%2Fauthorize")
    visitor.get_by_label("User name or e-mail").fill(ada.username)
    visitor.get_by_label("Password").fill(PASSWORD)
    visitor.keyboard.press("Enter")
    visitor.wait_for_url("**/authorize")
    visitor.get_by_role("button", name="Make a key").click()
    key = visitor.locator("[data-secret]").inner_text()
    me = Person(ada.cordee, ada.username, key).ask("GET", "/users/me")
    assert me["username"] == ada.username
    visitor.reload()
    expect(visitor.locator("[data-secret]")).to_have_count(0)


def test_french_is_spoken_to_those_who_chose_it_wherever_they_sign_in(
    ada: Person, a_page: ANewPage
) -> None:
    page = ada.signed_in(a_page())
    page.goto(f"{ada.cordee.url}/settings/appearance")
    page.get_by_role("button", name="Français").click()
    expect(page.get_by_role("heading", name="Réglages")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "fr")

    elsewhere = ada.signed_in(a_page(locale="en-GB"))
    elsewhere.goto(ada.cordee.url)
    expect(elsewhere.get_by_role("link", name="Accueil")).to_be_visible()
    ada.ask("PATCH", "/users/me", {"language": "en"})


def test_a_browser_that_prefers_french_is_greeted_in_french(
    cordee: Cordee, a_page: ANewPage
) -> None:
    page = a_page(locale="fr-FR")
    page.goto(f"{cordee.url}/login")
    expect(page.get_by_role("button", name="Se connecter")).to_be_visible()


def test_whoever_is_not_signed_in_is_led_to_the_door_and_back(
    ada: Person, a_page: ANewPage
) -> None:
    page = a_page()
    page.goto(f"{ada.cordee.url}/settings/keys")
    page.get_by_label("User name or e-mail").fill(ada.username)
    page.get_by_label("Password").fill("not the password at all")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/settings/keys")

"""A team's page: machines get keys, rules fire, deliveries are sent again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.cordee import Cordee
from tests.receiving import Receiver
from tests.servers import wait_for
from tests.web.conftest import ANewPage
from tests.web.people import Person, a_person


@pytest.fixture(scope="module")
def ada(cordee: Cordee) -> Person:
    return a_person(cordee)


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    """Where webhooks go."""
    with Receiver(tmp_path_factory.mktemp("hooks")) as running:
        yield running


def test_a_service_account_gets_a_key_that_ci_can_use(ada: Person, a_page: ANewPage) -> None:
    team = ada.team()
    page = ada.signed_in(a_page())
    page.goto(f"{ada.cordee.url}/teams/{team}/service-accounts")
    page.get_by_role("button", name="New service account").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("nightly")
    dialog.get_by_role("button", name="Create").click()
    key = dialog.locator("[data-secret]").inner_text()
    expect(dialog.get_by_text(f"WANDB_ENTITY: {team}")).to_be_visible()
    machine = Person(ada.cordee, f"{team}-nightly", key)
    assert machine.ask("GET", "/users/me")["kind"] == "service"
    machine.trains(team, "by-ci", steps=2)
    run = ada.runs(team)[0]
    assert run["service_account"]
    dialog.get_by_role("button", name="I have kept the key").click()
    page.goto(f"{ada.cordee.url}/{team}/wall/runs/{run['name']}/overview")
    expect(
        page.get_by_text(f"through the service account {run['service_account']}")
    ).to_be_visible()


def test_a_rule_made_here_fires_and_its_delivery_is_sent_again(
    ada: Person, receiver: Receiver, a_page: ANewPage
) -> None:
    team = ada.team()
    ada.trains(team, "before")
    page = ada.signed_in(a_page())
    page.goto(f"{ada.cordee.url}/teams/{team}/alerts")
    page.get_by_role("button", name="New channel").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Channels").select_option("webhook")
    dialog.get_by_label("Name").fill("hook")
    dialog.get_by_label("Address").fill(receiver.url)
    dialog.get_by_role("button", name="Create").click()
    expect(dialog.locator("[data-secret]")).to_be_visible()
    dialog.get_by_role("button", name="Close").last.click()
    page.get_by_role("button", name="Send a test").click()
    wait_for("the test arrives", receiver.received)

    page.goto(f"{ada.cordee.url}/{team}/wall/alerts")
    page.get_by_role("button", name="New rule").click()
    dialog.get_by_label("Name").fill("too accurate")
    dialog.get_by_label("When").select_option("threshold")
    dialog.get_by_label("Metric").fill("train/accuracy")
    dialog.get_by_label("Value", exact=True).fill("0.5")
    dialog.get_by_label("hook").check()
    dialog.get_by_role("button", name="Try on past runs").click()
    expect(dialog.get_by_text("Would have fired in 1 of the last 1 runs.")).to_be_visible()
    dialog.get_by_role("button", name="Save the rule").click()
    expect(page.get_by_text("train/accuracy > 0.5")).to_be_visible()

    ada.trains(team, "after")
    fired = page.get_by_text("too accurate: after")
    expect(fired).to_be_visible()
    wait_for("the alert arrives", lambda: len(receiver.received()) >= 2)

    page.goto(f"{ada.cordee.url}/teams/{team}/alerts")
    expect(page.get_by_text("delivered", exact=True).nth(1)).to_be_visible()
    page.get_by_role("button", name="Send again").first.click()
    sent = wait_for("it arrives again", lambda: receiver.received()[2:] and receiver.received())
    assert sent[-1]["headers"]["webhook-id"] == sent[-2]["headers"]["webhook-id"]


def test_a_switch_hides_the_team_from_others(ada: Person, a_page: ANewPage) -> None:
    team = ada.team()
    page = ada.signed_in(a_page())
    page.goto(f"{ada.cordee.url}/teams/{team}/privacy")
    hidden = page.get_by_role("switch", name="Hidden team")
    before = hidden.get_attribute("aria-checked")
    hidden.click()
    expect(hidden).not_to_have_attribute("aria-checked", before or "")
    assert str(ada.ask("GET", f"/teams/{team}")["privacy"]["hidden"]).lower() != before


def test_what_was_done_stands_in_the_audit_log(ada: Person, a_page: ANewPage) -> None:
    team = ada.team()
    page = ada.signed_in(a_page())
    page.goto(f"{ada.cordee.url}/teams/{team}/audit")
    expect(page.get_by_text("team.create")).to_be_visible()
    page.get_by_label("Filter by action").fill("member.*")
    expect(page.get_by_text("Nothing was done yet")).to_be_visible()

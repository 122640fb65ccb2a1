"""What people choose to see of a project: panels, groups, filters, and all of it by name."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.cordee import Cordee
from tests.sdk.machine import User
from tests.sdk.wire import Wire
from tests.web.conftest import ANewPage
from tests.web.people import Person, a_person

PROJECT = "wall"


@pytest.fixture(scope="module")
def ada(cordee: Cordee) -> Person:
    """With eight runs, of two optimizers and four learning rates."""
    person = a_person(cordee)
    wire = Wire(cordee.url, User(person.username, "", person.key))
    for number in range(8):
        config = {"opt": ("adam", "sgd")[number % 2], "lr": 10.0 ** -(1 + number // 2)}
        path = wire.a_run(
            PROJECT, f"r{number}", displayName=f"attempt {number}",
            config={key: {"value": value} for key, value in config.items()},
            summary={"loss": number, "weights": histogram(0)},
        )  # fmt: skip
        rows = [
            {"_step": step, "loss": number + step, "weights": histogram(step)} for step in range(5)
        ]
        wire.log(path, [json.dumps(row) for row in rows])
        wire.finish(path)
    return person


def histogram(step: int) -> dict[str, object]:
    return {"_type": "histogram", "values": [1 + step, 5, 2], "bins": [0, 1, 2, 3]}


def test_groups_are_one_line_each_and_stand_under_their_heads(
    ada: Person, a_page: ANewPage
) -> None:
    page = ada.signed_in(a_page(viewport={"width": 1440, "height": 1200}))
    page.goto(f"{ada.cordee.url}/{ada.username}/{PROJECT}")
    chart = page.locator("[data-metric=loss]")
    expect(chart.get_by_role("img")).to_have_attribute("aria-label", "Chart of loss with 8 lines")
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_label("Group runs by").select_option("config.opt")
    expect(chart.get_by_role("img")).to_have_attribute("aria-label", "Chart of loss with 2 lines")
    expect(page.locator(".group-head")).to_have_text(["adam", "sgd"])
    chart.get_by_role("img").hover()
    expect(chart.locator(".tip")).to_contain_text("adam (4)")
    page.get_by_label("Horizontal axis").select_option("loss")
    expect(page).to_have_url(f"{ada.cordee.url}/{ada.username}/{PROJECT}?group=config.opt&x=loss")


def test_filters_stand_within_filters(ada: Person, a_page: ANewPage) -> None:
    page = ada.signed_in(a_page(viewport={"width": 1440, "height": 900}))
    page.goto(f"{ada.cordee.url}/{ada.username}/{PROJECT}/runs")
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_role("button", name="Add a condition").click()
    page.get_by_label("Field").fill("config.opt")
    page.get_by_label("Value").fill("sgd")
    expect(page.locator("tr[data-run]")).to_have_count(4)
    page.get_by_role("button", name="Add a group").click()
    group = page.get_by_role("group", name="one holds", exact=True)
    group.get_by_label("Field").fill("summary.loss")
    group.get_by_label("Operator").select_option("gt")
    group.get_by_label("Value").fill("10")
    group.get_by_role("button", name="Add a condition").click()
    group.get_by_label("Field").last.fill("summary.loss")
    group.get_by_label("Operator").last.select_option("lt")
    group.get_by_label("Value").last.fill("6")
    expect(page.locator("tr[data-run]")).to_have_count(2)
    page.reload()
    expect(page.locator("tr[data-run]")).to_have_count(2)


def test_panels_of_every_kind_are_made_and_kept_as_a_view(ada: Person, a_page: ANewPage) -> None:
    page = ada.signed_in(a_page(viewport={"width": 1440, "height": 2600}))
    place = f"{ada.cordee.url}/{ada.username}/{PROJECT}"
    page.goto(place)
    dialog = page.get_by_role("dialog")
    for kind, fields in (
        ("scatter", {"Horizontal": "config.lr", "Vertical": "summary.loss"}),
        ("bar", {"Vertical": "summary.loss"}),
        ("parallel", {"Axes": "config.opt\nconfig.lr\nsummary.loss"}),
        ("histogram", {"Logged as": "weights"}),
        ("line", {"Metrics": "loss"}),
    ):
        page.get_by_role("button", name="Add a panel").click()
        dialog.get_by_label("Kind of panel").select_option(kind)
        for label, text in fields.items():
            dialog.get_by_label(label, exact=True).fill(text)
        dialog.get_by_role("button", name="Add a panel").click()
        expect(dialog).to_have_count(0)
    expect(page.locator("[data-panel=scatter] circle")).to_have_count(8)
    expect(page.locator("[data-panel=bar]").get_by_role("listitem")).to_have_count(8)
    expect(page.locator("[data-panel=parallel] path.way")).to_have_count(8)
    heat = page.locator("[data-panel=histogram]").get_by_role("img").first
    expect(heat).to_have_attribute("aria-label", "Histogram of weights over 5 steps")
    expect(page.locator(".own-panels [data-metric=loss] .plot")).to_have_attribute("data-last", "4")

    page.get_by_role("button", name="Saved views").click()
    dialog.get_by_label("Keep what is shown as").fill("all kinds")
    dialog.get_by_role("button", name="Keep", exact=True).click()
    kept = dialog.get_by_role("button", name="all kinds", exact=True)
    expect(kept).to_be_visible()

    # Somebody else's browser shows the same; the view is renamed, deleted and brought back.
    other = ada.signed_in(a_page(viewport={"width": 1440, "height": 2600}))
    other.goto(place)
    other.get_by_role("button", name="Saved views").click()
    other.get_by_role("dialog").get_by_role("button", name="all kinds", exact=True).click()
    expect(other.locator("[data-panel=scatter] circle")).to_have_count(8)
    dialog.get_by_role("button", name="Rename all kinds").click()
    dialog.get_by_role("textbox", name="Rename all kinds").fill("every kind")
    page.keyboard.press("Enter")
    renamed = dialog.get_by_role("button", name="every kind", exact=True)
    expect(renamed).to_be_visible()
    dialog.get_by_role("button", name="Delete every kind").click()
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Saved views").click()
    expect(dialog.get_by_text("No saved views")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Saved views").click()
    expect(renamed).to_be_visible()

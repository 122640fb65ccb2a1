"""Many runs are selected and tagged, copied or stopped at once; pinned columns stay in sight."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.cordee import Cordee
from tests.sdk.machine import User
from tests.sdk.wire import Wire
from tests.web.conftest import ANewPage
from tests.web.people import Person, a_person

WIDE = {f"value-{number:02}": number for number in range(12)}


@pytest.fixture(scope="module")
def ada(cordee: Cordee) -> Person:
    return a_person(cordee)


def begun(ada: Person, project: str, **tags: list[str]) -> Wire:
    """Runs that run, by their names."""
    wire = Wire(ada.cordee.url, User(ada.username, "", ada.key))
    for name, tagged in tags.items():
        config = {key: {"value": value} for key, value in WIDE.items()}
        wire.a_run(project, name, displayName=name, tags=tagged, config=config)
    return wire


def listed(ada: Person, page: Page, project: str, search: str = "") -> Page:
    page.goto(f"{ada.cordee.url}/{ada.username}/{project}/runs{search}")
    expect(page.locator("tr[data-run]").first).to_be_visible()
    return page


def tags(ada: Person, project: str) -> dict[str, list[str]]:
    return {run["name"]: run["tags"] for run in ada.runs(ada.username, project)}


def test_tags_are_put_on_many_runs_taken_off_and_put_back(ada: Person, a_page: ANewPage) -> None:
    before = {"one": ["base", "old"], "two": ["old"], "three": ["apart"]}
    begun(ada, "tagged", **before)
    page = listed(ada, ada.signed_in(a_page()), "tagged", "?cols=tags")
    page.get_by_label("Select one").check()
    page.get_by_label("Select two").check()
    page.get_by_role("button", name="Tag…").click()
    dialog = page.get_by_role("dialog")
    # Of two runs one has it: neither ticked nor not.
    assert dialog.get_by_label("base").evaluate("box => box.indeterminate")
    assert not dialog.get_by_label("old").evaluate("box => box.indeterminate")
    dialog.get_by_label("old").uncheck()
    dialog.get_by_label("Add a tag").fill("good")
    dialog.get_by_label("Add a tag").press("Enter")
    dialog.get_by_label("Add a tag").fill("night")
    # Meanwhile somebody else tags one of them.
    ada.ask("PATCH", f"/runs/{ada.username}/tagged/two", {"tags": ["old", "theirs"]})
    dialog.get_by_role("button", name="Change the tags").click()
    expect(page.get_by_text("Tags of 2 runs changed.")).to_be_visible()
    assert tags(ada, "tagged") == {
        "one": ["base", "good", "night"],
        "two": ["theirs", "good", "night"],
        "three": ["apart"],
    }
    expect(page.locator("tr[data-run=one]").get_by_text("night")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("The tags of 2 runs are as before.")).to_be_visible()
    assert tags(ada, "tagged") == {
        "one": ["base", "old"],
        "two": ["theirs", "old"],
        "three": ["apart"],
    }
    expect(page.get_by_label("Select one")).to_be_checked()


def test_many_runs_are_asked_to_stop_and_ended_ones_are_copied(
    ada: Person, a_page: ANewPage
) -> None:
    wire = begun(ada, "many", one=[], two=[])
    page = listed(ada, ada.signed_in(a_page()), "many")
    page.get_by_label("Select all loaded runs").check()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text("2 runs were asked to stop.")).to_be_visible()
    assert [run["stop_requested"] for run in ada.runs(ada.username, "many")] == [True, True]
    for name in ("one", "two"):
        wire.finish(f"{ada.username}/many/{name}")
    page.get_by_role("button", name="Copy…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Project").fill("copies")
    dialog.get_by_role("button", name="Preview").click()
    dialog.get_by_role("button", name="Copy", exact=True).click()
    expect(dialog.get_by_text("2 runs are now in")).to_be_visible()
    assert len(ada.runs(ada.username, "copies")) == len(ada.runs(ada.username, "many")) == 2


def test_whoever_may_only_read_is_offered_what_readers_may_do(
    ada: Person, cordee: Cordee, a_page: ANewPage
) -> None:
    begun(ada, "shown", one=[], two=[])
    ada.ask("PATCH", f"/projects/{ada.username}/shown", {"visibility": "public"})
    page = listed(ada, a_person(cordee).signed_in(a_page()), "shown")
    page.get_by_label("Select all loaded runs").check()
    offered = page.get_by_role("toolbar").get_by_role("button")
    expect(offered).to_have_text(["Compare", "Copy…", ""])  # the last clears the selection


def test_pinned_columns_stay_in_sight_and_in_the_address(ada: Person, a_page: ANewPage) -> None:
    begun(ada, "wide", one=["a"], two=["b"])
    columns = "|".join(["state", *(f"config.{key}" for key in WIDE), "tags"])
    page = ada.signed_in(a_page(viewport={"width": 1100, "height": 700}))
    listed(ada, page, "wide", f"?cols={columns}")
    heads = page.locator(".runs th")
    for column in ("Tags", "value-07"):
        page.get_by_role("button", name=f"Pin {column}").click()
    expect(heads).to_contain_text(["", "Run", "Tags", "value-07", "State", "value-00"])
    page.locator(".runs").evaluate("list => { list.scrollLeft = list.scrollWidth }")

    def in_sight(text: str) -> bool:
        seen: bool = heads.filter(has_text=text).evaluate("""head => {
          const { left, right, top, bottom } = head.getBoundingClientRect()
          return head.contains(document.elementFromPoint((left + right) / 2, (top + bottom) / 2))
        }""")
        return seen

    names = ["Run", "Tags", "value-07", "value-11", "State", "value-00"]
    assert [in_sight(name) for name in names] == [True, True, True, True, False, False]
    # Rows stand under their heads.
    for head, cell in ((2, "b"), (3, "7")):
        left = heads.nth(head).bounding_box()
        found = page.locator("tr[data-run=two] td").nth(head)
        assert found.inner_text() == cell
        below = found.bounding_box()
        assert left
        assert below
        assert left["x"] == below["x"]
    page.get_by_role("button", name="Saved views").click()
    page.get_by_label("Keep what is shown as").fill("pinned")
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_text("“pinned” is kept.")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Pin Tags").click()
    expect(heads).to_contain_text(["", "Run", "value-07", "State", "value-00"])
    page.get_by_role("button", name="Saved views").click()
    page.get_by_role("button", name="pinned", exact=True).click()
    expect(heads).to_contain_text(["", "Run", "Tags", "value-07", "State", "value-00"])
    page.reload()
    expect(heads).to_contain_text(["", "Run", "Tags", "value-07", "State", "value-00"])


def test_drawn_widths_stay_in_the_address(ada: Person, a_page: ANewPage) -> None:
    begun(ada, "drawn", one=["a"])
    page = ada.signed_in(a_page(viewport={"width": 1440, "height": 700}))
    listed(ada, page, "drawn", "?cols=state|config.value-00|tags")
    head = page.locator(".runs th").filter(has_text="value-00")

    def width() -> float:
        box = head.bounding_box()
        assert box
        return box["width"]

    usual = width()
    grip = head.locator(".resizer").bounding_box()
    assert grip
    x, y = grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 30, y)
    page.mouse.move(x + 80, y)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"widths=config\.value-00\*200"))
    assert width() == usual + 80
    page.reload()
    expect(head).to_be_visible()
    assert width() == usual + 80
    grip = head.locator(".resizer").bounding_box()
    assert grip
    page.mouse.dblclick(grip["x"] + grip["width"] / 2, y)
    expect(page).not_to_have_url(re.compile("widths="))
    assert width() == usual

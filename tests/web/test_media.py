"""What a run logs beside numbers: pictures, sounds, pages, tables."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import expect

from tests.cordee import Cordee
from tests.sdk.machine import Machine, User
from tests.web.conftest import ANewPage
from tests.web.people import Person, a_person
from tests.web.test_every_page import drawn, serious

LOGS = """
import os, struct, wave
import numpy as np
import wandb

def sound(path):
    with wave.open(path, "wb") as file:
        file.setnchannels(1); file.setsampwidth(2); file.setframerate(8000)
        tone = (int(9000 * np.sin(n / 4)) for n in range(4000))
        file.writeframes(b"".join(struct.pack("<h", one) for one in tone))
    return path

def picture(step, caption=None, over=True):
    pixels = np.full((48, 64, 3), 40 + 30 * step, dtype=np.uint8)
    pixels[12:36, 16:40] = (200, 120, 40)
    mask = np.zeros((48, 64), dtype=np.uint8)
    mask[:12] = 1
    box = {"position": {"minX": 0.25, "maxX": 0.625, "minY": 0.25, "maxY": 0.75}, "class_id": 1}
    return wandb.Image(pixels, caption=caption, **({
        "boxes": {"truth": {"box_data": [box], "class_labels": {1: "hold"}}},
        "masks": {"sky": {"mask_data": mask, "class_labels": {1: "sky"}}},
    } if over else {}))

PAGE = '''<p id=said>still</p><script>
document.getElementById('said').textContent = 'moved'
let found = 'nothing'
try { found = parent.document.title } catch (refused) { found = 'refused' }
document.body.append(' parent: ' + found + ', origin: ' + self.origin)
</script>'''

with wandb.init(entity=os.environ["TEAM"], project="wall", name="media") as run:
    for step in range(3):
        run.log({
            "loss": 1 / (step + 1),
            "view": picture(step, caption=f"seen at {step}"),
            "pair": [picture(step, "left", False), picture(step, "right", False)],
        })
    open("a.pdb", "w").write("ATOM")
    run.log({
        "hum": wandb.Audio(sound("hum.wav"), caption="a hum"),
        "page": wandb.Html(PAGE, inject=False),
        "molecule": wandb.Molecule("a.pdb"),
        "cloud": wandb.Object3D(np.zeros((4, 3))),
        "guesses": wandb.Table(
            columns=["name", "score", "seen"],
            data=[[f"climber {n:02}", n / 7, picture(1, over=False) if n < 2 else None]
                  for n in range(60)],
        ),
    })
"""

DURATION = """element => new Promise(done => {
  const look = () => element.readyState >= 1 ? done(element.duration) : setTimeout(look, 20)
  look()
})"""


@pytest.fixture(scope="module")
def ada(cordee: Cordee) -> Person:
    return a_person(cordee)


@pytest.fixture(scope="module")
def run(ada: Person) -> str:
    """Where the run is that logged it all."""
    team = ada.team()
    with Machine(ada.cordee.url, User(ada.username, "", ada.key)) as machine:
        machine.run(LOGS, TEAM=team)
    return f"{ada.cordee.url}/{team}/wall/runs/{ada.runs(team)[0]['name']}"


def test_pictures_stand_at_a_step_with_what_lies_over_them(
    ada: Person, run: str, a_page: ANewPage
) -> None:
    page = ada.signed_in(a_page(viewport={"width": 1440, "height": 1400}))
    page.goto(f"{run}/media")
    view = page.get_by_role("region", name="view", exact=True)
    expect(view.get_by_text("seen at 2")).to_be_visible()
    expect(view.locator("[data-box=hold]")).to_be_visible()
    expect(view.locator("canvas[data-painted]")).to_be_visible()
    expect(page.get_by_role("region", name="pair").get_by_role("img")).to_have_count(2)
    view.get_by_role("slider").focus()
    page.keyboard.press("Home")
    expect(view.get_by_text("seen at 0")).to_be_visible()
    assert "step=0" in page.url
    wide = "element => element.complete && element.naturalWidth"
    shown = view.get_by_role("img")
    expect(shown).to_be_visible()
    shown.evaluate("element => element.decode()")
    assert shown.evaluate(wide) == 64
    page.get_by_label("Boxes and masks").uncheck()
    expect(view.locator("[data-box]")).to_have_count(0)
    assert serious(page, []) == []


def test_sounds_play_and_what_cannot_be_shown_is_downloaded(
    ada: Person, run: str, a_page: ANewPage
) -> None:
    page = ada.signed_in(a_page(viewport={"width": 390, "height": 844}))
    page.goto(f"{run}/media")
    drawn(page)
    hum = page.get_by_role("region", name="hum")
    hum.scroll_into_view_if_needed()
    sound = hum.locator("audio")
    expect(sound).to_be_visible()
    assert sound.evaluate(DURATION) == pytest.approx(0.5, abs=0.05)
    molecule = page.get_by_role("region", name="molecule")
    molecule.scroll_into_view_if_needed()
    with page.expect_download() as download:
        molecule.get_by_role("link", name="Download").click()
    assert download.value.path().read_text() == "ATOM"
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_a_page_that_was_logged_is_of_no_origin_of_ours(
    ada: Person, run: str, a_page: ANewPage
) -> None:
    page = ada.signed_in(a_page(viewport={"width": 1440, "height": 1400}))
    page.goto(f"{run}/media")
    region = page.get_by_role("region", name="page", exact=True)
    region.scroll_into_view_if_needed()
    frame = region.locator("iframe")
    inside = frame.content_frame.locator("body")
    expect(inside).to_contain_text("moved")
    expect(inside).to_contain_text("parent: refused, origin: null")
    # Nor when its address is opened by itself; and nothing but HTML is shown so.
    address = ada.cordee.url + (frame.get_attribute("src") or "")
    page.goto(address)
    expect(page.locator("body")).to_contain_text("origin: null")
    place = run.removeprefix(f"{ada.cordee.url}/").replace("/runs", "")
    files = ada.ask("GET", f"/runs/{place}/files")
    other = next(file for file in files["items"] if file["name"].endswith(".yaml"))
    assert other["frame"] is None
    forged = other["url"].replace("/files/blobs/", "/files/frames/")
    assert httpx.get(forged).status_code == 404


def test_a_table_is_found_sorted_and_paged_on_the_server(
    ada: Person, run: str, a_page: ANewPage
) -> None:
    page = ada.signed_in(a_page(viewport={"width": 1440, "height": 1400}))
    page.goto(f"{run}/tables")
    table = page.get_by_role("region", name="guesses")
    expect(table.get_by_text("1–25 of 60 rows")).to_be_visible()
    expect(table.locator("tbody img")).to_have_count(2)
    assert serious(page, []) == []
    with page.expect_response("**/table?*order=-score*"):
        table.get_by_role("button", name="score").click()
        table.get_by_role("button", name="score").click()
    first = table.locator("tbody tr").first
    expect(first).to_contain_text("climber 59")
    table.get_by_role("button", name="Next rows").click()
    expect(first).to_contain_text("climber 34")
    table.get_by_role("button", name="Add a condition").click()
    table.get_by_label("Column").select_option("score")
    table.get_by_label("Operator").select_option("lt")
    table.get_by_label("Value").fill("0.5")
    expect(table.get_by_text("1–4 of 4 rows")).to_be_visible()
    table.get_by_label("Find in the table").fill("CLIMBER 02")
    expect(table.get_by_text("1–1 of 1 rows")).to_be_visible()

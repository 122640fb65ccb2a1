"""Figures and objects in three dimensions are drawn in a frame that reaches nothing of ours."""

from __future__ import annotations

import json
import math
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.cordee import Cordee
from tests.sdk.machine import User
from tests.sdk.wire import Wire
from tests.web.conftest import ANewPage
from tests.web.hostile import STRINGS
from tests.web.people import Person, a_person
from tests.web.test_every_page import serious

FIGURE = {
    "data": [{"type": "scatter", "y": [1, math.nan, 3], "name": "seen"},
             {"type": "heatmap", "z": [[1, 2], [3, 4]], "xaxis": "x2", "yaxis": "y2"}],
    "layout": {"title": {"text": "Of Plotly"}, "width": 5000, "grid": {"rows": 1, "columns": 2}},
}  # fmt: skip
HOSTILE = {
    "data": [{"type": "bar", "x": list(STRINGS), "y": list(range(len(STRINGS))), "name": text,
              "hovertext": text, "text": text, "textposition": "outside"} for text in STRINGS[::9]],
    "layout": {
        "title": {"text": " ".join(STRINGS)},
        "annotations": [{"text": text, "hovertext": text} for text in STRINGS],
        "images": [{"source": f"https://elsewhere.example.org/{n}.png"} for n in range(2)],
    },
}  # fmt: skip
TRIANGLE = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 2 3\nf 1 2 4\n"
CLOUD = {
    "type": "lidar/beta",
    "points": [[math.sin(n), math.cos(n), n / 50, n % 14 + 1] for n in range(400)],
    "boxes": [{"corners": [[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)],
               "label": "box", "color": [255, 0, 0]}],
    "vectors": [],
}  # fmt: skip
FILES: dict[str, tuple[str, str, str]] = {
    "figure": ("plotly-file", "media/plotly/f.plotly.json", json.dumps(FIGURE)),
    "hostile": ("plotly-file", "media/plotly/h.plotly.json", json.dumps(HOSTILE)),
    "cloud": ("object3D-file", "media/object3D/c.pts.json", json.dumps(CLOUD)),
    "solid": ("object3D-file", "media/object3D/t.obj", TRIANGLE),
    "broken": ("plotly-file", "media/plotly/b.plotly.json", "{"),
    "nothing": ("object3D-file", "media/object3D/n.pts.json", "[]"),
    "babylon": ("object3D-file", "media/object3D/s.babylon", "{}"),
}
PAINTED = """canvas => {
  const copy = document.createElement('canvas')
  copy.width = canvas.width, copy.height = canvas.height
  return new Promise(done => requestAnimationFrame(() => {
    window.dispatchEvent(new Event('resize'))
    const sheet = copy.getContext('2d')
    sheet.drawImage(canvas, 0, 0)
    done(sheet.getImageData(0, 0, copy.width, copy.height).data.some(part => part > 0))
  }))
}"""


@pytest.fixture(scope="module")
def ada(cordee: Cordee) -> Person:
    return a_person(cordee)


@pytest.fixture(scope="module")
def home(ada: Person) -> str:
    """Where the runs are: one logged what anybody logs, the other what a thief does."""
    wire = Wire(ada.cordee.url, User(ada.username, "", ada.key))
    for run, names in {"drawn": FILES.keys() - {"hostile"}, "hostile": {"hostile"}}.items():
        path = wire.a_run("wall", run)
        row: dict[str, Any] = {"_step": 0, "loss": 1}
        for key in names:
            kind, name, content = FILES[key]
            assert httpx.put(wire.upload_url(path, name), content=content.encode()).is_success
            row[key] = {"_type": kind, "path": name}
        wire.log(path, [json.dumps(row)])
        wire.finish(path)
    return f"{ada.cordee.url}/{ada.username}/wall/runs"


@pytest.fixture
def page(ada: Person, home: str, a_page: ANewPage) -> Page:
    page = ada.signed_in(a_page(viewport={"width": 1440, "height": 1000}))
    page.goto(f"{home}/drawn/media")
    return page


def shown(page: Page, name: str) -> Locator:
    region = page.get_by_role("region", name=name, exact=True)
    region.scroll_into_view_if_needed()
    return region


def test_a_figure_of_plotly_is_drawn_to_the_size_of_its_frame(page: Page) -> None:
    frame = shown(page, "figure").locator("iframe")
    expect(frame).to_have_attribute("data-drawn", "true")
    inside = frame.content_frame
    expect(inside.get_by_text("Of Plotly")).to_be_visible()
    expect(inside.locator(".scatterlayer .trace")).to_have_count(1)
    expect(inside.locator(".heatmaplayer image")).to_have_count(1)
    drawn, around = inside.locator(".main-svg").first.bounding_box(), frame.bounding_box()
    assert drawn
    assert around
    assert drawn["width"] <= around["width"]
    assert serious(page, []) == []


@pytest.mark.parametrize("name", ["cloud", "solid"])
def test_an_object_is_drawn_and_turned(page: Page, name: str) -> None:
    frame = shown(page, name).locator("iframe")
    expect(frame).to_have_attribute("data-drawn", "true")
    canvas = frame.content_frame.locator("canvas")
    assert canvas.evaluate(PAINTED)
    before = canvas.screenshot()
    canvas.hover()
    page.mouse.down()
    page.mouse.move(300, 300, steps=5)
    page.mouse.up()
    assert canvas.screenshot() != before


@pytest.mark.parametrize("name", ["broken", "nothing", "babylon"])
def test_what_cannot_be_drawn_is_said_and_downloaded(page: Page, name: str) -> None:
    region = shown(page, name)
    link = region.get_by_role("link", name="Download")
    expect(link).to_be_visible()
    expect(region.locator("iframe")).to_have_count(0)
    with page.expect_download() as download:
        link.click()
    assert download.value.path().read_text() == FILES[name][2]


def test_nothing_in_a_figure_reaches_us_or_anybody_else(
    ada: Person, home: str, a_page: ANewPage
) -> None:
    page = ada.signed_in(a_page(breaching=True))
    stopped: list[str] = []
    page.on("console", lambda said: stopped.append(said.text))
    page.goto(f"{home}/hostile/media")
    frame = shown(page, "hostile").locator("iframe")
    expect(frame).to_have_attribute("data-drawn", "true")
    inside = frame.content_frame.locator("body")
    inside.hover()
    assert inside.evaluate("window.stolen") is None
    assert inside.evaluate("self.origin") == "null"
    refused = "() => { try { return parent.document.title } catch { return 'refused' } }"
    assert inside.evaluate(refused) == "refused"
    fetched = "(_, url) => fetch(url).then(() => 'fetched', () => 'refused')"
    assert inside.evaluate(fetched, f"{ada.cordee.url}/api/v1/users/me") == "refused"
    assert page.evaluate("window.stolen") is None
    # The policy stops what the figure asks for elsewhere, and there is nothing else to stop.
    breaches = [said for said in stopped if "Content Security Policy" in said]
    assert any("elsewhere" in said for said in breaches)
    assert [said for said in breaches if "elsewhere" not in said and "users/me" not in said] == []

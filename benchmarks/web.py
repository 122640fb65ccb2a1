"""How fast a large project's page is in a real browser: `python -m benchmarks.web [runs [steps]]`.

Ten runs are logged through a whole Cordée, with all their metrics; one's document is multiplied in
MongoDB, because ten thousand runs take minutes to log. Chromium draws without a graphics card, on
the same cores as the servers, so frames are also counted on an empty page: compare with that.
"""

from __future__ import annotations

import json
import math
import os
import random
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pymongo
from playwright.sync_api import Browser, Page, Response, sync_playwright

from tests.cordee import Cordee
from tests.sdk.machine import User
from tests.sdk.wire import Wire
from tests.web.conftest import FLAGS
from tests.web.people import Person, a_person

RUNS, STEPS, METRICS, LOGGED, ROWS = 10_000, 1_000_000, 500, 10, 100
VISITS, ZOOMS, SCROLLED_S, FRAME_MS = 5, 20, 5.0, 1000 / 60
FIRST_CONTENT_S, ZOOM_S = 1.5, 0.2
PROJECT = "large"
NOTE_CONTENT = """() => {
  window.firstSeen = {}
  const seen = (name, found) => { if (found) window.firstSeen[name] ??= performance.now() }
  new MutationObserver(() => {
    seen('row', document.querySelector('tr[data-run]'))
    seen('chart', document.querySelector('.plot canvas'))
  }).observe(document, { childList: true, subtree: true })
}"""
FRAMES = """async ([seconds, act]) => {
  const scroller = document.querySelector('.runs')
  const gaps = []
  let last = performance.now()
  const end = last + seconds * 1000
  while (last < end) {
    const now = await new Promise(requestAnimationFrame)
    gaps.push(now - last)
    last = now
    if (act === 'scroll') scroller.scrollTop += 40
    if (act === 'hover') {
      const over = [...document.querySelectorAll('.plot .u-over')].find((one) => one.clientWidth)
      const box = over.getBoundingClientRect()
      const clientX = box.left + gaps.length * 3 % box.width
      const place = { clientX, clientY: box.top + box.height / 2, bubbles: true }
      over.dispatchEvent(new MouseEvent('mousemove', place))
    }
  }
  return gaps.slice(1)
}"""


def log_runs(wire: Wire, metrics: int) -> None:
    """Those whose curves are drawn."""
    names = [f"group{number % 20}/metric{number}" for number in range(metrics)]
    for number in range(LOGGED):
        chance = random.Random(number)
        path = wire.a_run(PROJECT, f"logged-{number}", displayName=f"logged {number}")
        rows = []
        for step in range(ROWS):
            values = {name: math.exp(-step / 30) + chance.random() / 10 for name in names}
            rows.append(json.dumps({"_step": step, "_timestamp": 1.0 + step, **values}))
        wire.log(path, rows)
        wire.a_run(PROJECT, f"logged-{number}", summary=json.loads(rows[-1]))
        wire.finish(path)


def multiply(cordee: Cordee, count: int) -> None:
    """Older copies of the first run, without its history, each with values of its own."""
    url = next((cordee.data_dir / "secrets").glob("**/mongo_url_runs")).read_text().strip()
    client: pymongo.MongoClient = pymongo.MongoClient(url)
    runs = client["cordee_runs"]["runs"]
    first, chance = runs.find_one({"name": "logged-0"}), random.Random(1)
    assert first is not None
    for begun in range(0, count, 500):
        batch = []
        for number in range(begun, min(count, begun + 500)):
            pairs = [{"k": pair["k"], "v": chance.random()} for pair in first["summary_pairs"]]
            born = first["created_at"] - timedelta(seconds=number + 1)
            own = {"_id": f"{number:026d}", "name": f"run-{number:08d}", "summary_pairs": pairs}
            own |= {"display_name": f"copy {number}", "created_at": born, "updated_at": born}
            batch.append(first | own)
        runs.insert_many(batch, ordered=False)
    client.close()


def log_long(wire: Wire, steps: int) -> str:
    """One run of many steps."""
    path = wire.a_run(PROJECT + "-run", "long")
    chance, at_once = random.Random(2), 10_000
    for begun in range(0, steps, at_once):
        rows = [
            f'{{"_step":{step},"loss":{math.exp(-step / steps) + chance.random() / 10:.6f}}}'
            for step in range(begun, min(steps, begun + at_once))
        ]
        wire.log(path, rows, offset=begun)
    wire.finish(path)
    return path


def first_content(browser: Browser, ada: Person, url: str) -> dict[str, float]:
    """Seconds from the navigation to the first row and the first chart, in a new profile."""
    profile = browser.new_context(viewport={"width": 1440, "height": 900})
    page = ada.signed_in(profile.new_page())
    page.add_init_script(f"({NOTE_CONTENT})()")
    page.goto(url)
    page.locator(".plot canvas").first.wait_for()
    seen: dict[str, float] = page.evaluate("window.firstSeen")
    profile.close()
    return {name: found / 1000 for name, found in seen.items()}


def frames(browser: Browser, page: Page, act: str) -> str:
    """Gaps between frames while something moves, and the longest tasks of the page's thread."""
    gaps = page.evaluate(FRAMES, [SCROLLED_S, act])  # without the trace, which costs frames
    browser.start_tracing(
        page=page, categories=["disabled-by-default-devtools.timeline", "toplevel"]
    )
    page.evaluate(FRAMES, [SCROLLED_S, act])
    trace: dict[str, Any] = json.loads(browser.stop_tracing())
    main = {
        (event["pid"], event["tid"])
        for event in trace["traceEvents"]
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    tasks = sorted(
        event.get("tdur", event["dur"]) / 1000
        for event in trace["traceEvents"]
        if event["name"].endswith("RunTask")
        and "dur" in event
        and (event["pid"], event["tid"]) in main
    )
    late = sum(gap > 1.5 * FRAME_MS for gap in gaps) / len(gaps)
    long = sum(task > FRAME_MS for task in tasks)
    return (
        f"{len(gaps) / SCROLLED_S:5.1f} frames/s, median gap {statistics.median(gaps):.1f} ms, "
        f"{late:.0%} late; {long} of {len(tasks)} tasks used more CPU than a frame has, "
        f"longest {tasks[-1] if tasks else 0:.1f} ms"
    )


def timed(times: int, act: Callable[[int], None]) -> tuple[float, float]:
    """Median and greatest of the seconds that it took."""
    took = []
    for number in range(times):
        began = time.monotonic()
        act(number)
        took.append(time.monotonic() - began)
    return statistics.median(took), max(took)


def look_at_project(browser: Browser, ada: Person, url: str) -> bool:
    """The page with its ten thousand runs."""
    visits = [first_content(browser, ada, url) for _ in range(VISITS)]
    slowest = 0.0
    for name in ("row", "chart"):
        times = [visit[name] for visit in visits]
        slowest = max(slowest, statistics.median(times))
        print(
            f"  first {name:<6} median {statistics.median(times):.2f} s, slowest {max(times):.2f} s"
        )
    profile = browser.new_context(viewport={"width": 1440, "height": 900})
    page = ada.signed_in(profile.new_page())
    sizes: dict[str, int] = {}

    def note(answer: Response) -> None:
        if "/api/v1/" in answer.url and not answer.url.endswith("/live"):
            sizes[answer.url] = int(answer.headers.get("content-length", 0))

    page.on("response", note)
    empty = profile.new_page()
    empty.goto(url.rpartition("/")[0] + "/api/v1/openapi.json")
    print(f"  empty page {frames(browser, empty, 'nothing')}")
    empty.close()
    page.goto(url)
    page.locator(".plot canvas").nth(5).wait_for()
    for act in ("hover", "scroll"):
        print(f"  {act:<10} {frames(browser, page, act)}", flush=True)
    largest = max(sizes, key=lambda found: sizes[found])
    print(f"  {len(sizes)} requests, the largest answer {sizes[largest] / 1000:.0f} kB: "
          f"{largest.partition('/api/v1')[2][:60]}")  # fmt: skip
    whole = [asked for asked in sizes if "/history" in asked and "samples=" not in asked]
    print(f"  requests for a whole history: {len(whole)}")
    profile.close()
    return slowest < FIRST_CONTENT_S and not whole


def look_at_run(browser: Browser, ada: Person, path: str, wire: Wire, steps: int) -> bool:
    """A long run, zoomed into."""
    chance = random.Random(3)

    def ask(_: int) -> None:
        low = chance.uniform(0, steps * 0.8)
        high = low + chance.uniform(steps / 1000, steps / 5)
        asked = f"/runs/{path}/curves?key=loss&x=_step&low={low}&high={high}&points=800"
        answer = wire.rest("GET", asked)
        assert len(answer.json()["curves"]["loss"]["x"]) <= 810

    median, most = timed(ZOOMS, ask)
    print(
        f"  zoom, the server's answer: median {median * 1000:.0f} ms, slowest {most * 1000:.0f} ms"
    )
    entity, project, run = path.split("/")
    page = ada.signed_in(browser.new_context(viewport={"width": 1440, "height": 900}).new_page())
    page.goto(f"{ada.cordee.url}/{entity}/{project}/runs/{run}")
    over = page.locator(".plot .u-over")
    over.wait_for()

    def drag(_: int) -> None:
        box = over.bounding_box()
        assert box is not None
        left = box["x"] + box["width"] * chance.uniform(0.1, 0.5)
        page.mouse.move(left, box["y"] + 50)
        page.mouse.down()
        page.mouse.move(left + box["width"] * 0.3, box["y"] + 50)
        with page.expect_response("**/curves?*"):
            page.mouse.up()

    drawn, slowest = timed(3, drag)
    print(f"  zoom, by hand in the browser: median {drawn * 1000:.0f} ms, "
          f"slowest {slowest * 1000:.0f} ms")  # fmt: skip
    return median < ZOOM_S


def main(runs: int, steps: int) -> int:
    """Both pages."""
    chromium = os.environ.get("CORDEE_TEST_CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        raise SystemExit("No chromium on this machine: apt-get install chromium")
    root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    with Cordee() as cordee, sync_playwright() as playwright:
        ada = a_person(cordee, "ada")
        wire = Wire(cordee.url, User(ada.username, "", ada.key))
        log_runs(wire, METRICS)
        multiply(cordee, runs)
        path = log_long(wire, steps)
        browser = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, *root])
        load = os.getloadavg()[0]
        print(f"{runs} runs with {METRICS} metrics, {os.cpu_count()} cores, load {load:.1f}")
        well = look_at_project(browser, ada, f"{cordee.url}/{ada.username}/{PROJECT}")
        print(f"one run of {steps} steps, load {os.getloadavg()[0]:.1f}")
        well &= look_at_run(browser, ada, path, wire, steps)
        browser.close()
    return 0 if well else 1


if __name__ == "__main__":
    given = [int(number) for number in sys.argv[1:]]
    sys.exit(main(*(given + [RUNS, STEPS][len(given) :])))

"""What holds for every page: readable by everybody, on a phone, in the dark, and safe."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.cordee import Cordee
from tests.plain_http import TLS
from tests.servers import ROOT
from tests.web.conftest import ANewPage
from tests.web.people import Person, a_person
from tests.web.test_sweeps import a_sweep

STATIC = ROOT / "gateway/static"
AXE = ROOT / "gateway/web/node_modules/axe-core/axe.min.js"
MOST_AT_FIRST = 350_000
PANELS = quote(
    json.dumps(
        [
            ["line", "_step", "train/loss", "train/accuracy"],
            ["bar", "summary.train/loss"],
            ["scatter", "config.lr", "summary.train/loss", ""],
            ["parallel", "config.lr", "config.model.depth", "summary.train/loss"],
        ]
    )
)
MOST_TABS = 150
FOR_FINGERS = ["color-contrast", "target-size"]
VISITED = ("/login", "/signup", "/reset", "/invitation?token=none", "/confirm-email?token=none")


@pytest.fixture(scope="module")
def ada(cordee: Cordee) -> Person:
    return a_person(cordee)


@pytest.fixture(scope="module")
def pages(ada: Person) -> list[str]:
    """Every page of a team that has something to show."""
    team = ada.team()
    ada.trains(team, "first", "second")
    first, second = (run["name"] for run in ada.runs(team))
    ada.ask("POST", f"/teams/{team}/service-accounts", {"name": "ci"})
    ada.ask("POST", f"/teams/{team}/invitations", {"email": "joan@example.com"})
    rule = {"name": "failed", "when": {"kind": "state", "states": ["failed"]}}
    ada.ask("POST", f"/projects/{team}/wall/rules", rule)
    chart = {"kind": "charts", "charts": [{"metrics": ["train/loss"]}], "runs": [first, second]}
    blocks = [{"kind": "markdown", "text": "# Seen\n\n[a link](https://example.org) `code`"}, chart]
    written = {"title": "A look back", "description": "At two runs.", "blocks": blocks}
    report = ada.ask("POST", f"/projects/{team}/wall/reports", written)["id"]
    ada.ask("POST", f"/reports/{report}/comments", {"text": "Why so?"})
    shares = [
        ada.ask("POST", f"/projects/{team}/wall/shares", wish)["token"]
        for wish in ({"runs": [first]}, {"runs": [first, second]}, {"report": report})
    ]
    sweep = a_sweep(ada, team, "tries")
    run = f"/{team}/wall/runs/{first}"
    return [
        "/", f"/{ada.username}", "/settings", "/settings/keys", "/settings/security",
        "/settings/appearance", "/authorize", "/welcome", "/teams/new",
        *(f"/teams/{team}/{tab}" for tab in
          ("", "members", "service-accounts", "alerts", "privacy", "audit")),
        f"/{team}/wall", f"/{team}/wall/runs", f"/{team}/wall/alerts", f"/{team}/wall/about",
        f"/{team}/wall?panels={PANELS}&group=state",
        run, f"{run}/overview", f"{run}/system", f"{run}/console", f"{run}/files",
        f"{run}/media", f"{run}/tables",
        f"/{team}/wall/compare?runs={first},{second}", "/nobody/nothing",
        f"/{team}/tries/sweeps", f"/{team}/tries/sweeps/{sweep}", f"/{team}/wall/reports",
        f"/{team}/wall/reports/new", f"/{team}/wall/reports/{report}",
        *(f"/share/{token}" for token in shares), "/share/none",
    ]  # fmt: skip


def drawn(page: Page) -> None:
    """Wait until nothing waits."""
    expect(page.locator("main")).to_be_visible()
    expect(page.locator(".ghost")).to_have_count(0)


def serious(page: Page, rules: list[str]) -> list[str]:
    """What axe-core finds that keeps people out; without `rules` it looks for everything."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    only = {"runOnly": {"type": "rule", "values": rules}} if rules else {}
    found: list[dict[str, Any]] = page.evaluate(
        "options => axe.run(options).then(result => result.violations)",
        {"resultTypes": ["violations"], **only},
    )
    return [
        f"{one['id']}: {node['target']}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


def test_everybody_can_read_it_at_a_desk(ada: Person, pages: list[str], a_page: ANewPage) -> None:
    page = a_page(color_scheme="light", viewport={"width": 1440, "height": 900})
    wrong: dict[str, object] = {}
    for path in (*VISITED, *pages):
        if path == pages[0]:
            ada.signed_in(page)
        page.goto(ada.cordee.url + path)
        drawn(page)
        if found := serious(page, []):
            wrong[path] = found
    assert wrong == {}


def test_it_fits_a_phone_in_the_dark(ada: Person, pages: list[str], a_page: ANewPage) -> None:
    page = ada.signed_in(a_page(color_scheme="dark", viewport={"width": 390, "height": 844}))
    wrong: dict[str, object] = {}
    for path in pages:
        page.goto(ada.cordee.url + path)
        drawn(page)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wrong[f"{path} is too wide"] = path
        if ("teams" in path or "alerts" in path) and (found := serious(page, FOR_FINGERS)):
            wrong[path] = found
    assert wrong == {}


def test_the_keyboard_is_enough(ada: Person, pages: list[str], a_page: ANewPage) -> None:
    """From the door to a chart of one's own and back, and nothing is ever pointed at."""
    page = a_page(viewport={"width": 1440, "height": 900})
    keys = page.keyboard
    page.goto(f"{ada.cordee.url}/login")
    expect(page.get_by_label("User name or e-mail")).to_be_focused()
    keys.type(ada.username)
    keys.press("Tab")
    keys.type("a rope between two climbers")
    keys.press("Enter")
    page.wait_for_url(f"{ada.cordee.url}/")
    keys.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()

    # Into a project, by the palette.
    keys.press("Control+k")
    expect(page.get_by_role("dialog").get_by_role("combobox")).to_be_focused()
    keys.type("wall")
    expect(page.get_by_role("option").first).to_contain_text("wall")
    keys.press("Enter")
    page.wait_for_url("**/wall")
    drawn(page)

    # Runs are chosen and compared.
    tab_to(page, page.get_by_label("Select all loaded runs"))
    keys.press("Space")
    tab_to(page, page.get_by_role("button", name="Compare"))
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Compare 2 runs")).to_be_visible()
    page.go_back()  # Alt and the arrow, in a window that has a frame
    drawn(page)

    # A panel is made, changed and taken away.
    tab_to(page, page.get_by_role("button", name="Add a panel"))
    keys.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Kind of panel")).to_be_focused()
    keys.type("Bars")
    tab_to(page, dialog.get_by_label("Vertical"))
    keys.type("summary.train/loss")
    keys.press("Enter")
    bars = page.locator("[data-panel=bar]")
    expect(bars.get_by_role("listitem")).to_have_count(2)
    tab_to(page, bars.get_by_role("button", name="first", exact=True))

    # What is shown is kept under a name, and found again.
    tab_to(page, page.get_by_role("button", name="Saved views"), "Shift+Tab")
    keys.press("Enter")
    expect(dialog.get_by_label("Keep what is shown as")).to_be_focused()
    keys.type("by hand")
    keys.press("Enter")
    expect(dialog.get_by_role("button", name="by hand", exact=True)).to_be_visible()
    keys.press("Escape")
    tab_to(page, page.get_by_role("button", name="Remove the panel train/loss"))
    keys.press("Enter")
    expect(bars).to_have_count(0)
    tab_to(page, page.get_by_role("button", name="Saved views"), "Shift+Tab")
    keys.press("Enter")
    tab_to(page, dialog.get_by_role("button", name="by hand", exact=True))
    keys.press("Enter")
    expect(bars).to_have_count(1)

    # A key is made and revoked.
    page.goto(f"{ada.cordee.url}/settings/keys")
    tab_to(page, page.get_by_label("Name of the key"))
    keys.type("laptop")
    keys.press("Enter")
    expect(page.locator("[data-secret]")).to_be_visible()
    tab_to(page, page.get_by_role("button", name="Revoke").first)
    keys.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    keys.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def tab_to(page: Page, target: Locator, key: str = "Tab") -> None:
    """Press Tab until it has the focus."""
    expect(target).to_be_visible()
    for _ in range(MOST_TABS):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{target} is not reached by {key}.")


def test_a_first_visit_is_light(cordee: Cordee) -> None:
    first = httpx.get(f"{cordee.url}/", verify=TLS).text
    sizes = {
        name: len(gzip.compress((STATIC / name).read_bytes()))
        for name in re.findall(r'(?:src|href)="/(assets/[^"]+\.js)"', first)
    }
    assert sizes
    assert sum(sizes.values()) < MOST_AT_FIRST


def test_pages_are_guarded_and_their_parts_kept(cordee: Cordee) -> None:
    page = httpx.get(f"{cordee.url}/any/where/runs/x", verify=TLS)
    policy = page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-cache"
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    script = next(Path(STATIC / "assets").glob("index-*.js")).name
    kept = httpx.get(f"{cordee.url}/assets/{script}", verify=TLS)
    assert "immutable" in kept.headers["cache-control"]
    for path in ("/api/v1/nowhere", "/graphql/nowhere", "/files/nowhere", "/assets/nowhere.js"):
        assert httpx.get(cordee.url + path, verify=TLS).status_code == 404, path
    assert httpx.post(f"{cordee.url}/any/where", verify=TLS).status_code in (404, 405)

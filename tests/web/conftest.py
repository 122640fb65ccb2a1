"""A real browser in front of a real Cordée."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.cordee import Cordee

FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)

ANewPage = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's, if it can be without a window of its own, which costs a quarter of all work.

    `CORDEE_TEST_CHROMIUM` names another.
    """
    path = (
        os.environ.get("CORDEE_TEST_CHROMIUM")
        or shutil.which("chromium-headless-shell")
        or shutil.which("chromium")
    )
    if path is None:
        pytest.skip("No chromium here: apt-get install chromium-headless-shell, or chromium")
    root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS, *root])
        yield browser
        browser.close()


@pytest.fixture
def a_page(chromium: Browser, tmp_path: Path) -> Iterator[ANewPage]:
    """Makes pages, each of a browser profile of its own; what a page throws fails the test.

    So does what its policy stops, unless that is what the test is about.
    """
    thrown: list[str] = []
    with ExitStack() as profiles:

        def make(*, breaching: bool = False, **options: object) -> Page:
            profile: BrowserContext = chromium.new_context(**options)  # type: ignore[arg-type]
            profiles.callback(profile.close)
            profile.set_default_timeout(PATIENCE_MS)
            page = profile.new_page()
            page.on("pageerror", lambda error: thrown.append(str(error)))
            if not breaching:
                page.on("console", lambda said: _note_breach(said.text, thrown))
            return page

        yield make
    assert thrown == []


def _note_breach(said: str, thrown: list[str]) -> None:
    """A page that breaks its own policy is as broken as one that throws."""
    if "Content Security Policy" in said:
        thrown.append(said)


@pytest.fixture(scope="session")
def cordee() -> Iterator[Cordee]:
    """A whole `cordee up` with its web app."""
    env = {"CORDEE_SIGNUP": "open", "CORDEE_EGRESS_ALLOW": "127.0.0.0/8"}
    with Cordee(env=env) as running:
        yield running

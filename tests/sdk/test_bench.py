"""`cordee bench` against a Cordée in use: measured, read back, and nothing left behind."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.cordee import Cordee
from tests.sdk.command import Command
from tests.sdk.machine import User
from tests.sdk.wire import Wire

pytestmark = pytest.mark.sdk


def test_what_it_measures_it_has_read_back_and_deleted(
    cordee: Cordee, a_user: Callable[[], User]
) -> None:
    user = a_user()
    wire, bench = Wire(cordee.url, user), Command(cordee, user)
    own = wire.a_run("mine", "kept")
    size = ("--runs", "3", "--steps", "40", "--metrics", "4", "--writers", "2")
    long, tiny = json.loads(bench("bench", *size, "--json"))
    assert (long["points"], long["lost"], long["refused"]) == (3 * 40 * 4, 0, [])
    assert (tiny["points"], tiny["lost"], tiny["refused"]) == (3 * 10 * 5, 0, [])
    assert min(long["points_per_s"], long["readable_per_s"], tiny["runs_per_s"]) > 0

    listed = wire.rest("GET", f"/projects/{user.username}/cordee-bench/runs").json()
    assert listed["items"] == []
    assert wire.run(own) is not None
    assert "long runs, 2 writers" in bench("bench", *size)  # names are not used twice


def test_a_key_that_may_not_log_there_ends_it_with_a_reason(
    cordee: Cordee, a_user: Callable[[], User]
) -> None:
    somebody, other = a_user(), a_user()
    said = Command(cordee, somebody)("bench", "--entity", other.username, "--runs", "1", exits=2)
    assert "no run could be made" in said

"""What the gate's command line is understood as, and what a comment makes of hostile names."""

from __future__ import annotations

from typing import Any

import pytest
import typer

from gateway.cli.gate import metric_of, seconds_of
from gateway.cli.pull_request import comment
from gateway.cli.run_paths import _parts


@pytest.mark.parametrize(
    ("text", "name", "better", "tolerance", "relative"),
    [
        ("val/acc:higher", "val/acc", "higher", 0.01, True),
        ("loss:lower:2%", "loss", "lower", 0.02, True),
        ("loss:lower:0.5", "loss", "lower", 0.5, False),
        ("a:b:higher", "a:b", "higher", 0.01, True),
    ],
)
def test_a_metric_with_its_direction(
    text: str, name: str, better: str, tolerance: float, relative: bool
) -> None:
    found = metric_of(text, "1%")
    said = (found["metric"], found["better"], found["tolerance"], found["relative"])
    assert said == (name, better, tolerance, relative)


@pytest.mark.parametrize(
    ("text", "drop"), [("val/acc", "1%"), ("a:up", "1%"), ("a:lower", "much"), ("a:lower", "-1%")]
)
def test_what_is_neither_is_wrong_use(text: str, drop: str) -> None:
    with pytest.raises(typer.Exit) as refused:
        metric_of(text, drop)
    assert refused.value.exit_code == 2


def test_lengths_of_time() -> None:
    assert [seconds_of(text) for text in ("30d", "12h", "1.5m")] == [2_592_000, 43_200, 90]
    with pytest.raises(typer.Exit):
        seconds_of("soon")


@pytest.mark.parametrize("text", ["e/p/r", "https://cordee.example/e/p/runs/r", "/e/p/runs/r/"])
def test_a_run_by_its_path_or_its_page(text: str) -> None:
    assert _parts(text) == ["e", "p", "r"]


def test_no_name_can_call_anybody_or_leave_its_cell() -> None:
    run = {"name": "r", "display_name": "a|b @all [x](http://evil) <img src=x>"}
    finding: dict[str, Any] = dict.fromkeys(("value", "baseline", "change", "drift"))
    finding |= {"metric": "m|`@team`\n", "verdict": "unchanged", "noted": "", "tolerance": 0.01}
    finding |= {"better": "lower", "relative": True, "relative_change": None}
    report = {"verdict": "passed", "entity": "e", "project": "p", "runs": [run], "stale": False}
    report |= {"baseline": "best", "baseline_runs": [], "baseline_age_s": None}
    text = comment({**report, "findings": [finding]}, "https://cordee.example")
    assert "@all" not in text
    assert "@team" not in text
    assert "<img" not in text
    assert "](http://evil" not in text
    [row] = [line for line in text.splitlines() if "m\\|" in line]
    assert row.replace("\\|", "").count("|") == 7

"""`cordee gate`, the real command against a whole Cordée."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cordee import Cordee
from tests.sdk.command import Command
from tests.sdk.machine import User
from tests.sdk.wire import Wire

pytestmark = pytest.mark.sdk

MAIN = '{"tags": "main"}'
ACC = ("--metric", "val/acc:higher")


class Project:
    """Runs of a project, and the command asked about them."""

    def __init__(self, cordee: Cordee, user: User) -> None:
        self.user = user
        self._wire = Wire(cordee.url, user)
        self._command = Command(cordee, user, WANDB_PROJECT="gated")

    def a_run(self, name: str, *tags: str, group: str | None = None, **summary: float) -> None:
        """A finished one."""
        summary = {metric.replace("_", "/", 1): value for metric, value in summary.items()}
        more = {"group": group} if group else {}
        path = self._wire.a_run("gated", name, summary=summary, tags=list(tags), **more)
        self._wire.finish(path)

    def gate(self, *args: str, exits: int, **env: str) -> str:
        """What the command prints."""
        return self._command("gate", *args, exits=exits, **env)


@pytest.fixture(scope="module")
def project(cordee: Cordee, a_user: Callable[[], User]) -> Project:
    """Ten runs of `main` around 0.9, a release of three seeds, and candidates."""
    made, chance = Project(cordee, a_user()), random.Random(7)
    for number in range(10):
        made.a_run(f"main-{number}", "main", val_acc=chance.gauss(0.9, 0.004), loss=0.2)
    for seed in range(3):
        made.a_run(f"seed-{seed}", "release", group="v1", val_acc=0.9 + seed / 1_000)
    made.a_run("good", val_acc=0.901, loss=0.19)
    made.a_run("bad", val_acc=0.6, loss=0.2)
    made.a_run("blind", "evil|`@all`", other=1.0)
    return made


class TestTheThreeVerdicts:
    def test_holding_up_is_0(self, project: Project) -> None:
        both = (*ACC, "--metric", "loss:lower")
        said = project.gate("good", "--baseline", MAIN, *both, "--max-drop", "1%", exits=0)
        assert "passed: against" in said

    def test_a_regression_is_1(self, project: Project, tmp_path: Path) -> None:
        comment = tmp_path / "comment.md"
        said = project.gate(
            *("bad", "--baseline", MAIN, *ACC, "--max-drop", "1%", "--json"),
            *("--markdown", str(comment)),
            exits=1,
        )
        report: dict[str, Any] = json.loads(said)
        assert report["verdict"] == "regressed"
        [found] = report["findings"]
        assert (found["verdict"], found["test"], found["against"]) == ("regressed", "robust z", 10)
        assert found["relative_change"] == pytest.approx(-0.333, abs=0.01)
        text = comment.read_text(encoding="utf-8")
        assert "❌ Cordée: regressed" in text
        assert "| val/acc ↑ | 0.6 | 0.9" in text
        assert "(10 runs), less than a minute old" in text or "(10 runs), 1 minute old" in text

    def test_too_little_to_say_is_3_or_what_was_asked_for(self, project: Project) -> None:
        few = ("good", "--baseline", '{"tags": "nobody has it"}', *ACC)
        assert "not enough data" in project.gate(*few, exits=3)
        assert "which no run matches" in project.gate(*few, "--not-enough-data", "0", exits=0)
        told = project.gate("blind", "--baseline", MAIN, *ACC, exits=3)
        assert "the run has no number for it" in told


class TestBaselines:
    @pytest.mark.parametrize(
        ("baseline", "exits"),
        [("main-3", 0), ("bad", 0), ("best", 0), ("tag:release", 0), ("tag:none", 3)],
    )
    def test_each_way_to_name_one(self, project: Project, baseline: str, exits: int) -> None:
        project.gate("good", "--baseline", baseline, *ACC, "--max-drop", "1%", exits=exits)

    def test_the_best_is_the_best_in_the_metrics_own_direction(self, project: Project) -> None:
        args = ("--baseline", "best", "--metric", "loss:lower", "--json")
        [found] = json.loads(project.gate("bad", *args, exits=1))["findings"]
        assert (found["baseline"], found["test"]) == (0.19, "tolerance")

    def test_seeds_against_the_seeds_of_the_last_release(self, project: Project) -> None:
        seeds = ("seed-0", "seed-1", "seed-2")
        args = (*seeds, "--baseline", "tag:main", *ACC, "--json")
        assert len(json.loads(project.gate(*args, exits=0))["baseline_runs"]) == 1
        args = ("bad", "--baseline", "tag:release", *ACC, "--json")
        report = json.loads(project.gate(*args, exits=1))
        assert {run["name"] for run in report["baseline_runs"]} == set(seeds)

    def test_an_old_one_is_said_to_be_stale(self, project: Project, tmp_path: Path) -> None:
        comment = tmp_path / "comment.md"
        args = ("--stale-after", "0.001s", "--markdown", str(comment))
        project.gate("good", "--baseline", "best", *ACC, *args, "--max-drop", "5%", exits=0)
        assert "The baseline is stale" in comment.read_text(encoding="utf-8")


class TestWrongUse:
    @pytest.mark.parametrize(
        ("args", "said"),
        [
            (("absent", "--baseline", "best", *ACC), "absent not found"),
            (("good", "--baseline", '{"$where": "1"}', *ACC), "$where"),
        ],
    )
    def test_it_is_one_line_and_2(self, project: Project, args: tuple[str, ...], said: str) -> None:
        told = project.gate(*args, exits=2)
        assert said in told
        assert len(told.strip().splitlines()) == 1

    def test_a_stranger_sees_no_project(self, project: Project, a_user: Callable[[], User]) -> None:
        stranger = a_user()
        owner = project.user.username
        told = project.gate(
            *(f"{owner}/gated/good", "--baseline", "best", *ACC),
            exits=2,
            WANDB_API_KEY=stranger.api_key,
        )
        assert "not found" in told.lower()

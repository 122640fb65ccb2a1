"""What few scripts use: metrics defined every way, console in parts, gzip, several writers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.cordee import Cordee
from tests.sdk.machine import Machine, User

pytestmark = pytest.mark.sdk

SCRIPT = """
    import json, os, subprocess, sys, wandb

    def writer(label, *, first):
        settings = wandb.Settings(mode="shared", x_primary=first, x_label=label)
        return wandb.init(project="demo", id="shared", settings=settings)

    if sys.argv[1:]:
        other = writer("b", first=False)
        for n in range(5):
            other.log({"b": n})
        other.finish()
        sys.exit()

    settings = wandb.Settings(
        console_multipart=True, x_file_stream_no_gzip=False, x_file_stream_transmit_interval=1.0
    )
    run = wandb.init(project="demo", id="r1", settings=settings)
    run.define_metric("epoch", hidden=True)
    run.define_metric("val/*", step_metric="epoch")
    run.define_metric("val/acc", step_metric="epoch", summary="max")
    for name in ("min", "max", "mean", "first", "last", "none"):
        run.define_metric(f"as {name}", summary=name)
    run.define_metric("as all", summary="min,max,mean")
    for n, value in enumerate((2, 1, 4, 3)):
        names = ("plain", "val/acc", "val/loss", "as all", "as min", "as max", "as mean")
        run.log({"epoch": n} | dict.fromkeys((*names, "as first", "as last", "as none"), value))
    print("in parts")
    run.finish()

    one = writer("a", first=True)
    elsewhere = {key: value for key, value in os.environ.items() if key != "WANDB_SERVICE"}
    other = subprocess.Popen([sys.executable, __file__, "the other"], env=elsewhere)
    one.log({"a": 0})
    assert other.wait() == 0
    for n in range(1, 5):
        one.log({"a": n})
    one.finish()

    api = wandb.Api()
    found, shared = api.run("demo/r1"), api.run("demo/shared")
    made = api.create_run(project="demo", run_id="made")
    made.update_state("failed")
    project = api.project("demo", entity=found.entity)
    found.wait_until_finished()
    wandb.sweep({"method": "random", "parameters": {"x": {"value": 1}}}, project="demo")
    metrics = found.rawconfig["_wandb"]["m"]
    print(json.dumps({
        "summary": found.summary._json_dict,
        "defined": {one.get("1") or one["2"]: one for one in metrics},
        "step metrics": {
            one.get("1") or one["2"]: metrics[one["5"] - 1]["1"] for one in metrics if "5" in one
        },
        "parts": [file.name for file in found.files() if file.name.startswith("logs/output_")],
        "console": [line.content for line in found.console_logs()],
        "shared": {
            "state": shared.state,
            "a": [row["a"] for row in shared.scan_history(keys=["a"])],
            "b": [row["b"] for row in shared.scan_history(keys=["b"])],
        },
        "made": [made.id, api.run("demo/made").state],
        "sweeps": [one.method for one in project.sweeps()],
        "html": [run.url in found.to_html(), project.name in project.to_html()],
    }))
"""


@pytest.fixture(scope="module")
def told(cordee: Cordee, a_user: Callable[[], User]) -> Any:
    with Machine(cordee.url, a_user()) as machine:
        return machine.run(SCRIPT).told


def test_metrics_defined_every_way(told: Any) -> None:
    summary = told["summary"]
    assert summary["plain"] == summary["val/loss"] == 3
    assert summary["val/acc"] == {"max": 4}
    assert [summary[f"as {name}"] for name in ("min", "max", "mean", "first", "last")] == [
        {"min": 1},
        {"max": 4},
        {"mean": 2.5},
        {"first": 2},
        {"last": 3},
    ]
    assert summary["as all"] == {"min": 1, "max": 4, "mean": 2.5}
    assert "as none" not in summary
    assert told["step metrics"] == {"val/*": "epoch", "val/acc": "epoch"}


def test_console_in_parts(told: Any) -> None:
    """As files of their own, and read back as ever."""
    assert told["parts"]
    assert "in parts" in told["console"]


def test_two_writers_share_a_run(told: Any) -> None:
    assert told["shared"] == {"state": "finished", "a": [*range(5)], "b": [*range(5)]}


def test_runs_made_and_looked_at_without_logging(told: Any) -> None:
    assert told["made"] == ["made", "failed"]
    assert told["sweeps"] == ["random"]
    assert told["html"] == [True, True]

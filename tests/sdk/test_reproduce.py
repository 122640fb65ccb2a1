"""`cordee reproduce`: a run fetched, checked, run again, and told apart from what differs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.cordee import Cordee
from tests.sdk.install import NEWEST, python_of
from tests.sdk.machine import SDKS, Machine, User
from tests.servers import ROOT

pytestmark = pytest.mark.sdk

TRAINING = """
    import json, pathlib, random, sys, wandb

    random.seed(7)
    run = wandb.init(project="again", config={"rate": 0.1})
    run.log_code(".", include_fn=lambda path: path.endswith("train.py"))
    folder = pathlib.Path(run.use_artifact("numbers:latest").download())
    weight, rate = 0.0, float(sys.argv[1])
    for number in (folder / "numbers.txt").read_text().split():
        weight += rate * (float(number) - weight) + random.random() / 1000
        run.log({"weight": weight, "loss": (float(number) - weight) ** 2})
    run.finish()
    print(json.dumps(run.path))
"""
NUMBERS = """
    import sys, wandb

    with wandb.init(project="again") as run:
        numbers = wandb.Artifact("numbers", type="dataset")
        with numbers.new_file("numbers.txt") as file:
            file.write(sys.argv[1])
        run.log_artifact(numbers).wait()
"""
SILENT = """
    import json, wandb

    run = wandb.init(project="again")
    run.log_code(".", include_fn=lambda path: path.endswith(".py"))
    run.log({"said": "nothing"})
    run.finish()
    print(json.dumps(run.path))
"""


@dataclass(frozen=True, slots=True)
class Trained:
    """A run, its owner's machine and what `cordee reproduce` says of it."""

    cordee: Cordee
    machine: Machine
    path: str

    def reproduce(self, *args: str, before: str = "") -> subprocess.CompletedProcess[str]:
        """`before` is done in the command's process first."""
        assert self.machine.user
        return subprocess.run(
            [
                *(sys.executable, "-P", "-c", f"{before}from gateway.cli import main; main()"),
                *("reproduce", self.path, "--into", "copy"),
                *("--python", str(python_of(SDKS, NEWEST))),
                *args,
            ],
            cwd=self.machine.home,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.machine.home),
                "PYTHONPATH": str(ROOT),
                "WANDB_BASE_URL": self.cordee.url,
                "WANDB_API_KEY": self.machine.user.api_key,
                "WANDB_SILENT": "true",
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@pytest.fixture(scope="module")
def trained(cordee: Cordee, a_user: Callable[[], User]) -> Iterator[Trained]:
    with Machine(cordee.url, a_user()) as machine:
        machine.run(NUMBERS, "1 2 3")
        path = machine.run(TRAINING, "0.5").told
        yield Trained(cordee, machine, path if isinstance(path, str) else "/".join(path))


def test_from_the_folder_to_the_verdict(trained: Trained) -> None:
    """One run after another, because each costs seconds."""
    first = trained.reproduce("--run")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "every digest fits" in first.stdout
    assert "command: train.py 0.5" in first.stdout
    assert "reproduced: 2 metrics" in first.stdout
    copy = Path(trained.machine.home, "copy")
    assert (copy / "inputs/numbers-v0/numbers.txt").read_text() == "1 2 3"
    assert "wandb" in (copy / "environment/requirements.txt").read_text()

    (copy / "inputs/numbers-v0/numbers.txt").write_text("1 2 4")
    changed = trained.reproduce("--run")
    assert changed.returncode == 1
    assert "differs: inputs/numbers-v0/numbers.txt: MD5 is " in changed.stdout
    assert "new run" not in changed.stdout

    (copy / "inputs/numbers-v0/numbers.txt").write_text("1 2 3")
    trained.machine.run(NUMBERS, "1 2 5")
    other = trained.reproduce("--run")
    assert other.returncode == 1, other.stdout + other.stderr
    assert "differs: input numbers:v0: digest is " in other.stdout
    assert "numbers.txt: MD5 is " in other.stdout
    assert "DIFFERS: weight" in other.stdout
    assert other.stdout.rstrip().endswith("not reproduced")


def test_metrics_that_are_not_looked_at_are_not_reproduced(trained: Trained) -> None:
    few = "from gateway.cli.reproducing import again; again.MOST_KEYS = 1; "
    told = trained.reproduce("--run", "--into", "few", before=few)
    assert told.returncode == 1, told.stdout + told.stderr
    assert "1 more metrics were not compared" in told.stdout
    assert told.stdout.rstrip().endswith("not reproduced")


def test_a_run_without_numbers_cannot_be_reproduced(trained: Trained) -> None:
    path = trained.machine.run(SILENT).told
    silent = replace(trained, path=path if isinstance(path, str) else "/".join(path))
    told = silent.reproduce("--run", "--into", "silent")
    assert told.returncode == 1, told.stdout + told.stderr
    assert "nothing to compare" in told.stdout
    assert told.stdout.rstrip().endswith("not reproduced")


def test_a_strangers_run_is_not_found(trained: Trained, a_user: Callable[[], User]) -> None:
    with Machine(trained.cordee.url, a_user()) as machine:
        told = Trained(trained.cordee, machine, trained.path).reproduce()
    assert told.returncode == 2
    assert "not found" in told.stderr.lower()

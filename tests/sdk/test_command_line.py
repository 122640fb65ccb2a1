"""The SDK's command line: `status`, `pull`, `restore`, `sync` of a part, `beta sync`."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cordee import Cordee
from tests.sdk.conftest import AMachine
from tests.sdk.machine import Machine, User
from tests.sdk.wire import Wire

pytestmark = pytest.mark.sdk

STEPS = 400


@pytest.fixture
def machine(a_machine: AMachine, user: User) -> Machine:
    return a_machine(user)


@pytest.fixture
def wire(cordee: Cordee, user: User) -> Wire:
    return Wire(cordee.url, user)


def git(folder: Path, *arguments: str) -> str:
    names = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    done = subprocess.run(
        ["git", *names, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def test_a_run_is_pulled_and_its_code_brought_back(machine: Machine, user: User) -> None:
    home = machine.home
    (home / ".gitignore").write_text("*\n!.gitignore\n!step.py\n", encoding="utf-8")
    (home / "step.py").write_text("LR = 1\n", encoding="utf-8")
    git(home, "init", "--quiet", "--initial-branch", "main")
    git(home, "add", ".gitignore", "step.py")
    git(home, "commit", "--quiet", "--message", "as it was")
    git(home, "init", "--quiet", "--bare", "origin.git")
    git(home, "remote", "add", "origin", "origin.git")
    git(home, "push", "--quiet", "origin", "main")
    commit = git(home, "rev-parse", "HEAD")
    (home / "step.py").write_text("LR = 2\n", encoding="utf-8")
    machine.run(
        """
        import pathlib, wandb

        run = wandb.init(project="demo", id="r1", config={"lr": 0.1, "deep": {"er": [1, 2]}})
        pathlib.Path("notes").mkdir()
        pathlib.Path("notes/a b.txt").write_text("kept")
        run.save("notes/*", policy="now")
        run.log({"n": 1})
        run.finish()
        """,
        WANDB_SAVE_CODE="true",  # and with it the patch
    )
    git(home, "commit", "--quiet", "--all", "--message", "as it is")
    (home / "step.py").write_text("LR = 3\n", encoding="utf-8")
    git(home, "commit", "--quiet", "--all", "--message", "as it became")

    said = machine.wandb("restore", f"{user.username}/demo:r1")
    assert git(home, "rev-parse", "HEAD") == commit, said
    assert git(home, "branch", "--show-current") == "wandb/r1"
    assert (home / "step.py").read_text(encoding="utf-8") == "LR = 2\n"
    assert "deep:" in (home / "wandb" / "config.yaml").read_text(encoding="utf-8")

    shutil.rmtree(home / "notes")
    (home / "requirements.txt").write_text("of somebody else", encoding="utf-8")
    pulled = ("pull", "--project", "demo", "--entity", user.username, "r1")
    said = machine.wandb(*pulled)
    assert (home / "notes" / "a b.txt").read_text(encoding="utf-8") == "kept", said
    assert "wandb==" in (home / "requirements.txt").read_text(encoding="utf-8")
    again = machine.wandb(*pulled).out
    assert "File notes/a b.txt is up to date" in again
    assert "File requirements.txt is up to date" in again

    settings = machine.wandb("status", WANDB_PROJECT="demo").out
    assert json.loads(settings[settings.index("{") :])["base_url"] == machine.url


def test_a_run_that_was_synced_in_part_is_completed(machine: Machine, wire: Wire) -> None:
    """As after a disk that filled up: the first part of the file, then all of it, then again."""
    machine.run(
        f"""
        import wandb

        run = wandb.init(project="demo", id="r1", config={{"lr": 0.1}})
        for step in range({STEPS}):
            run.log({{"n": step}})
        print("said")
        run.finish()
        """,
        WANDB_MODE="offline",
    )
    [whole] = machine.home.glob("wandb/offline-run-*")
    part = machine.home / "part" / whole.name
    shutil.copytree(whole, part)
    [file] = part.glob("*.wandb")
    with file.open("r+b") as cut:
        cut.truncate(file.stat().st_size // 2)
    path = f"{wire.user.username}/demo/r1"

    machine.wandb("sync", str(part))
    some = numbers(wire, path)
    assert some == list(range(len(some)))
    assert STEPS / 4 < len(some) < STEPS
    for command in (("beta", "sync"), ("sync", "--include-synced")):
        machine.wandb(*command, str(whole))
        found = wire.run(path)
        assert (found["state"], numbers(wire, path)) == ("finished", list(range(STEPS)))


def numbers(wire: Wire, path: str) -> list[Any]:
    """What was logged, in order."""
    return [json.loads(line)["n"] for line in wire.run(path)["history"]]

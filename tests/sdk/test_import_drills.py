"""Imports at full size, broken off in the middle, and from what MLflow and TensorBoard write."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cordee import Cordee
from tests.sdk.command import Command
from tests.sdk.imported import CONSOLE, EVENTS, everything
from tests.sdk.install import UV
from tests.sdk.machine import User
from tests.sdk.wire import Wire
from tests.servers import ROOT, free_port, wait_for

pytestmark = [pytest.mark.sdk, pytest.mark.drill]

FOREIGN = Path(__file__).with_name("foreign.py")
WANTED = ("mlflow>=3,<3.18", "tensorboard>=2.20")
RUNS = 500
ROWS = 60


@pytest.fixture(scope="module")
def foreign() -> Path:
    """The interpreter of a venv with MLflow and TensorBoard, kept for the next time."""
    venv = ROOT / ".venv" / "foreign"
    python = venv / "bin" / "python"
    stamp = venv / ".installed"
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != str(WANTED):
        subprocess.run([UV, "venv", "--clear", "--python", sys.executable, venv], check=True)
        subprocess.run([UV, "pip", "install", "-q", "--python", python, *WANTED], check=True)
        stamp.write_text(str(WANTED), encoding="utf-8")
    return python


def a_large_project(wire: Wire) -> None:
    """Hundreds of runs, each with a history, system metrics, console lines and a file."""
    for number in range(RUNS):
        path = wire.a_run("large", f"run-{number:03}", config={"n": {"value": number}})
        rows = [f'{{"_step":{step * 3},"loss":{number / (step + 1)}}}' for step in range(ROWS)]
        files = {
            "wandb-history.jsonl": {"offset": 0, "content": rows},
            "wandb-events.jsonl": {"offset": 0, "content": EVENTS},
            "output.log": {"offset": 0, "content": CONSOLE},
        }
        assert wire.stream(path, files=files).status_code == 200
        httpx.put(wire.upload_url(path, "note.txt"), content=str(number).encode())
        wire.finish(path, exit_code=number % 2)


class TestFiveHundredRunsFromASecondCordee:
    def test_killed_again_and_again_it_brings_each_once(
        self, cordee: Cordee, a_user: Callable[[], User]
    ) -> None:
        owner = a_user()
        source = Wire(cordee.url, owner)
        a_large_project(source)
        expected = everything(source, owner.username, "large")
        assert len(expected["runs"]) == RUNS
        with Cordee() as other:
            admin = User("admin", "admin@example.com", other.admin_key)
            target = Wire(other.url, admin)
            what = f"{owner.username}/large"
            args = ("import", "wandb", what, "--from", cordee.url)
            for enough in (RUNS // 5, RUNS // 2):
                with importing(other, admin, owner, *args) as process:
                    wait_for("runs have come", lambda n=enough: came(target, n), 300)
                    process.send_signal(signal.SIGKILL)
                    assert process.wait() == -signal.SIGKILL
            other.kill("runs")
            said = Command(other, admin, CORDEE_IMPORT_API_KEY=owner.api_key)(*args)
            assert "0 and 0 were there already" not in said
            found = everything(target, "admin", "large")
            assert found == expected


def came(wire: Wire, enough: int) -> bool:
    answer = wire.rest("GET", "/projects/admin/large/run-count")
    return bool(answer.is_success and answer.json()["count"] >= enough)


@contextmanager
def importing(
    cordee: Cordee, user: User, owner: User, *args: str
) -> Iterator[subprocess.Popen[bytes]]:
    env = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "WANDB_BASE_URL": cordee.url,
        "WANDB_API_KEY": user.api_key,
        "CORDEE_IMPORT_API_KEY": owner.api_key,
    }
    code = "from gateway.cli import main; main()"
    with subprocess.Popen([sys.executable, "-P", "-c", code, *args], env=env) as process:
        yield process


class TestFromMlflow:
    @pytest.mark.parametrize("kind", ["server", "sqlite", "folder"])
    def test_runs_are_what_mlflow_says_of_them(
        self, cordee: Cordee, user: User, foreign: Path, tmp_path: Path, kind: str
    ) -> None:
        with store(kind, foreign, tmp_path) as uri:
            told = asked(foreign, "mlflow", uri, tmp_path)
            command = Command(cordee, user)
            said = command("import", "mlflow", uri.removeprefix("file://"), "--to", user.username)
            assert f"Imported {len(told)} runs" in said
            assert "is RUNNING; import it again once it has ended" in said
            assert "Imported 0 runs" in command("import", "mlflow", uri, "--to", user.username)
        wire = Wire(cordee.url, user)
        runs = everything(wire, user.username, "vision-resnet- tries")["runs"]
        assert set(runs) == set(told)
        for name, run in runs.items():
            same_run(run, told[name])


def same_run(run: dict[str, Any], told: dict[str, Any]) -> None:
    """Id, name, state, times, every value of every metric, params and files."""
    assert (run["displayName"], run["state"]) == (told["name"], told["state"])
    assert millis(run["createdAt"]) == told["start"]
    assert millis(run["heartbeatAt"]) == told["end"]
    config = {key: entry["value"] for key, entry in json.loads(run["config"]).items()}
    assert config.pop("mlflow.tags") == {"kind": "sweep"}
    assert config == told["params"]
    rows = [json.loads(line) for line in run["history"]]
    for key, points in told["metrics"].items():
        found = sorted([row["_step"], float(row[key])] for row in rows if key in row)
        assert str(found) == str(sorted([step, real(value)] for step, value, _ in points))
    files = {edge["node"]["name"]: edge["node"]["bytes"] for edge in run["files"]["edges"]}
    assert set(files) == set(told["files"])
    assert all(files[name] == text for name, text in told["files"].items() if text is not None)


def real(text: str) -> float:
    """MLflow's databases hold the infinities as the largest doubles."""
    value = float(text)
    return float("inf") if value > 1e308 else value


def millis(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1_000)


@contextmanager
def store(kind: str, python: Path, folder: Path) -> Iterator[str]:
    """The address of a tracking store that is there as long as it is needed."""
    if kind != "server":
        yield f"sqlite:///{folder}/m.db" if kind == "sqlite" else (folder / "mlruns").as_uri()
        return
    port = free_port()
    args = ["server", "--port", str(port), "--backend-store-uri", f"sqlite:///{folder}/server.db"]
    args += ["--artifacts-destination", str(folder / "artifacts"), "--workers", "1"]
    with (
        (folder / "mlflow.log").open("wb") as log,
        subprocess.Popen(
            [python, "-m", "mlflow", *args],
            cwd=folder,
            stdout=log,
            stderr=log,
            env={**os.environ, "PATH": f"{python.parent}:{os.environ['PATH']}"},
            start_new_session=True,
        ) as process,
    ):
        url = f"http://127.0.0.1:{port}"
        try:
            wait_for("MLflow answers", lambda: answers(f"{url}/health"), 400)
            yield url
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).is_success
    except httpx.TransportError:
        return False


def asked(python: Path, what: str, where: str, folder: Path) -> Any:
    """What `foreign.py` printed."""
    done = subprocess.run(
        [python, FOREIGN, what, where],
        cwd=folder,
        env={**os.environ, "MLFLOW_ALLOW_FILE_STORE": "true"},  # no longer written, still read
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


class TestFromTensorboard:
    def test_scalars_are_what_was_written(
        self, cordee: Cordee, user: User, foreign: Path, tmp_path: Path
    ) -> None:
        told = asked(foreign, "tensorboard", str(tmp_path / "logs"), tmp_path)
        command = Command(cordee, user)
        assert "Imported 2 runs" in command("import", "tensorboard", str(tmp_path / "logs"))
        runs = everything(Wire(cordee.url, user), user.username, "logs")["runs"].values()
        found = {run["displayName"]: [json.loads(line) for line in run["history"]] for run in runs}
        assert set(found) == set(told)
        for name, rows in found.items():
            whole = told[name]["loss"]
            losses = [row["loss"] for row in rows if "loss" in row]
            assert losses == pytest.approx(whole[: len(losses)], rel=1e-6)
            assert len(losses) == len(whole)
            accuracies = [row["acc/top 1"] for row in rows if "acc/top 1" in row]
            cut = 1 if name == "train" else 0  # the last record of that file was cut short
            assert len(accuracies) == len(whole) - cut

"""`cordee doctor` on a sound installation, and on each way in which one goes bad."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from tests.cordee import Cordee
from tests.servers import free_port


def doctor(data_dir: Path, *arguments: str, **env: str) -> tuple[int, dict[str, Any]]:
    """Its exit code, and what it found by the name of the check."""
    told = ["doctor", "--data-dir", str(data_dir), "--json", *arguments]
    done = CliRunner().invoke(app, told, env=env)
    assert done.stderr == ""
    found: dict[str, Any] = {}
    for one in json.loads(done.stdout):
        worst = found.get(one["check"])
        if worst is None or worst["verdict"] == "ok":
            found[one["check"]] = one
    return done.exit_code, found


@pytest.fixture
def stopped(tmp_path: Path) -> Path:
    """A data dir that nothing runs on, as `cordee up` leaves it."""
    root = tmp_path / "data"
    for folder in ("secrets", "run", "logs"):
        (root / folder).mkdir(parents=True, mode=0o700)
    root.chmod(0o700)
    for name in ("key_pepper", "url_signing_key", "session_key", "encryption_key"):
        path = root / "secrets" / name
        path.write_text("ab" * 32 + "\n", encoding="utf-8")
        path.chmod(0o600)
    write(root / "run/nats-server.json", {"jetstream": {"sync_interval": "always"}})
    write(root / "installation.json", {"format": 1, "ports": {}, "mongod_series": None})
    return root


def write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")


def test_a_running_cordee_is_sound(cordee: Cordee) -> None:
    code, found = doctor(cordee.data_dir, "--url", cordee.url)
    verdicts = {check: one["verdict"] for check, one in found.items()}
    assert code == 0
    assert {check for check, verdict in verdicts.items() if verdict == "ok"} >= {
        *("data dir", "secrets", "clock", "fsync", "versions", "mongodb", "binding"),
        *("identity", "runs", "alerts"),
    }
    assert verdicts["mail"] == "warn"


def test_what_is_stopped_is_no_fault(stopped: Path) -> None:
    code, found = doctor(stopped, "--url", f"http://127.0.0.1:{free_port()}")
    assert code == 0
    assert found["gateway"]["verdict"] == found["mongodb"]["verdict"] == "skipped"


def opened(root: Path) -> None:
    root.chmod(0o755)


def secret_shown(root: Path) -> None:
    (root / "secrets/key_pepper").chmod(0o644)


def secret_lost(root: Path) -> None:
    (root / "secrets/encryption_key").unlink()


def secret_weak(root: Path) -> None:
    (root / "secrets/session_key").write_text("letmein", encoding="utf-8")


def synced_seldom(root: Path) -> None:
    write(root / "run/nats-server.json", {"jetstream": {"sync_interval": "2m"}})


def clock_back(root: Path) -> None:
    os.utime(root / "installation.json")
    os.utime(root / "run/nats-server.json", (4e9, 4e9))


def from_the_future(root: Path) -> None:
    write(root / "installation.json", {"format": 99, "ports": {}, "mongod_series": None})


@pytest.mark.parametrize(
    ("spoil", "check"),
    [
        (opened, "data dir"),
        (secret_shown, "secrets"),
        (secret_lost, "secrets"),
        (secret_weak, "secrets"),
        (synced_seldom, "fsync"),
        (clock_back, "clock"),
        (from_the_future, "versions"),
    ],
)
def test_what_is_bad_is_named_with_its_remedy(
    stopped: Path, spoil: Callable[[Path], None], check: str
) -> None:
    spoil(stopped)
    code, found = doctor(stopped, "--url", f"http://127.0.0.1:{free_port()}")
    assert code == 1
    bad = {name for name, one in found.items() if one["verdict"] == "bad"}
    assert bad == {check}
    assert found[check]["remedy"]


def test_keys_that_travel_in_clear_are_warned_of(stopped: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    _, found = doctor(stopped, "--url", url, CORDEE_HOST="192.0.2.1")
    assert found["binding"]["verdict"] == "warn"
    _, found = doctor(stopped, "--url", url, CORDEE_NATS_URL="nats://nats.example.com:4222")
    assert found["nats"]["verdict"] == "warn"

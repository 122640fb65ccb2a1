"""The Compose file holds what it must, and the NATS configuration beside it is one NATS takes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.cli import nats_config
from shared.embedded.binaries import find_nats_server

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


@pytest.fixture
def secrets(tmp_path: Path) -> dict[str, str]:
    """What `deploy/make-env` writes, made in a copy of its place."""
    (tmp_path / "deploy").mkdir()
    shutil.copy(ROOT / "deploy" / "make-env", tmp_path / "deploy" / "make-env")
    subprocess.run([tmp_path / "deploy" / "make-env"], check=True, capture_output=True)
    written = tmp_path / ".env"
    assert written.stat().st_mode & 0o777 == 0o600
    lines = written.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


class TestComposeFile:
    def test_holds_the_six_services_and_nothing_else(self, compose: dict[str, Any]) -> None:
        assert set(compose["services"]) == {
            "nats", "mongo", "identity", "runs", "alerts", "gateway",
        }  # fmt: skip

    def test_every_service_has_a_health_check(self, compose: dict[str, Any]) -> None:
        assert all("healthcheck" in one for one in compose["services"].values())

    def test_only_the_gateway_is_reached_from_outside(self, compose: dict[str, Any]) -> None:
        assert [name for name, one in compose["services"].items() if "ports" in one] == ["gateway"]

    def test_every_variable_without_a_default_is_written_by_make_env(
        self, secrets: dict[str, str]
    ) -> None:
        text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
        asked = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)(?::\?[^}]*)?\}", text))
        assert asked <= secrets.keys()

    def test_the_client_accepts_it(self, secrets: dict[str, str]) -> None:
        if shutil.which("docker") is None:
            pytest.skip("no docker client on this machine")
        version = subprocess.run(["docker", "compose", "version"], capture_output=True)
        if version.returncode != 0:
            pytest.skip("this docker client has no compose plugin")
        done = subprocess.run(
            ["docker", "compose", "config", "--quiet"],
            cwd=ROOT,
            env={**os.environ, **secrets},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr


class TestNatsConfiguration:
    def test_is_printed_from_the_grants(self) -> None:
        kept = (ROOT / "deploy" / "nats.conf").read_text(encoding="utf-8")
        assert kept == nats_config.render()

    def test_a_real_server_accepts_it(self, secrets: dict[str, str]) -> None:
        done = subprocess.run(
            [find_nats_server().path, "--config", ROOT / "deploy" / "nats.conf", "-t"],
            env=secrets,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr

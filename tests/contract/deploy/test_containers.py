"""The SDK's round trip against the `mongo:8` and `nats` images, where a Docker engine answers."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cordee import Cordee

pytestmark = [pytest.mark.docker, pytest.mark.sdk]

SCRIPT = """
import json, wandb
run = wandb.init(project="containers", config={"lr": 0.1})
for step in range(50):
    run.log({"loss": 1 / (step + 1)})
run.finish()
found = wandb.Api().run(run.path)
print(json.dumps([found.state, len(list(found.scan_history()))]))
"""
PYTHON = Path(__file__).parents[3] / ".venv" / "sdk" / "0.31.0" / "bin" / "python"


def _engine_answers() -> bool:
    try:
        done = subprocess.run(["docker", "info"], capture_output=True, timeout=10)
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


@pytest.fixture(scope="module")
def cordee(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cordee]:
    if not _engine_answers():
        pytest.skip("no Docker engine answers on this machine")
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.waiting_utils import wait_for_logs

    nats = DockerContainer("nats:2.15-alpine").with_command("-js").with_exposed_ports(4222)
    mongo = DockerContainer("mongo:8").with_command("--replSet rs0 --bind_ip_all")
    with nats, mongo.with_exposed_ports(27017):
        wait_for_logs(nats, "Server is ready")
        wait_for_logs(mongo, "Waiting for connections")
        mongo.exec(["mongosh", "--quiet", "--eval", "rs.initiate()"])
        nats_url = f"nats://{nats.get_container_host_ip()}:{nats.get_exposed_port(4222)}"
        host, port = mongo.get_container_host_ip(), mongo.get_exposed_port(27017)
        servers = {
            "CORDEE_NATS_URL": nats_url,
            "CORDEE_MONGO_URL": f"mongodb://{host}:{port}/?directConnection=true",
        }
        with Cordee(env=servers) as running:
            yield running


def test_what_is_logged_reads_back(cordee: Cordee, tmp_path: Path) -> None:
    done = subprocess.run(
        [PYTHON, "-c", SCRIPT],
        cwd=tmp_path,
        env={
            "HOME": str(tmp_path),
            "PATH": "/usr/bin:/bin",
            "WANDB_BASE_URL": cordee.url,
            "WANDB_API_KEY": cordee.admin_key,
            "WANDB_SILENT": "true",
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == ["finished", 50]

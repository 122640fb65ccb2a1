"""`cordee up` with real servers and stand-in services: starting, watching, ending."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.errors import AutoReconnect

from shared.embedded.leftovers import birth_of, read_pid_file
from tests.cordee import Cordee
from tests.servers import ROOT, Servers, wait_for

STAND_INS = (sys.executable, str(ROOT / "tests/e2e/stand_ins.py"), "up")
SERVERS = ("mongod", "nats")
SERVICES = ("identity", "runs", "alerts", "gateway")


class StandIns(Cordee):
    """A `cordee up` whose services do nothing but tell their story."""

    def __init__(
        self, folder: Path, port: int | None = None, env: dict[str, str] | None = None
    ) -> None:
        super().__init__(folder, command=STAND_INS, port=port, env=env)

    def wait_ready(self, seconds: float = 60.0) -> None:
        """Also that all began: the edge answers before the slowest has begun to hear signals."""
        super().wait_ready(seconds)
        healthy = {name for name in SERVICES if not (self.data_dir / f"sick-{name}").exists()}
        wait_for("all began", lambda: self.began() >= healthy)

    def began(self) -> set[str]:
        return {line.split()[0] for line in self.story() if line.endswith(" began")}

    def story(self) -> list[str]:
        return (self.data_dir / "story").read_text(encoding="utf-8").splitlines()

    def pids(self) -> dict[str, int]:
        return {name: self.pid_of(name) for name in (*SERVERS, *SERVICES)}

    def wait_reborn(self, name: str, old: int) -> int:
        return wait_for(
            f"{name} again", lambda: (new := self.pid_of(name)) != old and new, seconds=30
        )

    def secret(self, name: str) -> str:
        return (self.data_dir / "secrets" / name).read_text(encoding="utf-8").strip()


@pytest.fixture
def cordee(tmp_path: Path) -> Iterator[StandIns]:
    with StandIns(tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIns]:
    """One for all tests that only look."""
    with StandIns(tmp_path_factory.mktemp("watched")) as running:
        yield running


def alive(pids: dict[str, int]) -> list[str]:
    return [name for name, pid in pids.items() if birth_of(pid) is not None]


def found_in(runs: Collection[dict[str, str]]) -> dict[str, str] | None:
    """What it holds, or None while the server begins: asked directly, it says so by an error."""
    with suppress(AutoReconnect):
        return runs.find_one() or {}
    return None


def environment_of(pid: int) -> str:
    return Path(f"/proc/{pid}/environ").read_bytes().decode()


class TestEnd:
    def test_sigterm_drains_from_the_edge_inwards(self, cordee: StandIns) -> None:
        pids = cordee.pids()
        assert cordee.stop() == 0
        assert alive(pids) == []
        drained = [line for line in cordee.story() if "drained" in line]
        assert drained[0] == "gateway drained with alerts gateway identity mongod nats runs"
        assert sorted(line.split()[0] for line in drained[1:]) == ["alerts", "identity", "runs"]
        assert all("mongod nats" in line and "gateway" not in line for line in drained[1:])

    def test_ctrl_c_drains_too_and_twice_is_once(self, cordee: StandIns) -> None:
        cordee.process.send_signal(signal.SIGINT)
        cordee.process.send_signal(signal.SIGINT)
        assert cordee.ended(30) == 0
        assert len([line for line in cordee.story() if "drained" in line]) == 4

    def test_who_does_not_drain_is_killed_within_the_promise(self, tmp_path: Path) -> None:
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "stubborn-gateway").touch()
        (tmp_path / "data" / "stubborn-runs").touch()
        with StandIns(tmp_path) as cordee:
            pids = cordee.pids()
            assert cordee.stop(seconds=30) == 0
            assert alive(pids) == []

    def test_a_stop_in_the_middle_of_the_start_leaves_nothing(self, tmp_path: Path) -> None:
        cordee = StandIns(tmp_path)
        cordee.start()
        mongod = cordee.pid_of("mongod")
        assert cordee.stop() == 0
        assert birth_of(mongod) is None


class TestRefusal:
    def refused(self, cordee: Cordee) -> str:
        cordee.start()
        assert cordee.ended() == 2
        said = cordee.log()
        assert len(said.splitlines()) == 1
        return said

    def test_a_data_dir_in_use(self, watched: StandIns, tmp_path: Path) -> None:
        env = {"CORDEE_DATA_DIR": str(watched.data_dir)}
        said = self.refused(StandIns(tmp_path, env=env))
        assert f"in use by another Cordée (process {watched.process.pid})" in said
        assert alive(watched.pids()) == [*SERVERS, *SERVICES]

    def test_a_port_in_use(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as somebody:
            said = self.refused(StandIns(tmp_path, port=somebody.getsockname()[1]))
        assert said.startswith("cordee: Cannot listen on 127.0.0.1 port")

    def test_the_program_itself_ends_with_2(self, tmp_path: Path) -> None:
        env = {**os.environ, "PYTHONPATH": str(ROOT), "CORDEE_MONGOD": str(tmp_path / "nowhere")}
        ended = subprocess.run(
            [*Cordee.COMMAND, "--data-dir", str(tmp_path / "data"), "--port", "18099"],
            env=env,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ended.returncode == 2
        assert ended.stdout == ""
        assert ended.stderr.startswith("cordee: ")
        assert "CORDEE_MONGOD" in ended.stderr
        assert len(ended.stderr.splitlines()) == 1


class TestDeath:
    @pytest.mark.parametrize("name", [*SERVERS, "runs", "gateway"])
    def test_who_dies_comes_back_alone(self, cordee: StandIns, name: str) -> None:
        others = {other: pid for other, pid in cordee.pids().items() if other != name}
        old = cordee.kill(name)
        assert cordee.wait_reborn(name, old) != old
        cordee.wait_ready()
        assert sorted(alive(others)) == sorted(others)
        assert cordee.stop() == 0

    def test_mongod_comes_back_where_it_was_with_what_it_had(self, cordee: StandIns) -> None:
        with MongoClient[dict[str, str]](cordee.secret("mongo_url_runs")) as client:
            runs = client.get_default_database().runs
            runs.insert_one({"_id": "kept"})
            cordee.wait_reborn("mongod", cordee.kill("mongod"))
            assert wait_for("mongod serves", lambda: found_in(runs)) == {"_id": "kept"}

    def test_what_keeps_dying_is_said_with_its_last_words(self, tmp_path: Path) -> None:
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "sick-alerts").touch()
        with StandIns(tmp_path) as cordee:
            wait_for("the complaint", lambda: "alerts keeps dying" in cordee.log(), 60)
            wait_for("its words", lambda: "    alerts is sick today" in cordee.log())
            (tmp_path / "data" / "sick-alerts").unlink()
            assert cordee.pid_of("runs")

    def test_a_mongod_that_cannot_start_ends_the_attempt(self, tmp_path: Path) -> None:
        with StandIns(tmp_path) as cordee:
            cordee.stop()
        (tmp_path / "data" / "secrets" / "mongo_keyfile").write_text("!", encoding="utf-8")
        cordee.start()
        assert cordee.ended() == 2
        last = cordee.log().splitlines()[-1]
        assert last.startswith("cordee: mongod does not start (")


class TestKilledSupervisor:
    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a parent-death signal")
    def test_nothing_outlives_it(self, cordee: StandIns) -> None:
        pids = cordee.pids()
        cordee.kill("cordee")
        wait_for("everything is gone", lambda: not alive(pids), 15)

    def test_the_next_start_recovers_at_once(self, cordee: StandIns, tmp_path: Path) -> None:
        pids = cordee.pids()
        cordee.kill("cordee")
        with StandIns(tmp_path, port=cordee.port) as again:
            assert alive(pids) == []
            assert set(again.pids().values()).isdisjoint(pids.values())
            with MongoClient[dict[str, str]](again.secret("mongo_url_runs")) as client:
                client.get_default_database().runs.insert_one({})
            assert again.stop() == 0

    def test_a_leftover_that_does_not_listen_is_ended(self, tmp_path: Path) -> None:
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "stubborn-runs").touch()
        with StandIns(tmp_path) as cordee:
            stubborn = cordee.pid_of("runs")
            cordee.kill("cordee")
            (tmp_path / "data" / "stubborn-runs").unlink()
            with StandIns(tmp_path, port=cordee.port) as again:
                assert "ended what it left" in again.log()
                assert birth_of(stubborn) is None


class TestSecrets:
    @pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks into /proc")
    def test_none_is_on_a_command_line_in_a_log_or_with_the_wrong_child(
        self, watched: StandIns
    ) -> None:
        files = [*(watched.data_dir / "secrets").iterdir()]
        secrets = {path.name: path.read_text(encoding="utf-8").strip() for path in files}
        secrets |= {"admin_password": watched.admin_password, "admin_key": watched.admin_key}
        pids = watched.pids()
        seen = {name: Path(f"/proc/{pid}/cmdline").read_text() for name, pid in pids.items()}
        seen |= {log.name: log.read_text() for log in (watched.data_dir / "logs").iterdir()}
        seen |= {"the terminal": watched.log(10_000)}
        seen |= {f"{name}'s environment": environment_of(pids[name]) for name in pids}
        found = {
            (where, name)
            for where, text in seen.items()
            for name, secret in secrets.items()
            if secret in text
        }
        allowed = {("identity's environment", name) for name in ("admin_password", "admin_key")}
        assert found == allowed

    def test_the_data_dir_is_private(self, watched: StandIns) -> None:
        assert watched.data_dir.stat().st_mode & 0o777 == 0o700
        modes = {path.stat().st_mode & 0o777 for path in (watched.data_dir / "secrets").iterdir()}
        assert modes == {0o600}


def test_servers_that_run_elsewhere_are_used_instead(tmp_path: Path) -> None:
    (tmp_path / "cordee").mkdir()
    with Servers(tmp_path / "elsewhere") as elsewhere:
        url = elsewhere.root_mongo_url
        env = {"CORDEE_MONGO_URL": url, "CORDEE_NATS_URL": elsewhere.nats_url}
        with StandIns(tmp_path / "cordee", env=env) as cordee:
            running = {path.stem for path in (cordee.data_dir / "run").glob("*.pid")}
            assert running == set(SERVICES)
            assert cordee.secret("mongo_url_runs") == url.replace("/?", "/cordee_runs?")
            assert cordee.stop() == 0
        assert {line.split(" with ")[0] for line in cordee.story()[-4:]} == {
            f"{name} drained" for name in SERVICES
        }


def test_pid_files_name_the_children(watched: StandIns) -> None:
    for name, pid in watched.pids().items():
        assert read_pid_file(watched.data_dir / "run" / f"{name}.pid") == pid

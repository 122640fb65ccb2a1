"""How runs end, go on, begin again, and fall silent."""

from __future__ import annotations

import json
import os
import signal
from typing import Any

import pytest

from tests.cordee import Cordee
from tests.sdk.conftest import CRASHED_AFTER, AMachine, RunScript
from tests.sdk.machine import Machine, Started, User
from tests.sdk.wire import Wire
from tests.servers import wait_for

pytestmark = pytest.mark.sdk

LOGGING = """
    import json, sys, wandb

    first, count, options = int(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])
    run = wandb.init(project="demo", id="r1", **options)
    for step in range(first, first + count):
        run.log({"n": step})
    run.finish()
    print(json.dumps({"start": run.starting_step, "resumed": run.resumed}))
"""
"""Logs so many rows, with these options of `init`; tells at which step it began."""

READING = """
    import json, wandb

    run = wandb.Api().run("demo/r1")
    rows = [[row["_step"], row["n"]] for row in run.scan_history()]
    print(json.dumps({
        "state": run.state, "rows": rows, "summary": run.summary["n"], "config": run.config
    }))
"""

FOREVER = """
    import json, time, wandb

    settings = wandb.Settings(x_file_stream_transmit_interval=1.0)
    run = wandb.init(project="demo", id="r1", settings=settings, resume="allow")
    print(json.dumps("begun"), flush=True)
    while True:
        run.log({"n": run.step})
        time.sleep(0.1)
"""
"""Logs until it is killed, and is heard of all the time."""


@pytest.fixture
def machine(a_machine: AMachine, user: User) -> Machine:
    """The user's own."""
    return a_machine(user)


@pytest.fixture
def wire(cordee: Cordee, user: User) -> Wire:
    """The user's own."""
    return Wire(cordee.url, user)


def numbered(*numbers: int) -> list[list[int]]:
    """Rows as READING tells them, their `n` by step."""
    return [[step, n] for step, n in enumerate(numbers)]


class TestEnd:
    @pytest.mark.parametrize(
        ("last_words", "exits", "state"),
        [
            ("run.finish()", 0, "finished"),
            ("pass", 0, "finished"),
            ("run.finish(exit_code=3)", 0, "failed"),
            ("raise RuntimeError('out of memory')", 1, "failed"),
            ("sys.exit(7)", 7, "failed"),
            ("run.mark_preempting(); sys.exit(1)", 1, "preempted"),
        ],
    )
    def test_the_way_a_script_ends_decides_the_state(
        self, last_words: str, exits: int, state: str, user: User, run_script: RunScript, wire: Wire
    ) -> None:
        script = f"""
            import sys, wandb
            run = wandb.init(project="demo", id="r1")
            run.log({{"n": 1}})
            {last_words}
        """
        run_script(script, user=user, exits=exits)
        found = wire.run(f"{user.username}/demo/r1")
        assert found["state"] == state
        assert [json.loads(line)["n"] for line in found["history"]] == [1]


class TestResume:
    def log(self, machine: Machine, first: int, count: int, **options: Any) -> Any:
        return machine.run(LOGGING, str(first), str(count), json.dumps(options)).told

    @pytest.mark.parametrize("how", ["must", "allow"])
    def test_a_run_goes_on_where_it_was(self, how: str, machine: Machine) -> None:
        self.log(machine, 0, 5, config={"lr": 0.1, "old": 1})
        told = self.log(machine, 100, 3, resume=how, config={"lr": 0.2, "new": 2})
        assert told == {"start": 5, "resumed": True}
        assert machine.run(READING).told == {
            "state": "finished",
            "rows": numbered(0, 1, 2, 3, 4, 100, 101, 102),
            "summary": 102,
            "config": {"lr": 0.2, "old": 1, "new": 2},
        }

    def test_again_and_again(self, machine: Machine) -> None:
        starts = [self.log(machine, 10 * n, 2, resume="allow")["start"] for n in range(3)]
        assert starts == [0, 2, 4]
        assert machine.run(READING).told["rows"] == numbered(0, 1, 10, 11, 20, 21)

    def test_a_failed_run_goes_on(self, machine: Machine) -> None:
        failing = LOGGING.replace("run.finish()", "run.finish(exit_code=1)")
        machine.run(failing, "0", "2", "{}")
        assert machine.run(READING).told["state"] == "failed"
        self.log(machine, 2, 2, resume="must")
        read = machine.run(READING).told
        assert (read["state"], read["rows"]) == ("finished", numbered(0, 1, 2, 3))

    def test_never_refuses_a_run_that_exists(self, machine: Machine) -> None:
        self.log(machine, 0, 2)
        ran = machine.run(LOGGING, "9", "1", '{"resume": "never"}', exits=1)
        assert "already exists" in ran.err
        assert machine.run(READING).told["rows"] == numbered(0, 1)

    def test_must_refuses_a_run_that_does_not(self, machine: Machine, wire: Wire) -> None:
        ran = machine.run(LOGGING, "9", "1", '{"resume": "must"}', exits=1)
        assert "does not exist" in ran.err
        assert not wire.run(f"{wire.user.username}/demo/r1")

    def test_allow_and_never_begin_a_run_that_does_not(self, machine: Machine) -> None:
        for how in ("allow", "never"):
            told = machine.run(
                LOGGING.replace('"r1"', f'"{how}"'), "0", "1", json.dumps({"resume": how})
            ).told
            assert told == {"start": 0, "resumed": False}

    def test_the_same_id_without_resume_begins_afresh(self, machine: Machine) -> None:
        self.log(machine, 0, 5, config={"lr": 0.1, "old": 1})
        assert self.log(machine, 50, 2, config={"lr": 0.2}) == {"start": 0, "resumed": False}
        assert machine.run(READING).told == {
            "state": "finished",
            "rows": numbered(50, 51),
            "summary": 51,
            "config": {"lr": 0.2},
        }


class TestSilence:
    @pytest.fixture
    def path(self, user: User) -> str:
        return f"{user.username}/demo/r1"

    @pytest.fixture
    def training(self, machine: Machine, wire: Wire, path: str) -> Started:
        """A script that logs for ever; some of its rows have arrived."""
        started = machine.start(FOREVER)
        started.wait_told()
        wait_for("rows", lambda: wire.run(path)["historyLineCount"] > 10)
        return started

    def test_who_was_killed_is_crashed_and_may_return(
        self, training: Started, machine: Machine, wire: Wire, path: str
    ) -> None:
        assert wire.run(path)["state"] == "running"
        training.kill()
        wait_for("crashed", lambda: wire.run(path)["state"] == "crashed", CRASHED_AFTER + 20)
        kept = wire.run(path)["history"]
        assert [json.loads(line)["n"] for line in kept] == list(range(len(kept)))

        told = machine.run(LOGGING, "7", "2", '{"resume": "must"}').told
        assert told == {"start": len(kept), "resumed": True}
        read = machine.run(READING).told
        assert read["state"] == "finished"
        assert read["rows"] == numbered(*range(len(kept)), 7, 8)

    def test_who_only_slept_is_running_again(
        self, training: Started, wire: Wire, path: str
    ) -> None:
        os.killpg(training.process.pid, signal.SIGSTOP)
        wait_for("crashed", lambda: wire.run(path)["state"] == "crashed", CRASHED_AFTER + 20)
        before = wire.run(path)["historyLineCount"]
        os.killpg(training.process.pid, signal.SIGCONT)
        wait_for("running", lambda: wire.run(path)["state"] == "running")
        wait_for("rows", lambda: wire.run(path)["historyLineCount"] > before + 5)
        training.kill()


class TestOffline:
    def test_what_was_logged_offline_is_there_after_sync(
        self, machine: Machine, wire: Wire
    ) -> None:
        machine.run(LOGGING, "0", "300", '{"config": {"lr": 0.1}}', WANDB_MODE="offline")
        assert wire.run(f"{wire.user.username}/demo/r1") is None
        [folder] = machine.home.glob("wandb/offline-run-*")
        expected = {
            "state": "finished",
            "rows": numbered(*range(300)),
            "summary": 299,
            "config": {"lr": 0.1},
        }
        for _ in range(2):
            machine.wandb("sync", "--include-synced", str(folder))
            assert machine.run(READING).told == expected

    def test_a_failed_run_is_failed_after_sync(self, machine: Machine) -> None:
        failing = LOGGING.replace("run.finish()", "run.finish(exit_code=1)")
        machine.run(failing, "0", "3", "{}", WANDB_MODE="offline")
        [folder] = machine.home.glob("wandb/offline-run-*")
        machine.wandb("sync", str(folder))
        read = machine.run(READING).told
        assert (read["state"], read["rows"]) == ("failed", numbered(0, 1, 2))


def test_a_running_run_is_read_as_far_as_it_is(run_script: RunScript) -> None:
    told = run_script(
        """
        import json, time, wandb

        settings = wandb.Settings(x_file_stream_transmit_interval=1.0)
        run = wandb.init(project="demo", settings=settings)
        for n in range(20):
            run.log({"n": n})
        deadline = time.monotonic() + 20
        while len(rows := list(wandb.Api().run(run.path).scan_history())) < 19:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        told = [wandb.Api().run(run.path).state, [row["n"] for row in rows]]
        run.finish()
        print(json.dumps(told))
        """
    ).told
    state, numbers = told
    assert state == "running"
    assert numbers == list(range(len(numbers)))

"""Drills: machines that die again and again, and long offline runs that are synced twice."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from tests.cordee import Cordee
from tests.sdk.conftest import AMachine
from tests.sdk.machine import Machine, User
from tests.sdk.wire import Wire
from tests.servers import wait_for

pytestmark = [pytest.mark.sdk, pytest.mark.drill, pytest.mark.timeout(3_600)]

TIMES = 20
STEPS = 10_000
FOREVER = """
    import json, time, wandb

    settings = wandb.Settings(x_file_stream_transmit_interval=0.5)
    run = wandb.init(project="demo", id="r1", settings=settings, resume="allow")
    n = run.starting_step
    print(json.dumps(n), flush=True)
    while True:
        run.log({"n": n})
        n += 1
        time.sleep(0.01)
"""
LONG = """
    import sys, numpy, wandb

    run = wandb.init(project="demo", id=sys.argv[1], config={"lr": 0.1})
    for step in range(STEPS):
        row = {"n": step, "loss": 1 / (step + 1)}
        if step % 1_000 == 0:
            pixels = numpy.full((8, 8, 3), step % 251, dtype=numpy.uint8)
            row |= {"image": wandb.Image(pixels), "html": wandb.Html(f"<b>{step}</b>")}
        run.log(row)
    print("said at the end")
    run.finish()
"""
READING = """
    import hashlib, json, sys, wandb

    run = wandb.Api().run(f"demo/{sys.argv[1]}")
    rows = []
    for row in run.scan_history(page_size=5_000):
        for key in [key for key in row if key in ("_timestamp", "_runtime")]:
            del row[key]
        rows.append(json.dumps(row, sort_keys=True))
    files = sorted([file.name, file.size] for file in run.files() if file.name.startswith("media"))
    print(json.dumps({
        "rows": len(rows), "digest": hashlib.sha256("".join(rows).encode()).hexdigest(),
        "files": files, "config": run.config, "state": run.state, "last": run.summary["n"],
    }))
"""


@pytest.fixture
def machine(a_machine: AMachine, user: User) -> Machine:
    return a_machine(user)


@pytest.fixture
def wire(cordee: Cordee, user: User) -> Wire:
    return Wire(cordee.url, user)


def lines(wire: Wire, path: str) -> int:
    """How many history lines have arrived."""
    return (wire.run(path) or {}).get("historyLineCount") or 0


def test_a_run_goes_on_after_every_death_of_its_machine(machine: Machine, wire: Wire) -> None:
    """No acknowledged step is lost, none comes twice, and the steps go on where they stood."""
    path = f"{wire.user.username}/demo/r1"
    rng = random.Random(20)
    kept: list[Any] = []
    for _ in range(TIMES):
        training = machine.start(FOREVER)
        try:
            assert training.wait_told() == len(kept)
            wanted = len(kept) + rng.randint(1, 150)
            wait_for("rows", lambda want=wanted: lines(wire, path) > want, 60)
            before = len(wire.run(path)["history"])
        finally:
            training.kill()
        kept = [json.loads(line) for line in wire.run(path)["history"]]
        assert len(kept) >= before
        assert [(row["_step"], row["n"]) for row in kept] == [(n, n) for n in range(len(kept))]


def test_an_offline_run_synced_twice_is_as_one_that_was_online(machine: Machine) -> None:
    script = LONG.replace("STEPS", str(STEPS))
    machine.run(script, "online")
    machine.run(script, "offline", WANDB_MODE="offline")
    [folder] = machine.home.glob("wandb/offline-run-*")
    told = []
    for _ in range(2):
        machine.wandb("sync", "--include-synced", str(folder))
        told.append(machine.run(READING, "offline").told)
    expected = machine.run(READING, "online").told
    assert expected["rows"] == STEPS
    assert told == [expected, expected]

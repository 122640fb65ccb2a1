"""Forks and rewinds: histories that begin as another one did."""

from __future__ import annotations

import json

import pytest

from tests.sdk.conftest import AMachine
from tests.sdk.machine import Machine, User

pytestmark = pytest.mark.sdk

PARENT = """
    import json, wandb

    run = wandb.init(project="demo", id="parent", config={"lr": 0.1})
    for step in range(10):
        run.log({"n": step})
    run.finish()
    print(json.dumps("done"))
"""
BRANCH = """
    import json, sys, wandb

    run = wandb.init(project="demo", **json.loads(sys.argv[1]))
    for step in range(3):
        run.log({"n": 100 + step})
    run.finish()
    found = wandb.Api().run(run.path)
    rows = [[row["_step"], row["n"]] for row in found.scan_history()]
    print(json.dumps({
        "rows": rows, "state": found.state, "last": found.summary["n"],
        "parent": [row["n"] for row in wandb.Api().run("demo/parent").scan_history()],
    }))
"""
FIRST_FIVE = [[step, step] for step in range(5)]
THREE_MORE = [[5, 100], [6, 101], [7, 102]]


@pytest.fixture
def machine(a_machine: AMachine, user: User) -> Machine:
    """On which the parent has been trained."""
    made = a_machine(user)
    made.run(PARENT)
    return made


def test_a_fork_begins_with_its_parents_rows_and_leaves_the_parent_alone(machine: Machine) -> None:
    told = machine.run(BRANCH, json.dumps({"id": "child", "fork_from": "parent?_step=4"})).told
    assert told == {
        "rows": FIRST_FIVE + THREE_MORE,
        "state": "finished",
        "last": 102,
        "parent": list(range(10)),
    }


def test_a_rewound_run_forgets_what_came_after(machine: Machine) -> None:
    told = machine.run(BRANCH, json.dumps({"resume_from": "parent?_step=4"})).told
    assert told["rows"] == FIRST_FIVE + THREE_MORE
    assert (told["state"], told["last"]) == ("finished", 102)
    again = machine.run(BRANCH, json.dumps({"resume_from": "parent?_step=1"})).told
    assert again["rows"] == [[0, 0], [1, 1], [2, 100], [3, 101], [4, 102]]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"id": "child", "fork_from": "absent?_step=1"}, "absent not found"),
        ({"resume_from": "absent?_step=1"}, "run not found"),
    ],
)
def test_a_branch_of_nothing_says_so(options: dict[str, str], words: str, machine: Machine) -> None:
    assert words in machine.run(BRANCH, json.dumps(options), exits=1).err

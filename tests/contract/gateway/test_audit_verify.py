"""`cordee admin audit verify` names the first entry that is not what was written."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from tests.contract.gateway.edge import Edge
from tests.cordee import Cordee
from tests.servers import ROOT

Logs = Database[dict[str, Any]]
Tamper = Callable[[Logs, str], Any]


def verify(cordee: Cordee, *arguments: str, key: str | None = None) -> tuple[int, str]:
    """The command as an administrator runs it; its exit code and what it said."""
    done = subprocess.run(
        (
            *(sys.executable, "-P", "-c", "from gateway.cli import main; main()"),
            *("admin", "audit", "verify", "--url", cordee.url, *arguments),
        ),
        env={"PYTHONPATH": str(ROOT), "WANDB_API_KEY": key or cordee.admin_key, "HOME": "/"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def logs(cordee: Cordee) -> Iterator[Logs]:
    """What identity keeps, as somebody sees it who has got hold of its database."""
    with MongoClient[dict[str, Any]](cordee.mongo_url("identity")) as client:
        yield client.get_default_database()


@pytest.fixture
def team(edge: Edge, logs: Logs) -> Iterator[str]:
    """Six entries; what a test did to them is put right afterwards, for the log is everybody's."""
    alice = edge.person("alice")
    name = edge.team(alice)
    for number in range(5):
        alice.http.patch(f"/api/v1/teams/{name}", json={"description": f"version {number}"})
    whole = {kind: list(logs[kind].find({"team": name})) for kind in ("audit", "audit_heads")}
    yield name
    for kind, documents in whole.items():
        logs[kind].delete_many({"team": name})
        logs[kind].insert_many(documents)


def edit(logs: Logs, team: str) -> None:
    logs["audit"].update_one({"team": team, "number": 4}, {"$set": {"actor": "somebody-else"}})


def delete(logs: Logs, team: str) -> None:
    logs["audit"].delete_one({"team": team, "number": 4})


def reorder(logs: Logs, team: str) -> None:
    for old, new in ((4, 99), (5, 4), (99, 5)):
        logs["audit"].update_one({"team": team, "number": old}, {"$set": {"number": new}})


def truncate(logs: Logs, team: str) -> None:
    logs["audit"].delete_many({"team": team, "number": {"$gte": 4}})


@pytest.mark.parametrize("tamper", [edit, delete, reorder, truncate])
def test_finds_the_first_bad_entry(cordee: Cordee, logs: Logs, team: str, tamper: Tamper) -> None:
    assert verify(cordee, "--team", team) == (0, "sound: 6 entries, every hash fits\n")
    tamper(logs, team)
    code, said = verify(cordee)
    assert code == 1
    assert f"NOT sound: {team}, " in said
    assert "entry 4" in said


def test_says_in_one_line_why_it_cannot(cordee: Cordee, edge: Edge, team: str) -> None:
    wrong = verify(cordee, key="x" * 40)
    made = edge.admin.post(
        f"/api/v1/users/{edge.person('mallory').username}/api-keys", name="by hand"
    )
    stranger = verify(cordee, "--team", team, key=made["key"])
    for code, said in (wrong, stranger):
        assert (code, said.count("\n")) == (2, 1), said
        assert said.startswith("cordee: ")

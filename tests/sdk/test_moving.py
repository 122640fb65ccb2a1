"""Runs that move to a team with everything they have, and come back."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.cordee import Cordee
from tests.sdk.conftest import RunScript
from tests.sdk.machine import User
from tests.servers import wait_for

pytestmark = pytest.mark.sdk

WITH_MODEL = 10
"""So many of the runs log an artifact too."""

LOG = """
    import pathlib, sys, wandb

    first, stop, with_model = map(int, sys.argv[1:])
    for number in range(first, stop):
        with wandb.init(project="mine", id=f"r{number}", config={"n": number}) as run:
            for step in range(5):
                run.log({"loss": number + step / 8})
            pathlib.Path("note.txt").write_text(f"note of {number}")
            run.save("note.txt", policy="end")
            if number < with_model:
                model = wandb.Artifact("weights", type="model")
                with model.new_file("w.txt") as file:
                    file.write(f"weights of {number}")
                run.log_artifact(model).wait()
"""
READ = """
    import json, pathlib, sys, tempfile, wandb

    api, found = wandb.Api(), {}
    path, with_model = sys.argv[1], int(sys.argv[2])
    for run in api.runs(path, per_page=200):
        number, folder = run.config["n"], tempfile.mkdtemp()
        with run.file("note.txt").download(root=folder) as note:
            told = [run.config, run.summary["loss"], run.state, run.user.username, note.read()]
        told.append([row["loss"] for row in run.scan_history(keys=["loss"])])
        if number < with_model:
            for artifact in run.logged_artifacts():
                saved = pathlib.Path(artifact.download(root=folder))
                told.append([artifact.name, (saved / "w.txt").read_text()])
                told.append(artifact.logged_by().id)
        found[run.id] = told
    print(json.dumps(found))
"""
OLD_PATHS = """
    import json, sys, wandb

    old, count = sys.argv[1], int(sys.argv[2])
    runs = [wandb.Api().run(f"{old}/r{n}") for n in range(0, count, 7)]
    print(json.dumps([[run.config["n"], len(list(run.scan_history()))] for run in runs]))
"""


@dataclass(frozen=True)
class Climb:
    """Somebody with runs of their own, and a team."""

    user: User
    http: httpx.Client
    team: str
    run_script: RunScript

    def read(self, path: str, count: int) -> Any:
        models = min(WITH_MODEL, count)
        return self.run_script(READ, path, str(models), user=self.user).told

    def post(self, path: str, **body: Any) -> Any:
        answer = self.http.post(path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def climb(cordee: Cordee, a_user: Callable[[], User], run_script: RunScript) -> Climb:
    user = a_user()
    http = httpx.Client(base_url=cordee.url, auth=("api", user.api_key), timeout=120)
    team = f"team-of-{user.username}"
    assert http.post("/api/v1/teams", json={"name": team}).status_code == 201
    return Climb(user, http, team, run_script)


def log_runs(climb: Climb, count: int, hands: int) -> None:
    """In several processes, for a start of the SDK takes its time."""
    share = -(-count // hands)
    with ThreadPoolExecutor(hands) as pool:
        done = [
            pool.submit(
                climb.run_script,
                LOG,
                *(str(first), str(min(first + share, count)), str(WITH_MODEL)),
                user=climb.user,
                WANDB_ENTITY=climb.user.username,
            )
            for first in range(0, count, share)
        ]
        for one in done:
            one.result()


def go_and_come_back(climb: Climb, count: int) -> None:
    """In one call, watched; equal there; reachable by the old path; and back again."""
    home, away = f"{climb.user.username}/mine", f"{climb.team}/ours"
    before = climb.read(home, count)
    assert len(before) == count
    move = f"/api/v1/projects/{home}/runs:move"
    to = {"entity": climb.team, "project": "ours"}
    foreseen = climb.post(move, filters={}, to=to, dry_run=True)
    assert (foreseen["moved"], foreseen["loses_access"]) == (count, [])
    begun = climb.post(move, filters={}, to=to, wait=False)
    assert begun["total"] == count

    def progress() -> Any:
        found = climb.http.get(f"/api/v1/moves/{begun['id']}").json()
        return found if found["state"] == "done" else None

    done = wait_for("the move is done", progress, 120)
    assert (done["moved"], done["skipped"]) == (count, [])
    assert climb.read(away, count) == before
    assert climb.read(home, count) == {}
    old = climb.run_script(OLD_PATHS, home, str(count), user=climb.user).told
    assert old == [[number, 5] for number in range(0, count, 7)]
    undone = climb.post(f"/api/v1/moves/{begun['id']}:undo")
    assert (undone["state"], undone["moved"]) == ("undone", count)
    assert climb.read(home, count) == before


def test_runs_go_with_everything_and_come_back(climb: Climb) -> None:
    log_runs(climb, 12, hands=2)
    go_and_come_back(climb, 12)


@pytest.mark.drill
def test_a_thousand_runs_go_and_come_back(climb: Climb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.sdk.machine.PATIENCE_S", 1_800.0)
    log_runs(climb, 1_000, hands=4)
    go_and_come_back(climb, 1_000)


def test_a_dry_run_names_who_would_lose_access(climb: Climb, a_user: Callable[[], User]) -> None:
    fellow = a_user()
    invited = climb.http.post(
        f"/api/v1/teams/{climb.team}/invitations",
        json={"username": fellow.username, "role": "member"},
    ).json()
    with httpx.Client(base_url=climb.http.base_url, auth=("api", fellow.api_key)) as http:
        assert http.post(f"/api/v1/invitations/{invited['id']}/accept").status_code == 200
    climb.run_script(LOG, "0", "1", "0", user=climb.user, WANDB_ENTITY=climb.team)
    foreseen = climb.post(
        f"/api/v1/projects/{climb.team}/mine/runs:move",
        runs=["r0"],
        to={"entity": climb.user.username, "project": "kept-for-me"},
        dry_run=True,
    )
    assert foreseen["state"] == "dry_run"
    assert foreseen["loses_access"] == [fellow.username]
    assert foreseen["loses_everyone"] is False

"""What is done to runs from elsewhere: stopped, judged, edited, thrown away, brought back."""

from __future__ import annotations

import json
import signal
from typing import Any

import httpx
import pytest

from tests.cordee import Cordee
from tests.sdk.conftest import AMachine, RunScript
from tests.sdk.machine import Machine, User
from tests.sdk.wire import Wire
from tests.servers import wait_for

pytestmark = pytest.mark.sdk

DELETE = """
    import json, sys, wandb
    wandb.Api().run("demo/r1").delete()
    print(json.dumps([run.name for run in wandb.Api().runs("demo")]))
"""
AGAIN = """
    import wandb
    wandb.init(project="demo", id="r1")
"""
UNTIL_STOPPED = """
    import json, time, wandb

    settings = wandb.Settings(x_file_stream_transmit_interval=1.0)
    run = wandb.init(project="demo", id="r1", settings=settings)
    print(json.dumps("begun"), flush=True)
    while True:
        run.log({"n": run.step})
        time.sleep(0.2)
"""


class Rest:
    """One user's REST."""

    def __init__(self, url: str, user: User) -> None:
        self.entity = user.username
        self._http = httpx.Client(
            base_url=f"{url}/api/v1", auth=("api", user.api_key), timeout=30, trust_env=False
        )

    def run(self, method: str, deed: str = "", body: Any = None) -> httpx.Response:
        return self._http.request(method, f"/runs/{self.entity}/demo/r1{deed}", json=body)

    def names(self, query: str = "") -> list[str]:
        answer = self._http.get(f"/projects/{self.entity}/demo/runs{query}")
        return [run["name"] for run in answer.json()["items"]]


@pytest.fixture
def rest(cordee: Cordee, user: User) -> Rest:
    return Rest(cordee.url, user)


@pytest.fixture
def wire(cordee: Cordee, user: User) -> Wire:
    return Wire(cordee.url, user)


@pytest.fixture
def machine(a_machine: AMachine, user: User) -> Machine:
    return a_machine(user)


class TestTrash:
    def test_a_deleted_run_is_gone_its_id_is_not_free_and_it_comes_back(
        self, machine: Machine, wire: Wire, rest: Rest
    ) -> None:
        path = wire.a_run("demo", "r1", config={"lr": {"value": 1}})
        wire.log(path, ['{"_step":0,"n":1}'])
        wire.finish(path)
        assert machine.run(DELETE).told == []
        assert wire.run(path) is None
        assert wire.stream(path, complete=True, exitcode=0).status_code == 404
        assert "was deleted" in machine.run(AGAIN, exits=1).err
        assert (rest.names(), rest.names("?trash=true")) == ([], ["r1"])

        assert rest.run("POST", ":undelete").status_code == 200
        found = wire.run(path)
        assert (found["state"], found["historyLineCount"]) == ("finished", 1)
        assert (rest.names(), rest.names("?trash=true")) == (["r1"], [])

    def test_by_rest_and_twice(self, wire: Wire, rest: Rest) -> None:
        wire.a_run("demo", "r1")
        assert rest.run("DELETE").status_code == 204
        assert rest.run("DELETE").status_code == 404
        for _ in range(2):
            assert rest.run("POST", ":undelete").status_code == 200


class TestStop:
    def test_a_script_is_interrupted_and_its_run_killed(
        self, machine: Machine, wire: Wire, rest: Rest
    ) -> None:
        training = machine.start(UNTIL_STOPPED)
        training.wait_told()
        path = f"{wire.user.username}/demo/r1"
        assert rest.run("POST", ":stop").json()["stop_requested"] is True
        ran = training.ended(exits=-signal.SIGINT)
        assert "KeyboardInterrupt" in ran.err
        wait_for("killed", lambda: wire.run(path)["state"] == "killed")
        assert rest.run("GET").json()["reason"] == "Stopped on request."

    def test_an_ended_run_cannot_be_stopped(self, wire: Wire, run_script: RunScript) -> None:
        wire.finish(wire.a_run("demo", "r1"))
        told = run_script(
            """
            import json, wandb
            run = wandb.Api().run("demo/r1")
            run.stop()
            print(json.dumps(wandb.Api().run("demo/r1").state))
            """,
            user=wire.user,
        ).told
        assert told == "finished"


class TestJudging:
    def test_the_sdk_moves_between_pending_and_failed(self, machine: Machine, wire: Wire) -> None:
        wire.a_run("demo", "r1")
        told = machine.run(
            """
            import json, wandb
            told = []
            for state in ("pending", "failed", "pending", "finished"):
                run = wandb.Api().run("demo/r1")
                try:
                    run.update_state(state)
                except Exception as error:
                    told.append(type(error).__name__)
                told.append(wandb.Api().run("demo/r1").state)
            print(json.dumps(told))
            """
        ).told
        assert told[:3] == ["pending", "failed", "pending"]
        assert told[-1] == "pending"
        assert len(told) == 5

    def test_an_owner_overrides_what_a_lost_machine_left(self, wire: Wire, rest: Rest) -> None:
        wire.a_run("demo", "r1")
        answer = rest.run("PATCH", body={"state": "crashed", "notes": "disk full", "tags": ["x"]})
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert (found["state"], found["notes"], found["tags"]) == ("crashed", "disk full", ["x"])
        assert found["reason"] == f"Set to crashed by {rest.entity}."
        assert rest.run("PATCH", body={"state": "running"}).status_code == 422


def test_the_public_api_edits_a_run(machine: Machine, wire: Wire) -> None:
    path = wire.a_run("demo", "r1", config={"lr": {"value": 1}, "_wandb": {"value": {"t": {}}}})
    wire.finish(path)
    told = machine.run(
        """
        import json, wandb
        run = wandb.Api().run("demo/r1")
        run.tags = ["a", "b"]; run.notes = "n"; run.display_name = "named"; run.group = "g"
        run.config["lr"] = 2; run.config["extra"] = {"deep": [1]}
        run.summary["best"] = 0.5
        run.update()
        run = wandb.Api().run("demo/r1")
        print(json.dumps([run.tags, run.notes, run.display_name, run.group, run.config,
                          run.summary["best"], run.state]))
        """
    ).told
    config = {"lr": 2, "extra": {"deep": [1]}}
    assert told == [["a", "b"], "n", "named", "g", config, 0.5, "finished"]


class TestDuplicates:
    def birth(self, wire: Wire, name: str, lr: float, commit: str | None = "abc1234") -> Any:
        config = json.dumps({"lr": {"value": lr}, "_wandb": {"value": {"t": {"1": [name]}}}})
        document = """mutation($e: String, $n: String, $c: JSONString, $g: String) {
          upsertBucket(input: {entityName: $e, modelName: "demo", name: $n, config: $c,
            commit: $g}) { bucket { name duplicateOf } } }"""
        variables = {"e": wire.user.username, "n": name, "c": config, "g": commit}
        return wire.data(document, **variables)["upsertBucket"]["bucket"]["duplicateOf"]

    def test_the_same_config_and_commit_is_the_same_work(self, wire: Wire, rest: Rest) -> None:
        assert self.birth(wire, "r0", 0.1) is None
        assert self.birth(wire, "r1", 0.1) == "r0"
        assert rest.run("GET").json()["duplicate_of"] == "r0"
        assert self.birth(wire, "other-config", 0.2) is None
        assert self.birth(wire, "other-commit", 0.1, "def5678") is None
        assert self.birth(wire, "no-commit", 0.1, None) is None

    def test_what_came_to_nothing_is_worth_doing_again(self, wire: Wire) -> None:
        self.birth(wire, "r0", 0.1)
        wire.finish(f"{wire.user.username}/demo/r0", exit_code=1)
        assert self.birth(wire, "r1", 0.1) is None

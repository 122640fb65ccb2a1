"""Sweeps with the SDK's own agents."""

from __future__ import annotations

import json
import os
import re
from typing import Any

import pytest

from tests.cordee import Cordee
from tests.sdk.conftest import AMachine
from tests.sdk.install import NEWEST, python_of
from tests.sdk.machine import SDKS, Machine, User
from tests.sdk.wire import Wire
from tests.servers import wait_for

pytestmark = pytest.mark.sdk

SWEEPING = """
    import json, sys, wandb
    from wandb.agents import pyagent

    pyagent.Agent.HEARTBEAT_SLEEP_SECONDS = 0.2
    config, count = json.loads(sys.argv[1]), int(sys.argv[2])

    def train():
        with wandb.init() as run:
            for step in range(run.config.get("steps", 1)):
                run.log({"loss": (run.config["x"] - 0.3) ** 2})

    sweep_id = wandb.sweep(config, project="demo")
    wandb.agent(sweep_id, function=train, project="demo", count=count)
    sweep = wandb.Api().sweep(f"demo/{sweep_id}")
    print(json.dumps({
        "configs": [run.config for run in sweep.runs],
        "states": [run.state for run in sweep.runs],
        "sweep": sweep.state, "best": sweep.best_run().summary["loss"],
        "expected": sweep.expected_run_count, "count": len(sweep.runs), "name": sweep.name,
        "id": sweep.id, "swept": {run.sweep_name for run in sweep.runs} == {sweep_id},
    }))
"""
CONTROLLING = """
    import json, subprocess, sys, wandb

    sweep_id = wandb.sweep({"method": "random", "parameters": {"x": {"min": 0.0, "max": 1.0}}},
                           project="demo")
    told = []
    for how in ("pause", "resume", "stop"):
        subprocess.run([sys.executable, "-m", "wandb", "sweep", f"--{how}", f"demo/{sweep_id}"],
                       check=True)
        told.append(wandb.Api().sweep(f"demo/{sweep_id}").state)
    wandb.agent(sweep_id, function=lambda: 1 / 0, project="demo")
    print(json.dumps(told))
"""
PROGRAM = """
import sys, wandb
with wandb.init() as run:
    run.log({"loss": float(sys.argv[1].removeprefix("--x="))})
"""
READING = """
    import json, sys, wandb

    sweep = wandb.Api().sweep(sys.argv[1])
    agents = list(sweep.agents())
    print(json.dumps({
        "losses": [run.summary["loss"] for run in sweep.runs], "sweep": sweep.state,
        "agents": [len(agents), sum(len(list(agent.runs())) for agent in agents)],
    }))
"""
UNIFORM = {"distribution": "uniform", "min": 0.0, "max": 1.0}
METRIC = {"name": "loss", "goal": "minimize"}


@pytest.fixture
def machine(a_machine: AMachine, user: User) -> Machine:
    return a_machine(user)


@pytest.fixture
def wire(cordee: Cordee, user: User) -> Wire:
    return Wire(cordee.url, user)


def swept(machine: Machine, count: int, **config: Any) -> Any:
    return machine.run(SWEEPING, json.dumps(config), str(count)).told


def created(machine: Machine, config: Any) -> str:
    """The id of a sweep made on the command line."""
    (machine.home / "sweep.yaml").write_text(json.dumps(config))
    said = machine.wandb("sweep", "--project", "demo", "sweep.yaml", WANDB_SILENT="false").err
    return re.search(r"ID: (?:\x1b\[\d+m)*(\w+)", said)[1]  # type: ignore[index]


def test_a_grid_is_gone_through_once_and_then_the_sweep_is_over(machine: Machine) -> None:
    parameters = {"x": {"values": [0.1, 0.2]}, "nested": {"parameters": {"y": {"value": "c"}}}}
    told = swept(machine, 9, method="grid", metric=METRIC, parameters=parameters)
    assert sorted(config["x"] for config in told["configs"]) == [0.1, 0.2]
    assert all(config["nested"] == {"y": "c"} for config in told["configs"])
    assert told["states"] == ["finished", "finished"]
    assert (told["sweep"], told["expected"], told["count"]) == ("FINISHED", 2, 2)
    assert told["swept"]
    assert told["best"] == pytest.approx(0.01)


@pytest.mark.drill
@pytest.mark.parametrize("method", ["grid", "random", "bayes"])
def test_two_agents_share_twenty_runs(method: str, machine: Machine) -> None:
    (machine.home / "program.py").write_text(PROGRAM)
    x = {"values": [n / 20 for n in range(20)]} if method == "grid" else UNIFORM
    config = {"method": method, "program": "program.py", "metric": METRIC, "run_cap": 20}
    name = created(machine, config | {"parameters": {"x": x}})
    path = f"{python_of(SDKS, NEWEST).parent}:{os.environ['PATH']}"
    script = "import sys, wandb; from wandb.cli.cli import cli; cli(['agent', sys.argv[1]])"
    agents = [machine.start(script, f"demo/{name}", PATH=path) for _ in range(2)]
    for agent in agents:
        agent.ended(seconds=280)
    told = machine.run(READING, f"demo/{name}").told
    assert len(told["losses"]) == 20
    assert told["agents"] == [2, 20]
    assert told["sweep"] == "FINISHED"
    assert len(set(told["losses"])) == 20


@pytest.mark.drill
def test_a_sweep_is_paused_resumed_and_stopped_from_the_command_line(machine: Machine) -> None:
    assert machine.run(CONTROLLING).told == ["PAUSED", "RUNNING", "FINISHED"]


def test_the_command_line_agent_runs_programs(machine: Machine) -> None:
    (machine.home / "program.py").write_text(PROGRAM)
    config = {"method": "grid", "program": "program.py", "parameters": {"x": {"value": 0.5}}}
    name = created(machine, config)
    path = f"{python_of(SDKS, NEWEST).parent}:{os.environ['PATH']}"
    machine.wandb("agent", "--count", "1", f"demo/{name}", PATH=path)
    told = machine.run(READING, f"demo/{name}").told
    assert told == {"losses": [0.5], "agents": [1, 1], "sweep": "RUNNING"}


UPSERT = """mutation($c: String, $e: String, $i: ID, $s: String) {
  upsertSweep(input: {config: $c, entityName: $e, projectName: "demo", id: $i, state: $s}) {
    sweep { id name state } } }"""
AGENT = """mutation($e: String, $s: String!) { createAgent(input: {host: "h", projectName: "demo",
  entityName: $e, sweep: $s}) { agent { id } } }"""
BEAT = """mutation($id: ID!, $r: JSONString) { agentHeartbeat(input: {id: $id, runState: $r}) {
  agent { id } commands } }"""


class TestHeartbeats:
    """Said by hand: what no script can bring about."""

    def begun(self, wire: Wire, **config: Any) -> tuple[str, str, list[str]]:
        """A sweep's ids and two agents."""
        text = json.dumps(config)
        sweep = wire.data(UPSERT, c=text, e=wire.user.username)["upsertSweep"]["sweep"]
        agents = [
            wire.data(AGENT, e=wire.user.username, s=sweep["name"])["createAgent"]["agent"]["id"]
            for _ in range(2)
        ]
        return sweep["id"], sweep["name"], agents

    def beat(self, wire: Wire, agent: str, *running: str) -> list[Any]:
        state = json.dumps(dict.fromkeys(running, True))
        answer = wire.data(BEAT, id=agent, r=state)["agentHeartbeat"]
        found: list[Any] = json.loads(answer["commands"])
        return found

    def begin(self, wire: Wire, run: str, sweep: str, losses: list[float]) -> None:
        document = """mutation($e: String, $n: String, $s: String) { upsertBucket(input: {
          entityName: $e, modelName: "demo", name: $n, sweep: $s}) { bucket { sweepName } } }"""
        wire.data(document, e=wire.user.username, n=run, s=sweep)
        rows = [json.dumps({"_step": n, "loss": loss}) for n, loss in enumerate(losses)]
        path = f"{wire.user.username}/demo/{run}"
        wire.log(path, rows)
        wait_for("the rows", lambda: wire.run(path)["historyLineCount"] == len(rows))

    def test_a_choice_whose_answer_was_lost_is_handed_out_again(self, wire: Wire) -> None:
        _, name, (one, two) = self.begun(
            wire, method="grid", parameters={"x": {"values": [1, 2, 3]}}
        )
        first = self.beat(wire, one)
        assert self.beat(wire, one) == first
        [other] = self.beat(wire, two)
        assert other["args"] != first[0]["args"]
        self.begin(wire, first[0]["run_id"], name, [1.0])
        [third] = self.beat(wire, one)
        seen = [command["args"]["x"]["value"] for command in (first[0], other, third)]
        assert sorted(seen) == [1, 2, 3]

    def test_an_agent_that_comes_later_finds_the_runs_of_earlier_ones(self, wire: Wire) -> None:
        _, name, (one, _) = self.begun(
            wire, method="random", metric=METRIC, parameters={"x": {"min": 0.0, "max": 1.0}}
        )
        [command] = self.beat(wire, one)
        self.begin(wire, command["run_id"], name, [1.0, 0.5])
        document = """query($e: String, $s: String!, $specs: [JSONString!]!) {
          project(name: "demo", entityName: $e) { sweep(sweepName: $s) { state bestLoss runCount
            runs { edges { node { name shouldStop exitcode sampledHistory(specs: $specs) } } } } }
        }"""
        found = wire.data(document, e=wire.user.username, s=name, specs="{}")["project"]["sweep"]
        assert found["runs"]["edges"] == [
            {
                "node": {
                    "name": command["run_id"],
                    "shouldStop": False,
                    "exitcode": None,
                    "sampledHistory": [[]],
                }
            }
        ]
        assert found["runCount"] == 1

    def test_a_canceled_sweep_sends_its_agents_home(self, wire: Wire) -> None:
        sweep, name, (one, _) = self.begun(
            wire, method="random", parameters={"x": {"min": 0.0, "max": 1.0}}
        )
        [command] = self.beat(wire, one)
        wire.data(UPSERT, i=sweep, s="PAUSED")
        assert self.beat(wire, one) == []
        wire.data(UPSERT, i=sweep, s="CANCELED")
        assert self.beat(wire, one, command["run_id"]) == [{"type": "exit"}]
        late = wire.data(AGENT, e=wire.user.username, s=name)["createAgent"]["agent"]["id"]
        assert self.beat(wire, late) == [{"type": "exit"}]
        assert wire.graphql(UPSERT, i=sweep, s="RUNNING").status_code == 409

    def test_bayes_learns_from_runs_that_it_is_told_of(self, wire: Wire) -> None:
        for number in range(12):
            x = number / 11
            config, summary = {"x": {"value": x}}, {"loss": (x - 0.8) ** 2}
            wire.a_run("demo", f"prior{number}", config=config, summary=summary)
        told = {"name": {"$regex": "^prior"}}
        document = UPSERT.replace("$s: String)", "$s: String, $p: JSONString)")
        document = document.replace("state: $s}", "state: $s, priorRunsFilters: $p}")
        config = {"method": "bayes", "metric": METRIC, "parameters": {"x": UNIFORM}}
        asked = {"c": json.dumps(config), "e": wire.user.username}
        made = wire.data(document, **asked, p=json.dumps(told))["upsertSweep"]["sweep"]
        agent = wire.data(AGENT, e=wire.user.username, s=made["name"])["createAgent"]["agent"]
        [command] = self.beat(wire, agent["id"])
        assert command["args"]["x"]["value"] == pytest.approx(0.8, abs=0.15)
        answer = wire.graphql(document, **asked, p='{"$where": "1"}')
        assert answer.status_code == 400

    def test_an_unknown_agent_is_404(self, wire: Wire) -> None:
        assert wire.graphql(BEAT, id="QWdlbnQ6YWJzZW50", r="{}").status_code == 404

    def test_hyperband_stops_who_does_worse(self, wire: Wire) -> None:
        _, name, (one, two) = self.begun(
            wire,
            method="random",
            metric=METRIC,
            parameters={"x": {"min": 0.0, "max": 1.0}},
            early_terminate={"type": "hyperband", "min_iter": 3, "eta": 2},
        )
        [good], [bad] = self.beat(wire, one), self.beat(wire, two)
        self.begin(wire, good["run_id"], name, [0.5, 0.4, 0.3, 0.2])
        assert self.beat(wire, one, good["run_id"]) == []
        self.begin(wire, bad["run_id"], name, [0.9, 0.9, 0.9])
        stop = [{"type": "stop", "run_id": bad["run_id"]}]
        assert self.beat(wire, two, bad["run_id"]) == stop
        assert self.beat(wire, one, good["run_id"]) == []

    @pytest.mark.parametrize(
        ("config", "words"),
        [
            ({"method": "magic", "parameters": {"x": {"value": 1}}}, "method"),
            ({"method": "grid", "parameters": {"x": {"min": 0.0, "max": 1.0}}}, "no end"),
            ({"method": "bayes", "parameters": {"x": {"value": 1}}}, "metric"),
            ({"method": "random", "parameters": {"x": {"values": []}}}, "values"),
            ({"method": "random"}, "parameters"),
        ],
    )
    def test_a_wrong_configuration_says_what_is_wrong(
        self, config: Any, words: str, wire: Wire
    ) -> None:
        answer = wire.graphql(UPSERT, c=json.dumps(config), e=wire.user.username)
        assert answer.status_code == 422
        assert words in answer.json()["errors"][0]["message"]

    def test_yaml_that_would_grow_is_refused(self, wire: Wire) -> None:
        text = "a: &a [1]\nb: *a\n"
        answer = wire.graphql(UPSERT, c=text, e=wire.user.username)
        assert answer.status_code == 422
        assert "aliases" in answer.json()["errors"][0]["message"]
